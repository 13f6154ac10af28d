import type { Feeds } from "./feeds.ts";
import type { LastContact } from "./last_contact.ts";
import type { Replica } from "./replica.ts";
import type { Known } from "./sync/mod.ts";

/** What one has and the other has not. */
export interface Apart {
  /** Events here that it is not known to have: somebody else may have brought them to it. */
  readonly toSend: number;
  /** Events that it had and that are not here. Of devices that were not here it is how many there were then. */
  readonly toGet: number;
  /** By device: events that it is not known to have, below 0 those that it had and we have not. */
  readonly apart: Readonly<Record<string, number>>;
}

/** What is still to be exchanged with a device that was met, as far as the last contact tells. */
export interface Backlog extends Apart {
  readonly device: string;
  /** When the contact ended, in milliseconds since 1970. */
  readonly atMs: number;
  /** How it went; undefined where an older version has not kept that. */
  readonly contact: LastContact | undefined;
}

/** What is still to be exchanged with each device that was met and may take part, who was met last first. */
export function backlogs(replica: Replica): Backlog[] {
  const { acks, members, key } = replica;
  const met = [...acks.devices()].filter((each) => each !== key.device && members.cutoff(each) === undefined);
  return met.map((device) => backlogOf(replica, device)!).sort((a, b) => b.atMs - a.atMs);
}

/** What is still to be exchanged with a device; undefined for one that was never met. */
export function backlogOf({ acks, feeds }: Replica, device: string): Backlog | undefined {
  const [ack, contact] = [acks.of(device), acks.contactWith(device)];
  if (ack === undefined && contact === undefined) return undefined;
  const known = contact ?? { has: ack!.holds, ahead: {}, unknownEvents: 0 };
  return { device, atMs: contact?.atMs ?? ack!.atMs, contact, ...apartFrom(feeds, known, { own: device }) };
}

/**
 * What is still to be exchanged with who is known to have this. What came later of its `own` device, by way of others, it
 * has as well; without `own` its word counts there, too.
 */
export function apartFrom(
  feeds: Feeds,
  { has, ahead, unknownEvents }: Known,
  { own }: { readonly own?: string } = {},
): Apart {
  const apart: Record<string, number> = {};
  let [toSend, toGet] = [0, unknownEvents];
  for (const feed of feeds.all()) {
    const lacks = feeds.endOf(feed) - Math.max(has[feed.name] ?? 0, feed.base - 1);
    if (lacks <= 0 || feed.device === own) continue;
    toSend += lacks;
    apart[feed.device] = (apart[feed.device] ?? 0) + lacks;
  }
  for (const [author, last] of Object.entries(ahead)) {
    const more = last - Math.max(0, ...feeds.of(author).map((feed) => feed.last));
    if (more <= 0) continue;
    toGet += more;
    apart[author] = -more;
  }
  return { toSend, toGet, apart };
}
