import { encodeHeader } from "../codec/mod.ts";
import type { TimeRange } from "./cursor.ts";
import { isReserved } from "./folders.ts";
import type { Frame } from "./frame.ts";
import type { Recording } from "./recording.ts";
import type { ChannelInfo } from "./recording_source.ts";

/** Options of {@linkcode diffRecordings}. */
export interface DiffOptions {
  /** The channels to compare. @default {all of both that are not reserved} */
  readonly channels?: readonly string[] | undefined;
  /** The part of each to compare. @default {all of it} */
  readonly ranges?: { readonly a: TimeRange; readonly b: TimeRange };
  /** Whether frames of two times differ, too. @default {false} */
  readonly times?: boolean;
}

/** How one channel of two recordings compares. */
export interface ChannelDiff {
  /** The channel. */
  readonly name: string;
  /** How many frames each has; undefined where there is no such channel. */
  readonly frames: { readonly a: number | undefined; readonly b: number | undefined };
  /** How many are the same, from the first on. */
  readonly equal: number;
  /**
   * What is not the same first: one has no such channel, or it has another codec; a frame has other bytes, or another
   * time; or one ends early. Undefined where all is the same.
   */
  readonly kind: "channel" | "codec" | "value" | "time" | "length" | undefined;
  /** The frames at which they part, where there is one. */
  readonly first: { readonly a: Frame | undefined; readonly b: Frame | undefined };
}

/**
 * Compares two recordings channel by channel, frame by frame, byte by byte; times only where that is asked for, because
 * two runs never have the same. A generator that gives nothing every few thousand frames, for who has other things to do.
 *
 * @throws {TinmanError} `CORRUPT_LOG`.
 */
export function* diffRecordings(
  a: Recording,
  b: Recording,
  { channels, ranges = { a: {}, b: {} }, times = false }: DiffOptions = {},
): Generator<undefined, readonly ChannelDiff[]> {
  const [left, right] = [byName(a), byName(b)];
  const names = [...new Set([...left.keys(), ...right.keys()])]
    .filter((name) => channels === undefined ? !isReserved(name) : channels.includes(name)).sort();
  const diffs: ChannelDiff[] = [];
  for (const name of names) {
    const infos = { a: left.get(name), b: right.get(name) };
    const sides = [
      infos.a && new Side(a, infos.a, ranges.a),
      infos.b && new Side(b, infos.b, ranges.b),
    ] as const;
    diffs.push(yield* diffChannel(name, sides, { times, sameCodec: codecOf(infos.a) === codecOf(infos.b) }));
  }
  return diffs;
}

const STEP_FRAMES = 16_384;

type Sides = readonly [a: Side | undefined, b: Side | undefined];

function* diffChannel(
  name: string,
  [a, b]: Sides,
  { times, sameCodec }: { readonly times: boolean; readonly sameCodec: boolean },
): Generator<undefined, ChannelDiff> {
  const report = function* (kind: ChannelDiff["kind"], equal = 0, first: ChannelDiff["first"] = NONE) {
    // How long each is says the recording, unless it is a part of it.
    const frames = { a: a && (yield* a.count()), b: b && (yield* b.count()) };
    return { name, frames, equal, kind, first };
  };
  if (a === undefined || b === undefined) return yield* report("channel");
  if (!sameCodec) return yield* report("codec");
  for (let equal = 0;; equal++) {
    if (equal % STEP_FRAMES === STEP_FRAMES - 1) yield;
    const first = { a: a.next(), b: b.next() };
    if (first.a === undefined && first.b === undefined) return yield* report(undefined, equal);
    if (first.a === undefined || first.b === undefined) return yield* report("length", equal, first);
    if (!isEqual(first.a.data, first.b.data)) return yield* report("value", equal, first);
    if (times && first.a.timeNs !== first.b.timeNs) return yield* report("time", equal, first);
  }
}

const NONE = { a: undefined, b: undefined };

/** The frames of one channel in one of them. */
class Side {
  readonly #info: ChannelInfo;
  readonly #frames: Iterator<Frame>;
  readonly #isPart: boolean;
  #taken = 0;

  constructor(recording: Recording, info: ChannelInfo, { fromNs, toNs }: TimeRange) {
    this.#info = info;
    this.#isPart = fromNs !== undefined || toNs !== undefined;
    this.#frames = recording.frames({ channels: [info.name], fromNs, toNs })[Symbol.iterator]();
  }

  next(): Frame | undefined {
    const { value, done } = this.#frames.next();
    if (done) return undefined;
    this.#taken++;
    return value;
  }

  *count(): Generator<undefined, number> {
    if (!this.#isPart) return this.#info.frames;
    while (this.next() !== undefined) if (this.#taken % STEP_FRAMES === 0) yield;
    return this.#taken;
  }
}

function byName({ channels, reservedChannels }: Recording): Map<string, ChannelInfo> {
  return new Map([...channels, ...reservedChannels].map((info) => [info.name, info]));
}

function codecOf(info: ChannelInfo | undefined): string {
  return info?.codec === undefined ? "" : encodeHeader({ ...info.codec, channel: "", latched: false }).toHex();
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
