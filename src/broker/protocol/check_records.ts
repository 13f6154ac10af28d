import type { RecordBatch } from "./record_batch.ts";

/** What is wrong with a batch. */
export interface RecordProblem {
  /** For people. */
  readonly message: string;
  /** The records that are to blame, from 0; none where it is the batch. */
  readonly records: readonly number[];
}

/**
 * What is wrong with the records of a batch, or nothing: they have to be as many as its head says, numbered 0, 1, 2 …, and
 * fill the content to its last byte. Nothing is made of them, so a broker can look at each that it takes in.
 */
export function findRecordProblem(
  { count, lastOffsetDelta }: RecordBatch,
  content: Uint8Array,
  { needsKeys = false }: { readonly needsKeys?: boolean } = {},
): RecordProblem | undefined {
  const keyless: number[] = [];
  const shape = findShapeProblem({ count, lastOffsetDelta }, content, (i) => keyless.push(i));
  if (shape !== undefined) return { message: shape, records: [] };
  if (!needsKeys || keyless.length === 0) return undefined;
  const message = `${keyless.length} of ${count} records have no key, and the topic keeps the last record of each key`;
  return { message, records: keyless };
}

function findShapeProblem(
  { count, lastOffsetDelta }: Pick<RecordBatch, "count" | "lastOffsetDelta">,
  content: Uint8Array,
  onKeyless: (index: number) => void,
): string | undefined {
  if (count < 1 || count !== lastOffsetDelta + 1) {
    return `a batch that says ${count} records, the last ${lastOffsetDelta}`;
  }
  const walk = new Walk(content);
  for (let i = 0; i < count; i++) {
    const length = walk.varint();
    const end = walk.at + length;
    if (!(length > 0 && end <= content.length)) return `record ${i} is cut off`;
    walk.at++;
    walk.skipVarint();
    if (walk.varint() !== i) return `record ${i} is not numbered ${i}`;
    const key = walk.varint();
    if (key < 0) onKeyless(i);
    walk.skip(key);
    walk.skip(walk.varint());
    for (let headers = walk.varint(); headers > 0 && walk.at <= end; headers--) {
      walk.skip(walk.varint());
      walk.skip(walk.varint());
    }
    if (walk.at !== end) return `record ${i} is not as long as it says`;
  }
  return walk.at === content.length ? undefined : `there is more behind the last of ${count} records`;
}

/** A place in the content. Behind the end it reads zeros, which the lengths above do not agree with. */
class Walk {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Zigzag LEB128 of 32 bits; what is longer comes out wrong. */
  varint(): number {
    let raw = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return raw >>> 1 ^ -(raw & 1);
  }

  /** Passes over bytes with this length; -1 where there are none. */
  skip(length: number): void {
    this.at += length >= -1 ? Math.max(length, 0) : Infinity;
  }

  skipVarint(): void {
    for (let i = 0; i < 10 && (this.#bytes[this.at++] ?? 0) >= 0x80; i++);
  }
}
