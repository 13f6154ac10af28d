import type { LastContact } from "./last_contact.ts";
import type { Replica } from "./replica.ts";

/** What is still to be exchanged with a device that was met, as far as the last contact tells. */
export interface Backlog {
  readonly device: string;
  /** When the contact ended, in milliseconds since 1970. */
  readonly atMs: number;
  /** How it went; undefined where an older version has not kept that. */
  readonly contact: LastContact | undefined;
  /** Events here that it is not known to have: somebody else may have brought them to it. */
  readonly toSend: number;
  /** Events that it had and that are not here. Of devices that were not here it is how many there were then. */
  readonly toGet: number;
  /** By device: events that it is not known to have, below 0 those that it had and we have not. */
  readonly apart: Readonly<Record<string, number>>;
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
  const has = contact?.has ?? ack!.holds;
  const apart: Record<string, number> = {};
  let [toSend, toGet] = [0, contact?.unknownEvents ?? 0];
  for (const feed of feeds.all()) {
    const lacks = feeds.endOf(feed) - Math.max(has[feed.name] ?? 0, feed.base - 1);
    if (lacks <= 0) continue;
    toSend += lacks;
    apart[feed.device] = (apart[feed.device] ?? 0) + lacks;
  }
  for (const [author, last] of Object.entries(contact?.ahead ?? {})) {
    const ahead = last - Math.max(0, ...feeds.of(author).map((feed) => feed.last));
    if (ahead <= 0) continue;
    toGet += ahead;
    apart[author] = -ahead;
  }
  return { device, atMs: contact?.atMs ?? ack!.atMs, contact, toSend, toGet, apart };
}
