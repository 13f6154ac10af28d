import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import type { Write } from "./write.ts";

/** The feeds that are asked which branch something is on. */
export type Branches = Pick<Feeds, "of" | "get">;

/**
 * Whether `a` comes before `b` in what their device wrote. In one feed the numbers say so; between branches of a fork only
 * what is before the place where they part does. (SPEC O2)
 */
export function precedes(a: Write, b: Write, feeds: Branches): boolean {
  if (a.seq >= b.seq) return false;
  const branches = feeds.of(b.device);
  if (branches.length <= 1) return true;
  const feed = branches.find((each) => each.at(b.seq) === b.source);
  return feed === undefined || isBefore(a, feed, feeds);
}

/** Whether a write is in `feed`, or in what it branches off. */
export function isBefore(write: Write, feed: Feed, feeds: Branches): boolean {
  if (feed.device !== write.device) return false;
  for (let each = feed;;) {
    if (each.base <= write.seq) return each.at(write.seq) === write.source;
    const parent = each.parent === undefined ? undefined : feeds.get(each.parent);
    // What is before the first event of all was in a snapshot, and is shared by all branches.
    if (parent === undefined) return true;
    each = parent;
  }
}
