import type { ChannelLog, NewChannel, OpenedChannel } from "./recording_store.ts";

/** What has gone into the part that is being written. */
export interface PartCount {
  /** Bytes of its frames, the values of earlier parts not counted. */
  bytes: number;
  frames: number;
  /** Whether the recording ends: then no other part begins. */
  ended: boolean;
}

/** One channel through all parts of a recording. */
export class SplitLog implements ChannelLog {
  /** What each part opens it with. */
  readonly channel: NewChannel;
  /** Its file in this part. */
  file: string;
  /** Frames that were dropped in earlier parts. */
  dropsBefore = 0;
  readonly #part: PartCount;
  readonly #frameBytes: number;
  readonly #latched: boolean;
  #log: ChannelLog;
  // A header is a frame in one form and none in the other.
  #headers: number;
  #framesBefore = 0;
  #last: Uint8Array | undefined;
  #length = 0;
  #hi = 0;
  #lo = 0;

  /** A frame takes `frameBytes` besides its payload. */
  constructor(channel: NewChannel, { opened, part, frameBytes, latched }: {
    readonly opened: OpenedChannel;
    readonly part: PartCount;
    readonly frameBytes: number;
    readonly latched: boolean;
  }) {
    [this.channel, this.#part, this.#frameBytes, this.#latched] = [channel, part, frameBytes, latched];
    [this.#log, this.file, this.#headers] = [opened.log, opened.entry.file, opened.log.frames];
  }

  get frames(): number {
    return this.#framesBefore + this.#log.frames;
  }

  /** How many frames this part has, the value of an earlier part included. */
  get partFrames(): number {
    return this.#log.frames - this.#headers;
  }

  append(payload: Uint8Array, hi: number, lo: number): void {
    this.#log.append(payload, hi, lo);
    this.#part.bytes += payload.length + this.#frameBytes;
    this.#part.frames++;
    if (this.#latched) this.#remember(payload, hi, lo);
  }

  writeBytes(payload: Uint8Array, timeNs: bigint): void {
    this.#log.writeBytes(payload, timeNs);
    this.#part.bytes += payload.length + this.#frameBytes;
    this.#part.frames++;
    if (this.#latched) this.#remember(payload, Number(timeNs >> 32n), Number(timeNs & 0xffffffffn));
  }

  flush(): void {
    this.#log.flush();
  }

  drain(): void {
    this.#log.drain();
  }

  close(): void {
    this.#part.ended = true;
    this.#log.close();
  }

  /** Writes the last value of a latched channel as the first frame of the next part, with the time it had. */
  repeat({ log }: OpenedChannel): void {
    if (this.#last !== undefined) log.append(this.#last.subarray(0, this.#length), this.#hi, this.#lo);
  }

  /** Ends its file in this part. */
  endPart(): void {
    this.#log.close();
  }

  /** Goes on in the next part, which has its last value by now. */
  beginPart({ log, entry }: OpenedChannel): void {
    this.#framesBefore += this.#log.frames;
    this.#headers = log.frames - (this.#last === undefined ? 0 : 1);
    [this.#log, this.file] = [log, entry.file];
  }

  #remember(payload: Uint8Array, hi: number, lo: number): void {
    if (this.#last === undefined || this.#last.length < payload.length) this.#last = new Uint8Array(payload.length);
    this.#last.set(payload);
    [this.#length, this.#hi, this.#lo] = [payload.length, hi, lo];
  }
}
