import type { Files } from "../files/mod.ts";
import { createStore } from "./create_store.ts";
import { eventCodec, EVENTS_CHANNEL, eventsHeader } from "./events.ts";
import { isMcapFile, isReserved } from "./folders.ts";
import { joinTime, splitTime } from "./frame.ts";
import type { ManifestChannel } from "./manifest.ts";
import { salvageMcap } from "./mcap_salvage.ts";
import { Merge } from "./merge.ts";
import { type ChannelLog, Failures, type RecordingStore } from "./recording_store.ts";
import type { RecoveredChannel, RecoverOptions } from "./recover.ts";
import { type Salvage, type SalvagedChannel, salvageFolder } from "./salvage.ts";

/** What came of it: the channels by name, and bytes behind the last whole record of a file that all share. */
export interface Recovered {
  readonly channels: readonly RecoveredChannel[];
  readonly cutBytes: number;
}

/** Writes what is whole of a recording of either form anew, frame by frame, into one of the form that `to` names. */
export function recoverInto(files: Files, from: string, to: string, options: RecoverOptions): Recovered {
  const { keepDamaged = false, compress = "none" } = options;
  const store = createStore(files, to, { compress });
  const salvage = isMcapFile(files, from)
    ? salvageMcap(files, from, { keepDamaged })
    : salvageFolder(files, from, { keepDamaged });
  const copy = new Copy(store, salvage);
  try {
    return copy.run();
  } finally {
    salvage.close();
    copy.release();
  }
}

interface Target {
  readonly channel: SalvagedChannel;
  readonly log: ChannelLog;
  readonly entry: Pick<ManifestChannel, "name" | "file">;
  frames: number;
}

class Copy {
  readonly #store: RecordingStore;
  readonly #salvage: Salvage;
  readonly #targets = new Map<string, Target>();
  #lastNs: bigint;
  #ended = false;

  constructor(store: RecordingStore, salvage: Salvage) {
    this.#store = store;
    this.#salvage = salvage;
    this.#lastNs = salvage.manifest.startedNs;
  }

  run(): Recovered {
    const { manifest, channels, cutBytes } = this.#salvage;
    const { endedNs: _, ...begun } = manifest;
    this.#store.begin({ ...begun, clean: false, channels: [] });
    for (const channel of channels) this.#open(channel);
    this.#copyFrames();
    const report = [...this.#targets.values()].map(({ channel, frames }): RecoveredChannel => {
      const { name, lostFrames, damagedBlocks, cutBytes } = channel;
      return { name, frames, lostFrames, damagedBlocks, cutBytes };
    });
    this.#noteLosses();
    for (const { log } of this.#targets.values()) log.close();
    this.#ended = true;
    const entries = [...this.#targets.values()].map((target) => describe(target));
    this.#store.end({ ...manifest, endedNs: this.#lastNs, clean: true, channels: entries });
    return { channels: report.filter(({ name }) => !isReserved(name)), cutBytes };
  }

  /** After an error, which is on its way already. */
  release(): void {
    if (this.#ended) return;
    const failures = new Failures();
    for (const { log } of this.#targets.values()) failures.attempt(() => log.close());
    failures.attempt(() => this.#store.end({ ...this.#salvage.manifest, clean: false, channels: [] }));
  }

  #open(channel: SalvagedChannel): Target {
    const { startedNs } = this.#salvage.manifest;
    const target = { channel, ...this.#store.open({ ...channel, startedNs }), frames: 0 };
    this.#targets.set(channel.name, target);
    return target;
  }

  #copyFrames(): void {
    const merge = new Merge(this.#salvage.cursors());
    for (let cursor = merge.next(); cursor !== undefined; cursor = merge.next()) {
      const { block, start, length, hi, lo } = cursor;
      const target = this.#targets.get(block.channel)!;
      target.log.append(block.bytes.subarray(start, start + length), hi, lo);
      target.frames++;
      const timeNs = joinTime(hi, lo);
      if (timeNs > this.#lastNs) this.#lastNs = timeNs;
    }
  }

  /** Notes what was left out as events behind all frames. */
  #noteLosses(): void {
    for (const { name, lostFrames, damagedBlocks, cutBytes } of this.#salvage.channels) {
      if (lostFrames === 0 && cutBytes === 0) continue;
      const why = damagedBlocks > 0 ? `${damagedBlocks} damaged blocks were left out` : "the end of the log was torn";
      this.#note({ kind: "gap", channel: name, frames: lostFrames, cutBytes, why });
    }
    const { cutBytes } = this.#salvage;
    if (cutBytes > 0) this.#note({ kind: "gap", frames: 0, cutBytes, why: "the end of the file was torn" });
  }

  #note(event: { readonly kind: string } & Record<string, unknown>): void {
    const events = this.#targets.get(EVENTS_CHANNEL) ?? this.#open({
      name: EVENTS_CHANNEL,
      header: eventsHeader(),
      latched: false,
      drops: 0,
      lostFrames: 0,
      damagedBlocks: 0,
      cutBytes: 0,
    });
    if (this.#lastNs < MAX_TIME_NS) this.#lastNs++;
    const { hi, lo } = splitTime(this.#lastNs);
    events.log.append(eventCodec.encode(event), hi, lo);
    events.frames++;
  }
}

// A damaged time may be the last there is.
const MAX_TIME_NS = 2n ** 64n - 1n;

function describe({ channel: { drops, lostFrames, header, latched }, entry, frames }: Target): ManifestChannel {
  const lost = drops + lostFrames;
  return {
    ...entry,
    ...(header && { header: header.toBase64() }),
    ...(latched && { latched }),
    frames,
    ...(lost > 0 && { drops: lost }),
  };
}
