import type { Clock } from "../clock/mod.ts";
import { decodeHeader } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { isMcapPath, isReserved, numberedPlace } from "./folders.ts";
import type { Manifest } from "./manifest.ts";
import { MESSAGE_HEADER_BYTES } from "./mcap_format.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { PartKeeper } from "./part_keeper.ts";
import type { RecordedParts, SplitOptions } from "./parts.ts";
import { Failures, type NewChannel, type OpenedChannel, type RecordingStore } from "./recording_store.ts";
import { type PartCount, SplitLog } from "./split_log.ts";
import type { FrameStamper, Stamper } from "./stamper.ts";

// A message has an entry of 16 bytes in the index behind its chunk.
const MESSAGE_BYTES = MESSAGE_HEADER_BYTES + 16;

/** What a recording that is split asks of whoever writes it. */
export interface SplitStoreOptions extends SplitOptions {
  readonly clock: Clock;
  /** A store for the part at this path. */
  place(path: string): RecordingStore;
  /** Called before a part ends, to write what is held back elsewhere and belongs to it. */
  prepare(): void;
  /** What all parts are together, by now. */
  describe(): Manifest;
  /** The earliest time that the next frame can have. */
  nextNs(): bigint;
  /** Called when another part has begun. */
  onPart(): void;
}

interface Part {
  readonly number: number;
  readonly path: string;
  readonly startedNs: bigint;
  readonly store: RecordingStore;
}

/**
 * A recording as several, one after the other: a part ends where it has reached a limit, and the next one goes on with the
 * same channels. It stands before a store of either form, one for each part.
 */
export class SplitStore implements RecordingStore {
  readonly #files: Files;
  readonly #path: string;
  readonly #options: SplitStoreOptions;
  readonly #keeper: PartKeeper;
  readonly #logs = new Map<string, SplitLog>();
  readonly #count: PartCount = { bytes: 0, frames: 0, ended: false };
  readonly #maxBytes: number;
  readonly #lengthNs: number;
  /** When the part is full, counted from the clock's origin. */
  #dueNs = Infinity;
  #part!: Part;
  #turning = false;

  /** The first part is at `path`. */
  constructor(files: Files, path: string, options: SplitStoreOptions) {
    [this.#files, this.#path, this.#options] = [files, path, options];
    this.#keeper = new PartKeeper(files, options);
    const { bytes = Infinity, timeNs } = options.split;
    [this.#maxBytes, this.#lengthNs] = [bytes, timeNs === undefined ? Infinity : Number(timeNs)];
  }

  /** Where the parts are. */
  get parts(): RecordedParts {
    return { folders: [...this.#keeper.folders, this.#part.path], deleted: this.#keeper.deleted };
  }

  begin(manifest: Manifest): void {
    const store = this.#options.place(this.#path);
    this.#part = { number: 1, path: this.#path, startedNs: manifest.startedNs, store };
    store.begin(this.#ofPart(manifest));
    this.#restart();
  }

  open(channel: NewChannel): OpenedChannel {
    const opened = this.#part.store.open(channel);
    const { header } = channel;
    const log = new SplitLog(channel, {
      opened,
      part: this.#count,
      frameBytes: isMcapPath(this.#path) ? MESSAGE_BYTES : FRAME_HEADER_BYTES,
      latched: header !== undefined && decodeHeader(header).latched === true,
    });
    this.#logs.set(channel.name, log);
    return { ...opened, log };
  }

  update(manifest: Manifest): void {
    this.#part.store.update(this.#ofPart(manifest));
  }

  end(manifest: Manifest): void {
    const { store, startedNs } = this.#part;
    const { endedNs = startedNs } = manifest;
    store.end(this.#ofPart({ ...manifest, endedNs: endedNs > startedNs ? endedNs : startedNs }));
  }

  /**
   * Ends the part and begins the next one, if it is time. To be called between two frames: the next one is in the next part.
   *
   * @throws {TinmanError} `WRITE_FAILED` when the next part cannot be begun: then this one goes on.
   */
  turnIfDue(): void {
    const isFull = this.#count.bytes >= this.#maxBytes;
    if (!isFull && (this.#dueNs === Infinity || this.#options.clock.elapsedNs() < this.#dueNs)) return;
    if (this.#turning || this.#count.ended) return;
    // A part without a frame tells nothing, and there would be one after the other while nothing happens.
    if (this.#count.frames === 0) return this.#restart();
    this.#turning = true;
    try {
      this.#turn();
    } finally {
      this.#turning = false;
    }
  }

  #turn(): void {
    const { prepare, describe, nextNs, onPart } = this.#options;
    prepare();
    const logs = this.#inOrder();
    // What the disk does not take now stays in this part, which goes on.
    for (const log of logs) log.drain();
    const [whole, borderNs] = [describe(), nextNs()];
    const { part, opened } = this.#beginNext({ ...whole, startedNs: borderNs });
    const failures = new Failures();
    for (const log of logs) failures.attempt(() => log.endPart());
    const ended = this.#ofPart({ ...whole, endedNs: borderNs, clean: failures.first === undefined });
    failures.attempt(() => this.#part.store.end(ended));
    for (const [log, each] of opened) log.beginPart(each);
    for (const { name, drops = 0 } of whole.channels) this.#logs.get(name)!.dropsBefore = drops;
    const { path } = this.#part;
    this.#part = part;
    this.#restart();
    onPart();
    this.#keeper.add(path, ended, borderNs);
    failures.throwFirst();
  }

  /** Makes the next part with all channels, up to where frames go on. Nothing is left of it when that fails. */
  #beginNext(manifest: Manifest): { readonly part: Part; readonly opened: ReadonlyMap<SplitLog, OpenedChannel> } {
    const number = this.#part.number + 1;
    const { path, store } = this.#makePlace(number, manifest);
    const opened = new Map<SplitLog, OpenedChannel>();
    try {
      for (const log of this.#logs.values()) {
        const each = store.open(log.channel);
        opened.set(log, each);
        log.repeat(each);
      }
      return { part: { number, path, startedNs: manifest.startedNs, store }, opened };
    } catch (error) {
      const failures = new Failures();
      for (const { log } of opened.values()) failures.attempt(() => log.close());
      failures.attempt(() => store.end({ ...manifest, channels: [] }));
      failures.attempt(() => this.#files.remove(path));
      throw error;
    }
  }

  /** Begins at the first place that is free, from this number on. */
  #makePlace(number: number, manifest: Manifest): { readonly path: string; readonly store: RecordingStore } {
    for (let n = number;; n++) {
      const path = numberedPlace(this.#path, n);
      if (this.#files.stat(path) !== undefined) continue;
      const store = this.#options.place(path);
      try {
        const { endedNs: _, ...begun } = this.#ofPart(manifest, { number, startedNs: manifest.startedNs });
        store.begin({ ...begun, clean: false, channels: [] });
        return { path, store };
      } catch (error) {
        // Somebody else was there first.
        if (isTinmanError(error, "EXISTS") && this.#files.stat(path) !== undefined) continue;
        if (this.#files.list(path).length === 0) new Failures().attempt(() => this.#files.remove(path));
        throw error;
      }
    }
  }

  /** What is true of all parts, as it is of one. */
  #ofPart(whole: Manifest, { number, startedNs }: Pick<Part, "number" | "startedNs"> = this.#part): Manifest {
    const channels = whole.channels.map(({ frames, drops = 0, ...entry }) => {
      const { file, partFrames, dropsBefore } = this.#logs.get(entry.name)!;
      const own = drops - dropsBefore;
      return { ...entry, file, ...(frames !== undefined && { frames: partFrames, ...(own > 0 && { drops: own }) }) };
    });
    const id = number === 1 ? whole.id : `${whole.id}-${number}`;
    return { ...whole, id, part: { of: whole.id, number }, startedNs, channels };
  }

  #restart(): void {
    [this.#count.bytes, this.#count.frames] = [0, 0];
    if (this.#lengthNs < Infinity) this.#dueNs = this.#options.clock.elapsedNs() + this.#lengthNs;
  }

  /** Reserved channels last: what they say of the others has to hold when it is in the file. */
  #inOrder(): SplitLog[] {
    const all = [...this.#logs.values()];
    const { true: reserved = [], false: others = [] } = Object.groupBy(
      all,
      ({ channel }) => `${isReserved(channel.name)}`,
    );
    return [...others, ...reserved];
  }
}

/** Stamps the frames of a recording that is split: in front of each another part may begin. */
export class SplitStamper implements FrameStamper {
  readonly #stamper: Stamper;
  readonly #store: SplitStore;

  constructor(stamper: Stamper, store: SplitStore) {
    [this.#stamper, this.#store] = [stamper, store];
  }

  next(): number {
    this.#store.turnIfDue();
    return this.#stamper.next();
  }

  hi(stamp: number): number {
    return this.#stamper.hi(stamp);
  }

  lo(stamp: number): number {
    return this.#stamper.lo(stamp);
  }

  follow(timeNs: bigint): void {
    this.#stamper.follow(timeNs);
  }
}
