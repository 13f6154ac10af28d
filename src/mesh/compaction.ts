import { TinmanError } from "../errors/mod.ts";
import { type Base, packBase } from "./base.ts";
import type { Feed } from "./feed.ts";
import type { Grant } from "./members/mod.ts";
import type { Replica } from "./replica.ts";
import { createSnapshot, type SnapshotOptions } from "./view/mod.ts";

/** What a compaction would do. */
export interface CompactionPlan {
  /** Up to where all hold it, by device: for `Replica.compact`. */
  readonly upTo: ReadonlyMap<string, number>;
  /** Events that the snapshot would stand for. */
  readonly events: number;
  /** Who is not known to hold what is old enough, the worst first. */
  readonly heldUpBy: readonly HeldUp[];
}

/** A device that holds up a compaction. */
export interface HeldUp {
  readonly device: string;
  /** Events that are old enough, and that it is not known to hold. */
  readonly events: number;
  /** When it was met last, in milliseconds since 1970; undefined for never. */
  readonly lastMs: number | undefined;
}

/** For so long nothing is compacted: removals, and copies of devices, have time to turn up. */
export const KEEP_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

/** What could be compacted: events that are `keepDays` old and that all devices that take part are known to hold. (SPEC V9) */
export function planCompaction(
  replica: Replica,
  { keepDays = KEEP_DAYS }: { readonly keepDays?: number } = {},
): CompactionPlan {
  const beforeMs = replica.nowMs() - keepDays * DAY_MS;
  const own = replica.key.device;
  const old = [...replica.feeds.all()].filter((feed) => isPlain(replica, feed)).map((feed) => ({
    feed,
    last: lastBefore(feed, beforeMs),
  }));
  const upTo = new Map(old.map(({ feed, last }) => [feed.device, last]));
  const heldUpBy: HeldUp[] = [];
  for (const device of participants(replica)) {
    if (device === own) continue;
    const ack = replica.acks.of(device);
    let events = 0;
    for (const { feed, last } of old) {
      const held = ack?.holds[feed.device] ?? 0;
      events += Math.max(0, last - Math.max(held, feed.base - 1));
      if (held < upTo.get(feed.device)!) upTo.set(feed.device, held);
    }
    if (events > 0) heldUpBy.push({ device, events, lastMs: ack?.atMs });
  }
  const events = old.reduce((sum, { feed }) => sum + Math.max(0, upTo.get(feed.device)! - feed.base + 1), 0);
  return { upTo, events, heldUpBy: heldUpBy.sort((a, b) => b.events - a.events) };
}

/**
 * What proves to others that this device may compact: nothing for the founder.
 *
 * @throws {TinmanError} `DENIED` for who is no admin, or cannot prove it; `CONFIG` when this device lacks something.
 */
export function checkMayCompact({ info, key, members, keyring, isBehind, view }: Replica): readonly Grant[] {
  const failure = (why: string) => new TinmanError("CONFIG", `Cannot compact ${info.name}: ${why}`, {});
  const denied = (why: string, hint: string) =>
    new TinmanError("DENIED", `Cannot compact ${info.name}: ${why}`, { what: `compact:${info.name}`, hint });
  if (!members.isAdmin(key.device)) {
    throw denied("this device is no admin", "run it where an admin is: `tinman mesh members` lists them");
  }
  const grants = members.grantsOf(key.device);
  if (grants === undefined) {
    const hint = "run it on the device that founded the dataset, or let this one in anew with this version of tinman";
    throw denied("this device cannot prove to who joins later that it is an admin", hint);
  }
  if (isBehind) throw failure("a peer has events of this device that are not here; sync with it first");
  if (view.isOutdated) throw failure("somebody was removed at an event that it begins behind");
  const weakness = info.privacy === "sealed" ? keyring.weakness : undefined;
  if (weakness !== undefined) throw failure(`${weakness}; sync with another admin first`);
  return grants;
}

/** The snapshot of what is here, as this device signs it for others. @throws {TinmanError} As `Replica.compact`. */
export function baseUpTo(replica: Replica, options: SnapshotOptions): Base {
  const grants = checkMayCompact(replica);
  const { key, keyring, info, snapshot: base } = replica;
  const snapshot = createSnapshot({ ...options, ...(base && { base }) });
  return packBase(snapshot, { key, grants, ...(info.privacy === "sealed" && { keys: keyring }) });
}

/** Devices that may write or read, and were not removed. */
function participants({ feeds, members, info }: Replica): Set<string> {
  const listed = members.list().flatMap(({ devices }) => devices.map(({ device }) => device));
  const writers = info.writers === "anybody" ? [...feeds.all()].map(({ device }) => device) : [];
  return new Set([...listed, ...writers].filter((device) => members.cutoff(device) === undefined));
}

/** What forked is fetched whole, and so is what may count or not. */
function isPlain({ feeds, members }: Replica, { device }: Feed): boolean {
  return feeds.of(device).length === 1 && members.cutoff(device) === undefined && members.admits(device) !== "wait";
}

/** The last event that was written before then; stamps go up, so the first later one is behind it. */
function lastBefore(feed: Feed, beforeMs: number): number {
  let [low, high] = [feed.base, feed.last + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (feed.at(middle)!.wallMs <= beforeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
