import type { ByteReader, ByteWriter } from "../../bytes/mod.ts";

/** Some of the leaves of a blob. */
export class LeafSet {
  /** How many there are in the blob. */
  readonly length: number;
  readonly #bits: Uint8Array;
  #count = 0;

  constructor(length: number) {
    [this.length, this.#bits] = [length, new Uint8Array(Math.ceil(length / 8))];
  }

  /** How many are in it. */
  get count(): number {
    return this.#count;
  }

  /** Whether all are. */
  get isFull(): boolean {
    return this.#count === this.length;
  }

  /** Whether this one is. */
  has(leaf: number): boolean {
    return (this.#bits[leaf >> 3]! >> (leaf & 7) & 1) === 1;
  }

  /** Puts it in. */
  add(leaf: number): this {
    if (this.has(leaf)) return this;
    this.#bits[leaf >> 3]! |= 1 << (leaf & 7);
    this.#count++;
    return this;
  }

  /** Takes it out. */
  delete(leaf: number): void {
    if (!this.has(leaf)) return;
    this.#bits[leaf >> 3]! &= ~(1 << (leaf & 7));
    this.#count--;
  }
}

/** All leaves. */
export function allLeaves(length: number): LeafSet {
  const all = new LeafSet(length);
  for (let leaf = 0; leaf < length; leaf++) all.add(leaf);
  return all;
}

/**
 * Writes which leaves are there: how many runs, then for each how many are missing before it and how long it is; 0 runs
 * is all of them. Runs beyond so many are left out: less is never wrong.
 */
export function writeLeaves(writer: ByteWriter, leaves: LeafSet, maxRuns: number = MAX_RUNS): void {
  if (leaves.isFull) return void writer.varint(0);
  const runs: [gap: number, length: number][] = [];
  for (let leaf = 0, end = 0; leaf < leaves.length && runs.length < maxRuns; leaf++) {
    if (!leaves.has(leaf)) continue;
    const from = leaf;
    while (leaf < leaves.length && leaves.has(leaf)) leaf++;
    runs.push([from - end, leaf - from]);
    end = leaf;
  }
  writer.varint(runs.length);
  for (const [gap, length] of runs) writer.varint(gap).varint(length);
}

/** Reads runs, without room for the leaves they claim: see {@linkcode leavesOf}. @throws {RangeError} */
export function readRuns(reader: ByteReader): LeafRuns {
  const count = reader.varint();
  if (count > MAX_RUNS) throw new RangeError(`leaves come in ${count} runs`);
  return Array.from({ length: count }, () => {
    const [gap, length] = [reader.varint(), reader.varint()];
    if (length === 0) throw new RangeError("a run of leaves is empty");
    return [gap, length];
  });
}

/** The leaves of runs. @throws {RangeError} when the blob has not so many. */
export function leavesOf(runs: LeafRuns, length: number): LeafSet {
  if (runs.length === 0) return allLeaves(length);
  const leaves = new LeafSet(length);
  let at = 0;
  for (const [gap, count] of runs) {
    const from = at + gap;
    at = from + count;
    if (at > length) throw new RangeError(`a blob of ${length} leaves has none at ${at - 1}`);
    for (let leaf = from; leaf < at; leaf++) leaves.add(leaf);
  }
  return leaves;
}

/** Each: how many are missing before it, how many are there. None is all. */
export type LeafRuns = readonly (readonly [gap: number, length: number])[];

/** Most runs of one offer. */
export const MAX_RUNS = 64;
