import type { Observed, ObservedFrame } from "../telemetry/mod.ts";
import type { FrameRow } from "./snapshot.ts";
import { toTree, type TreeLimits } from "./tree.ts";

/** Bytes of a frame that a list shows; the rest is fetched when somebody wants it. */
export const SHOWN_BYTES = 64 * 1024;
/** A frame with more bytes is not decoded for a list. */
const DECODED_BYTES = 4 * 2 ** 20;
/** Fields of a value that a list shows. */
const LIST_LIMITS: TreeLimits = { maxItems: 500, maxText: 1024 };

/** Frames as rows, and the bytes that they refer to. */
export function frameRows(
  frames: readonly ObservedFrame[],
  { observed, channel, shownBytes = SHOWN_BYTES }: {
    readonly observed: Observed;
    readonly channel: string;
    readonly shownBytes?: number;
  },
): { rows: FrameRow[]; bytes: Uint8Array } {
  const parts: Uint8Array[] = [];
  let at = 0;
  const rows = frames.map((frame): FrameRow => {
    const shown = frame.data?.subarray(0, shownBytes) ?? new Uint8Array(0);
    parts.push(shown);
    const row = { at, shown: shown.length, ...rowOf(frame, observed, channel) };
    at += shown.length;
    return row;
  });
  const bytes = new Uint8Array(at);
  at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { rows, bytes };
}

function rowOf({ index, timeNs, data, problem }: ObservedFrame, observed: Observed, channel: string) {
  const row = { index, timeNs: `${timeNs}`, size: data?.length ?? 0 };
  if (data === undefined) return { ...row, problem: problem ?? "it could not be written down" };
  if (data.length > DECODED_BYTES) return { ...row, problem: "it is large: fetch all of it to see its value" };
  return { ...row, ...decoded(observed, channel, data, LIST_LIMITS) };
}

/** The value of a frame as a tree, or why there is none. */
export function decoded(
  observed: Observed,
  channel: string,
  data: Uint8Array,
  limits: TreeLimits,
): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: toTree(observed.decode(channel, data), limits) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Frames that were too large to show, for a while: until others have taken their place. */
export class KeptFrames {
  readonly #maxBytes: number;
  readonly #frames = new Map<string, ObservedFrame>();
  #bytes = 0;

  /** Keeps at most `maxBytes`. */
  constructor(maxBytes = 32 * 2 ** 20) {
    this.#maxBytes = maxBytes;
  }

  /** Keeps one, if it is not larger than all that may be kept. */
  add(channel: string, frame: ObservedFrame): void {
    const size = frame.data?.length ?? 0;
    const key = `${channel}\n${frame.index}`;
    if (size > this.#maxBytes || this.#frames.has(key)) return;
    this.#frames.set(key, frame);
    this.#bytes += size;
    for (const [oldest, { data }] of this.#frames) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#frames.delete(oldest);
      this.#bytes -= data?.length ?? 0;
    }
  }

  /** One that is kept. */
  get(channel: string, index: number): ObservedFrame | undefined {
    return this.#frames.get(`${channel}\n${index}`);
  }
}
