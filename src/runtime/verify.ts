import type { Codec } from "../codec/mod.ts";
import type { Frame, Recording } from "../log/mod.ts";
import type { Extent } from "./extent.ts";

/** The first place where a replay gave something else than what was recorded. */
export interface Divergence {
  /** The channel. */
  readonly channel: string;
  /** Number of the frame in its channel, from 0. */
  readonly frame: number;
  /** When it was recorded, or would have been; nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** `changed`: both are there and differ; `missing`: the replay gave less; `extra`: it gave more. */
  readonly kind: "changed" | "missing" | "extra";
  /** The recorded value; left out where there is none. */
  readonly recorded?: unknown;
  /** Today's value; left out where there is none. */
  readonly replayed?: unknown;
}

/** What was compared, and the first difference. */
export interface VerifyReport {
  /** Frames that were compared and equal, by channel. */
  readonly channels: readonly { readonly name: string; readonly equal: number; readonly recorded: number }[];
  /** The divergence that was recorded first. */
  readonly divergence: Divergence | undefined;
  /** Whether the replay was ended early: then what was recorded later was not compared, and is not missing. */
  readonly isCut: boolean;
}

/** What was compared so far; nothing is missing yet. */
export interface VerifyLook {
  /** See {@linkcode VerifyReport.channels}. */
  readonly channels: VerifyReport["channels"];
  /** The first divergence of each channel that has one, in the order of time. */
  readonly divergences: readonly Divergence[];
}

/** Compares what a replay publishes with what was recorded, frame by frame, byte by byte; times are not compared. */
export class Verifier {
  readonly #channels = new Map<string, ChannelVerifier>();
  readonly #recording: Recording;
  readonly #extent: Extent;

  /** Of what was recorded after `extent`, nobody knows what it was made from: it is not compared. */
  constructor(recording: Recording, extent: Extent) {
    [this.#recording, this.#extent] = [recording, extent];
  }

  /** What compares the values of a channel. */
  tap(channel: string, codec: Codec<unknown>): (value: unknown) => void {
    // A channel may go with a change of the graph, and come back with another.
    const verifier = this.#channels.get(channel) ??
      new ChannelVerifier(this.#recording, channel, { codec, extent: this.#extent });
    this.#channels.set(channel, verifier);
    return (value) => verifier.compare(value);
  }

  /** How it is so far. */
  look(): VerifyLook {
    const channels = [...this.#channels].map(([name, { equal, total }]) => ({ name, equal, recorded: total }));
    const divergences = [...this.#channels].flatMap(([channel, { found }]) => found ? [{ channel, ...found }] : []);
    return {
      channels,
      divergences: divergences.sort((a, b) => a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0),
    };
  }

  /**
   * What came of it. `nowNs` stands for the time of what was never recorded; `isCut`: the replay was ended early, and nothing
   * was compared since.
   */
  report(nowNs: bigint, isCut: boolean): VerifyReport {
    const channels = [...this.#channels].map(([name, { equal, total }]) => ({ name, equal, recorded: total }));
    let divergence: Divergence | undefined;
    for (const [channel, verifier] of this.#channels) {
      const found = verifier.finish(channel, nowNs);
      if (isCut && found?.kind === "missing") continue;
      if (found !== undefined && (divergence === undefined || found.timeNs < divergence.timeNs)) divergence = found;
    }
    return { channels, divergence, isCut };
  }
}

class ChannelVerifier {
  equal = 0;
  readonly total: number;
  readonly #codec: Codec<unknown>;
  readonly #decode: (bytes: Uint8Array) => unknown;
  readonly #frames: Iterator<Frame>;
  readonly #extent: Extent;
  #next: Frame | undefined;
  #found: Omit<Divergence, "channel"> | undefined;

  constructor(recording: Recording, name: string, { codec, extent }: { codec: Codec<unknown>; extent: Extent }) {
    [this.#codec, this.#extent] = [codec, extent];
    this.#frames = recording.frames({ channels: [name] })[Symbol.iterator]();
    this.total = recording.channels.find((each) => each.name === name)?.frames ?? 0;
    const recordedCodec = recording.codec(name);
    this.#decode = (bytes) => tryDecode(recordedCodec, bytes);
    this.#advance();
  }

  /** Where it diverged, if it did by now. */
  get found(): Omit<Divergence, "channel"> | undefined {
    return this.#found;
  }

  compare(value: unknown): void {
    if (this.#found !== undefined) return;
    const frame = this.#next;
    if (frame === undefined) {
      if (this.#extent.isWhole) {
        this.#found = { frame: this.equal, timeNs: 0n, kind: "extra", replayed: this.#copy(value) };
      }
      return;
    }
    const bytes = this.#codec.encode(value);
    if (equalBytes(bytes, frame.data)) {
      this.equal++;
      return this.#advance();
    }
    const recorded = this.#decode(frame.data);
    this.#found = { frame: this.equal, timeNs: frame.timeNs, kind: "changed", recorded, replayed: this.#copy(value) };
  }

  /** Today's value as it is now: who published it may use its memory again before anybody looks. */
  #copy(value: unknown): unknown {
    try {
      return this.#codec.decode(this.#codec.encode(value));
    } catch {
      return value;
    }
  }

  finish(channel: string, nowNs: bigint): Divergence | undefined {
    if (this.#found?.kind === "extra") return { channel, ...this.#found, timeNs: nowNs };
    if (this.#found !== undefined) return { channel, ...this.#found };
    const frame = this.#next;
    if (frame === undefined) return undefined;
    return { channel, frame: this.equal, timeNs: frame.timeNs, kind: "missing", recorded: this.#decode(frame.data) };
  }

  #advance(): void {
    const { value, done } = this.#frames.next();
    this.#next = done || value.timeNs >= this.#extent.untilNs ? undefined : value;
  }
}

function tryDecode(codec: Codec<unknown>, bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch {
    return bytes;
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
