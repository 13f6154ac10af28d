import type { BlobRef } from "./tree.ts";

/** How many blobs, and how long all of them are. */
export interface Tally {
  readonly count: number;
  readonly bytes: number;
}

/** Counts these. */
export function tallyOf(refs: Iterable<Pick<BlobRef, "size">>): Tally {
  let [count, bytes] = [0, 0];
  for (const { size } of refs) [count, bytes] = [count + 1, bytes + size];
  return { count, bytes };
}
