import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { copyEvent } from "./copy_events.ts";
import type { CopyFrom, CopyOptions, CopyReport } from "./copy_options.ts";
import { type CopyPlan, type NamedSource, planCopy, type PlannedChannel } from "./copy_plan.ts";
import { type JoinedRun, joinRun, passedOver } from "./copy_run.ts";
import { openCopySource } from "./copy_source.ts";
import { manifestOf, startOf } from "./copy_manifest.ts";
import { createStore } from "./create_store.ts";
import type { FrameCursor } from "./cursor.ts";
import { EVENTS_CHANNEL } from "./events.ts";
import { isMcapPath, isReserved } from "./folders.ts";
import { joinTime } from "./frame.ts";
import { GrowingTime } from "./growing_time.ts";
import type { Manifest, ManifestChannel } from "./manifest.ts";
import { Merge } from "./merge.ts";
import { MergedSources } from "./merged_sources.ts";
import { type ChannelLog, Failures, type RecordingStore } from "./recording_store.ts";

/**
 * Copies recordings into a new one: all of it, some channels, a part of the time, several merged by time, from either
 * form into either form. Frames and their times stay as they are; FORMAT.md (F30) says what is kept besides. It is on the
 * disk when this resolves; nothing is left at `to` when it fails.
 *
 * @throws {TinmanError} `EXISTS` when something is at `to`; `CONFIG` when channels of one name have different codecs,
 * or a folder is to be compressed; `NOT_FOUND`; `CORRUPT_LOG` for damage, which `recoverRecording` leaves out; `WRITE_FAILED`.
 */
export async function copyRecording(
  files: Files,
  from: readonly CopyFrom[],
  options: CopyOptions,
): Promise<CopyReport> {
  const { to, channels, fromNs, toNs, compress = "none", signal } = options;
  signal?.throwIfAborted();
  using opened = new DisposableStack();
  const given = from.map(({ path, rename = {} }): NamedSource => {
    const source = openCopySource(files, path);
    opened.defer(() => source.close());
    return { source, rename };
  });
  checkPlaces(files, given, to);
  const run = joinRun(given);
  const named = run?.named ?? given;
  const isWholeTime = fromNs === undefined && toNs === undefined;
  const isOneRun = named.length === 1 || run?.isFromStart === true;
  const plan = planCopy(named, { channels, keepsRun: isOneRun && isWholeTime });
  // Nobody calls flush() before the end, so all of it is waited for once: a stick may be pulled out then.
  const store = createStore(files, to, { sync: { everyMs: 1000 }, compress });
  const copy = new Copy(store, { named, run, plan, options });
  try {
    await copy.run();
  } catch (error) {
    copy.release();
    // Nothing was there when this began; what is there now without us having begun it is somebody else's.
    if (copy.begun || files.list(to).length === 0) new Failures().attempt(() => files.remove(to));
    throw error;
  }
  return {
    from: given.map(({ source }) => source.path),
    to,
    channels: copy.report(),
    moved: copy.moved,
    plain: copy.plain,
  };
}

// What a person takes for "at once": a few milliseconds of copying.
const STEP_BYTES = 4 * 2 ** 20;
const STEP_FRAMES = 16_384;

interface Target {
  readonly planned: PlannedChannel;
  readonly log: ChannelLog;
  readonly entry: Pick<ManifestChannel, "name" | "file">;
  readonly header: Uint8Array | undefined;
  /** Where times have to grow: in channels of ours. */
  readonly time: GrowingTime | undefined;
  drops: number;
  frames: number;
  bytes: number;
}

interface CopyInput {
  readonly named: readonly NamedSource[];
  readonly run: JoinedRun | undefined;
  readonly plan: CopyPlan;
  readonly options: CopyOptions;
}

class Copy {
  /** Whether there is something at the place. */
  begun = false;
  readonly #store: RecordingStore;
  readonly #input: CopyInput;
  readonly #manifest: Manifest;
  readonly #targets = new Map<string, Target>();
  #ended = false;

  constructor(store: RecordingStore, input: CopyInput) {
    [this.#store, this.#input, this.#manifest] = [store, input, manifestOf(input)];
  }

  async run(): Promise<void> {
    const { named, plan, options: { to } } = this.#input;
    const { endedNs: _, ...began } = this.#manifest;
    this.#store.begin({ ...began, clean: false, channels: [] });
    this.begun = true;
    // That of the header frames: in a part, when the run began.
    const startedNs = startOf(named);
    for (const planned of plan.channels) {
      const { name, latched, model } = planned;
      const channel = model.begin(name, { latched, isMcap: isMcapPath(to) });
      const drops = this.#isCut ? 0 : planned.drops;
      const opened = this.#store.open({ ...channel, startedNs });
      const { header, mcap } = channel;
      const time = model.codec !== undefined && mcap === undefined ? new GrowingTime() : undefined;
      this.#targets.set(name, { planned, ...opened, header, time, drops, frames: 0, bytes: 0 });
    }
    await this.#copyFrames();
    for (const { log } of this.#targets.values()) log.close();
    this.#ended = true;
    this.#store.end({ ...this.#manifest, channels: [...this.#targets.values()].map(describe) });
  }

  get moved(): number {
    return [...this.#targets.values()].reduce((sum, { time }) => sum + (time?.moved ?? 0), 0);
  }

  get plain(): readonly string[] {
    if (isMcapPath(this.#input.options.to)) return [];
    return this.#input.plan.channels.filter(({ model }) => model.foreign !== undefined).map(({ name }) => name);
  }

  report(): CopyReport["channels"] {
    const all = [...this.#targets].map(([name, { frames, bytes }]) => ({ name, frames, bytes }));
    return all.filter(({ name }) => !isReserved(name)).sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** After an error, which is on its way already. */
  release(): void {
    if (!this.begun) return;
    const failures = new Failures();
    for (const { log } of this.#targets.values()) failures.attempt(() => log.close());
    if (!this.#ended) failures.attempt(() => this.#store.end({ ...this.#manifest, clean: false, channels: [] }));
  }

  get #isCut(): boolean {
    const { fromNs, toNs } = this.#input.options;
    return fromNs !== undefined || toNs !== undefined;
  }

  async #copyFrames(): Promise<void> {
    const { named, run, plan, options: { fromNs, toNs, signal, onProgress } } = this.#input;
    const passed = run && passedOver(run, fromNs);
    const targets = plan.names.map((names) =>
      new Map([...names].map(([old, name]) => [old, this.#targets.get(name)!]))
    );
    const merged = new MergedSources(named.map((each, i) => {
      const channels = new Set(passed?.has(each) ? [] : plan.names[i]!.keys());
      return new Merge(each.source.cursors(channels, { fromNs, toNs }));
    }));
    const progress = { frames: 0, bytes: 0 };
    let [frames, bytes] = [STEP_FRAMES, STEP_BYTES];
    for (let cursor = merged.next(); cursor !== undefined; cursor = merged.next()) {
      const { block, start, length, hi, lo } = cursor;
      const target = targets[merged.source]!.get(block.channel)!;
      if (run !== undefined && isRepeat(cursor, target)) continue;
      // subarray() costs twice as much.
      const payload = new Uint8Array(block.bytes.buffer, block.bytes.byteOffset + start, length);
      const data = block.channel === EVENTS_CHANNEL ? this.#copyEvent(payload, merged.source) : payload;
      if (data === undefined) continue;
      const { time } = target;
      time?.take(hi, lo);
      target.log.append(data, time?.hi ?? hi, time?.lo ?? lo);
      target.frames++;
      target.bytes += data.length;
      bytes -= length;
      if (--frames > 0 && bytes > 0) continue;
      progress.frames += STEP_FRAMES - frames;
      progress.bytes += STEP_BYTES - bytes;
      [frames, bytes] = [STEP_FRAMES, STEP_BYTES];
      await onProgress?.({ ...progress, timeNs: joinTime(hi, lo) });
      signal?.throwIfAborted();
    }
  }

  #copyEvent(payload: Uint8Array, source: number): Uint8Array | undefined {
    const { named, run, plan } = this.#input;
    return copyEvent(payload, {
      rename: plan.names[source]!,
      gapsOnly: named.length > 1 && run === undefined,
      onGap: (channel, frames) => {
        const target = this.#targets.get(channel);
        // The manifest counts those of the whole time.
        if (target !== undefined && this.#isCut) target.drops += frames;
      },
    });
  }
}

/** Whether a part begins with this frame although an earlier one has it: the last value of a latched channel. */
function isRepeat({ index, hi, lo }: FrameCursor, { planned, time }: Target): boolean {
  return index === 0 && planned.latched && time?.hi === hi && time.lo === lo;
}

function checkPlaces(files: Files, named: readonly NamedSource[], to: string): void {
  if (named.length === 0) throw new TypeError("Cannot copy: no recording is named");
  if (files.stat(to) !== undefined) {
    throw new TinmanError("EXISTS", `Cannot copy to ${to}: something is there`, {
      path: to,
      hint: "name a folder or an .mcap file that is not there yet; nothing is ever added to a recording",
    });
  }
  const places = named.map(({ source: { path } }) => files.realPath(path) ?? path);
  const twice = places.find((place, i) => places.indexOf(place) !== i);
  if (twice === undefined) return;
  throw new TinmanError("CONFIG", `Cannot copy ${twice} twice: each of its frames would be there twice`, {
    path: twice,
  });
}

function describe({ planned: { latched, model: { codec } }, entry, header, drops, frames }: Target): ManifestChannel {
  return {
    ...entry,
    ...(codec !== undefined && { codec }),
    ...(header && { header: header.toBase64() }),
    ...(latched && { latched }),
    frames,
    ...(drops > 0 && { drops }),
  };
}
