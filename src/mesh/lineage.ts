import type { Feed } from "./feed.ts";
import type { Feeds } from "./feeds.ts";

/** One event of a device, by its number and the first four bytes of its id. */
export interface Head {
  /** Its number. */
  readonly seq: number;
  /** Those four bytes as a number, highest first. */
  readonly check: number;
}

/**
 * Whether the event `seq` of `feed` is `head`, or before it on its branch. While the head is not here its number has to
 * do: what is here may be before it.
 */
export function isUpTo(head: Head, { feed, seq, feeds }: { feed: Feed; seq: number; feeds: Feeds }): boolean {
  if (seq > head.seq) return false;
  const found = feeds.find({ device: feed.device, ...head });
  for (let each = found?.feed; each !== undefined; each = feeds.get(each.parent ?? "")) {
    if (each.base <= seq) return each === feed;
  }
  return true;
}
