import type { Clock } from "../clock/mod.ts";
import { type Codec, type CodecHeader, encodeHeader, headerOf } from "../codec/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { ChannelWriter, type Gap } from "./channel_writer.ts";
import { createStore } from "./create_store.ts";
import { eventCodec, EVENTS_CHANNEL } from "./events.ts";
import { isReserved } from "./folders.ts";
import { keepFlushing } from "./keep_flushing.ts";
import type { Manifest, ManifestChannel } from "./manifest.ts";
import type { McapWriterOptions } from "./mcap_writer.ts";
import { checkLimits, type PartLimit, type RecordedParts } from "./parts.ts";
import { type ChannelLog, Failures, type RecordingStore } from "./recording_store.ts";
import { SplitStamper, SplitStore } from "./split_store.ts";
import { type FrameStamper, Stamper } from "./stamper.ts";
import type { SyncPolicy } from "./writer.ts";

/** Options of {@linkcode createRecording}. */
export interface RecordingOptions {
  /** Where the times of the frames come from. */
  readonly clock: Clock;
  /** Wakes the writer to flush what is old. Without it only full blocks, `flush()` and `close()` reach the disk. */
  readonly timer?: Clock;
  /** How long a frame may wait in memory, when there is a timer. @default {250} */
  readonly flushEveryMs?: number;
  /** When to wait for the disk. `everyMs` needs a timer. @default {"never"} */
  readonly sync?: SyncPolicy;
  /** Called before everything is flushed, to write what is held back elsewhere. */
  readonly beforeFlush?: () => void;
  /** A name that no other recording has. @default {made from the time of start} */
  readonly id?: string;
  /** The program that writes, such as `tinman 0.1.0`. */
  readonly tool?: string;
  /** What the random numbers of the run are made from. */
  readonly seed?: string;
  /** A description of what is run, as plain data. */
  readonly graph?: unknown;
  /** When the recording starts; earlier for a copy of something old. @default {now} */
  readonly startedNs?: bigint;
  /** Most bytes in a block, see {@linkcode LogWriterOptions.blockBytes}. @default {262144; 1048576 in MCAP} */
  readonly blockBytes?: number;
  /** See {@linkcode LogWriterOptions.maxPayloadBytes}. @default {1073741824} */
  readonly maxPayloadBytes?: number;
  /** Whether chunks are compressed where that makes them smaller: only in MCAP, a folder cannot. @default {"none"} */
  readonly compress?: "zstd" | "none";
  /**
   * Ends the recording when it has reached this and goes on in another one beside it, `-2`, `-3` …: each is whole and
   * closed as soon as the next begins. Frames whose time is given begin none. @default {one recording}
   */
  readonly split?: PartLimit;
  /** With `split`: deletes the oldest closed parts of this recording while they are beyond this. @default {all are kept} */
  readonly keep?: PartLimit;
  /** With `keep`: hears of the first part that could not be deleted. It is left alone, and the recording goes on. */
  readonly onUndeleted?: (folder: string, error: unknown) => void;
}

/** Options of {@linkcode RecordingWriter.channel}. */
export interface ChannelOptions {
  /** Whether the last value is the state of the channel: a reader that starts later is given it first. @default {false} */
  readonly latched?: boolean;
  /** The plugin that provides the codec. */
  readonly plugin?: CodecHeader["plugin"];
}

/**
 * Begins a recording: a folder, which is made, or one MCAP file when `path` ends in `.mcap`.
 *
 * @throws {TinmanError} `EXISTS` when there is a recording already, `CONFIG` when a folder is to be compressed or the clock
 * says a time before 1970.
 */
export function createRecording(files: Files, path: string, options: RecordingOptions): RecordingWriter {
  return new RecordingWriter(files, path, options);
}

/** A recording that is being written. All its calls are synchronous; close it, or what was written last may be lost. */
export class RecordingWriter implements Disposable {
  /** Where it is, or its first part: a folder, or a file that ends in `.mcap`. */
  readonly folder: string;
  /** Its own name. */
  readonly id: string;
  readonly #store: RecordingStore;
  readonly #split: SplitStore | undefined;
  readonly #options: RecordingOptions;
  /** When it starts: no frame is earlier. */
  readonly startedNs: bigint;
  readonly #stamper: Stamper;
  /** Stamps all but reserved channels: these are written while a part ends, and begin none. */
  readonly #frameStamper: FrameStamper;
  readonly #channels = new Map<string, OpenChannel>();
  readonly #stop = new AbortController();
  // A manifest for each new channel would cost a wait for the disk each; until then their files say what they are.
  #manifestIsOld = false;
  #closed = false;

  /** Use {@linkcode createRecording}. */
  constructor(files: Files, folder: string, options: RecordingOptions) {
    const { clock, timer, flushEveryMs = 250, sync = "never", startedNs = clock.now() } = options;
    checkStart(startedNs, folder);
    this.folder = folder;
    const place = (path: string) => createStore(files, path, storeOptions(options));
    this.#options = options;
    this.startedNs = startedNs;
    this.id = options.id ?? startedNs.toString(36);
    this.#stamper = new Stamper(clock, startedNs);
    checkLimits(options);
    this.#split = options.split && this.#splitStore(files, options.split, place);
    this.#store = this.#split ?? place(folder);
    this.#frameStamper = this.#split === undefined ? this.#stamper : new SplitStamper(this.#stamper, this.#split);
    this.#store.begin(this.#manifest());
    if (timer !== undefined) keepFlushing(this, { timer, flushEveryMs, sync, signal: this.#stop.signal });
  }

  /**
   * Opens a channel for writing. Asked again with the same codec, it gives the same writer.
   *
   * @throws {TinmanError} `EXISTS` when the channel was opened with another codec.
   */
  channel<T>(name: string, codec: Codec<T>, options: ChannelOptions = {}): ChannelWriter<T> {
    if (this.#closed) throw new TinmanError("CLOSED", `Cannot open channel "${name}": the recording is closed`, {});
    const { latched = false, plugin } = options;
    const header = encodeHeader({ ...headerOf(codec), ...(plugin && { plugin }), channel: name, latched });
    const before = this.#channels.get(name);
    if (before !== undefined) {
      if (isEqual(before.header, header)) return before.writer as unknown as ChannelWriter<T>;
      const message = `Cannot open channel "${name}": it is being written with another codec`;
      throw new TinmanError("EXISTS", message, { path: this.folder });
    }
    const { log, entry: opened } = this.#store.open({ name, header, startedNs: this.startedNs });
    const report = (gap: Gap) => this.#noteGap(name, gap);
    const stamper = isReserved(name) ? this.#stamper : this.#frameStamper;
    const writer = new ChannelWriter(name, { codec, log, stamper, report });
    const entry = { ...opened, codec: codec.id, header: header.toBase64(), ...(latched && { latched }) };
    this.#channels.set(name, { writer: writer as unknown as ChannelWriter<never>, log, header, entry });
    this.#manifestIsOld = true;
    return writer;
  }

  /** Writes down what happened to the recording itself, such as `{ kind: "clock-step", … }`. */
  note(kind: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.channel(EVENTS_CHANNEL, eventCodec).write({ kind, ...fields });
  }

  /** Hands everything to the operating system and, unless `sync` is `never`, waits until it is on the disk. */
  flush(): void {
    this.#flush((log) => log.flush());
  }

  /** Hands everything to the operating system. */
  drain(): void {
    this.#flush((log) => log.drain());
  }

  /** Where its parts are, when it is split. */
  get parts(): RecordedParts | undefined {
    return this.#split?.parts;
  }

  /** Counts of each channel so far. */
  stats(): { readonly name: string; readonly frames: number; readonly bytes: number; readonly drops: number }[] {
    return Array.from(this.#channels.values(), ({ writer: { name, frames, bytes, drops } }) => {
      return { name, frames, bytes, drops };
    });
  }

  /**
   * Writes everything out, marks the recording as whole and releases its files. Twice is fine.
   *
   * @throws {TinmanError} `WRITE_FAILED` when the disk takes no more; it is closed all the same, and says what it lost.
   */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    const failures = new Failures();
    failures.attempt(() => this.#options.beforeFlush?.());
    for (const { writer } of this.#inOrder()) if (!isReserved(writer.name)) failures.attempt(() => writer.close());
    // What the channels lost is noted in the events.
    for (const { writer } of this.#inOrder()) writer.reportGap();
    this.#closed = true;
    for (const { writer } of this.#inOrder()) if (isReserved(writer.name)) failures.attempt(() => writer.close());
    failures.attempt(() => this.#store.end(this.#manifest({ clean: failures.first === undefined })));
    failures.throwFirst();
  }

  /** The same as {@linkcode RecordingWriter.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #flush(how: (log: ChannelLog) => void): void {
    if (this.#closed) return;
    const failures = new Failures();
    failures.attempt(() => this.#options.beforeFlush?.());
    for (const { log } of this.#inOrder()) failures.attempt(() => how(log));
    if (this.#manifestIsOld) failures.attempt(() => this.#updateManifest());
    failures.attempt(() => this.#split?.turnIfDue());
    failures.throwFirst();
  }

  #splitStore(files: Files, split: PartLimit, place: (path: string) => RecordingStore): SplitStore {
    const { clock, keep, onUndeleted, beforeFlush } = this.#options;
    return new SplitStore(files, this.folder, {
      ...{ split, keep, onUndeleted, clock, place },
      prepare: () => beforeFlush?.(),
      describe: () => this.#manifest({ clean: true }),
      nextNs: () => later(clock.now(), this.#stamper.lastNs + 1n),
      onPart: () => this.#manifestIsOld = true,
    });
  }

  /** Reserved channels last, by name: what they say of the others has to hold when it is in the file. */
  #inOrder(): OpenChannel[] {
    const [reserved, others] = [[] as OpenChannel[], [] as OpenChannel[]];
    for (const open of this.#channels.values()) (isReserved(open.writer.name) ? reserved : others).push(open);
    return [...others, ...reserved.sort((a, b) => a.writer.name < b.writer.name ? -1 : 1)];
  }

  #noteGap(channel: string, gap: Gap): void {
    if (channel === EVENTS_CHANNEL) return;
    try {
      this.note("gap", { channel, ...gap });
    } catch {
      // The number of dropped frames is in recording.json as well.
    }
  }

  #updateManifest(): void {
    this.#store.update(this.#manifest());
    this.#manifestIsOld = false;
  }

  #manifest(end?: { readonly clean: boolean }): Manifest {
    const { clock, tool, seed, graph } = this.#options;
    const channels = Array.from(this.#channels.values(), ({ entry, writer: { frames, drops } }) => {
      return end === undefined ? entry : { ...entry, frames, ...(drops > 0 && { drops }) };
    });
    return {
      tinman: 1,
      ...(tool !== undefined && { tool }),
      id: this.id,
      startedNs: this.startedNs,
      ...(end !== undefined && { endedNs: later(clock.now(), this.#stamper.lastNs) }),
      clean: end?.clean ?? false,
      ...(seed !== undefined && { seed }),
      ...(graph !== undefined && { graph }),
      channels,
    };
  }
}

interface OpenChannel {
  readonly writer: ChannelWriter<never>;
  readonly log: ChannelLog;
  readonly header: Uint8Array;
  readonly entry: ManifestChannel;
}

/** Times are written without a sign: a recording that began before 1970 could be made, and never opened. */
function checkStart(startedNs: bigint, path: string): void {
  if (startedNs >= 0n) return;
  throw new TinmanError("CONFIG", `Cannot record into ${path}: the clock says a time before 1970 (${startedNs} ns)`, {
    path,
    hint: "set the clock of this machine; in a test or a simulation begin the virtual one at 0 or later",
  });
}

function storeOptions({ sync, blockBytes, maxPayloadBytes, compress }: RecordingOptions): McapWriterOptions {
  return {
    ...(sync !== undefined && { sync }),
    ...(blockBytes !== undefined && { blockBytes }),
    ...(maxPayloadBytes !== undefined && { maxPayloadBytes }),
    ...(compress !== undefined && { compress }),
  };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
