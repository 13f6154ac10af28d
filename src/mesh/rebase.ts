import { TinmanError } from "../errors/mod.ts";
import type { Base } from "./base.ts";
import { sameId } from "./event.ts";
import type { Feeds } from "./feeds.ts";
import type { Members } from "./members/mod.ts";
import type { Run } from "./run.ts";
import { runsOf } from "./runs_of.ts";
import type { Snapshot } from "./view/mod.ts";

/**
 * Who has heard more of members than who begins with a snapshot believes nobody that was removed.
 *
 * @throws {TinmanError} `CONFIG` when its signer was removed, or, where that one is not known here, who let it in.
 */
export function checkSigner({ by, grants }: Base, members: Members): void {
  const isOut = (device: string) => members.cutoff(device) !== undefined;
  if (isOut(by)) throw unfit(`${by.slice(0, 8)} has signed it, who was removed`);
  const out = members.isAdmin(by) ? undefined : [members.founder, ...grants.map(({ to }) => to)].find(isOut);
  if (out !== undefined) {
    throw unfit(`${by.slice(0, 8)} has signed it, an admin by ${out.slice(0, 8)}, who was removed`);
  }
}

/** Whether a snapshot holds events that are not here. */
export function isBehind(feeds: Feeds, { frontier }: Snapshot): boolean {
  return frontier.entries().some(([device, { seq }]) => Math.max(0, ...feeds.of(device).map(({ last }) => last)) < seq);
}

/**
 * What is here and not in a snapshot, as runs that hang on it. What is shorter here than in the snapshot is in that.
 *
 * @throws {TinmanError} `CONFIG` when something here would be lost: another branch, or what an older snapshot holds.
 */
export function runsBehind(feeds: Feeds, { frontier }: Snapshot): Run[] {
  // A branch hangs on what is before it.
  const inOrder = [...feeds.all()].toSorted((a, b) => a.base - b.base);
  return inOrder.flatMap((feed) => {
    const who = feed.device.slice(0, 8);
    const end = frontier.get(feed.device);
    if (end === undefined) {
      if (feed.base > 1 && feed.parent === undefined) throw unfit(`it does not hold what is here of ${who}`);
      return [...runsOf(feed)];
    }
    if (feed.parent !== undefined && feed.base <= end.seq) throw unfit(`${who} has forked before it`);
    if (feed.parent === undefined && feed.base > end.seq + 1) throw unfit(`here is a newer one of ${who}`);
    const id = feed.idAt(end.seq);
    if (id !== undefined && !sameId(id, end.id)) throw unfit(`${who} has another history here`);
    return [...runsOf(feed, { from: Math.max(end.seq + 1, feed.base) })];
  });
}

function unfit(why: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot go on from a snapshot: ${why}`, {
    hint: "sync with a peer that has the whole history",
  });
}

/** How many events have lost what they said. */
export function erasedIn(feeds: Feeds): number {
  return [...feeds.all()].reduce(
    (sum, feed) => sum + feed.slice(feed.base).filter(({ payload }) => !payload).length,
    0,
  );
}
