import { TinmanError } from "../errors/mod.ts";
import type { EventRef } from "./event.ts";
import type { Replica } from "./replica.ts";

/** What came of {@linkcode erase}. */
export interface EraseReport {
  /** Events whose content is gone. */
  readonly erased: number;
  /** Of these, events that are still in the snapshot on this disk, until the next compaction. */
  readonly inSnapshot: number;
}

/** Whether an erasure by this device would count: it wrote that itself, or is an admin. (SPEC V7) */
export function mayErase({ key, members }: Replica, { device }: Pick<EventRef, "device">): boolean {
  return device === key.device || members.isAdmin(key.device);
}

/**
 * Drops what events said, here and wherever that is heard of; on this disk it is gone when this returns, but for what came
 * by a snapshot. It cannot be undone.
 *
 * @throws {TinmanError} `DENIED`, before anything is written, when one of them is somebody else's and this device is no
 * admin; and what {@linkcode Replica.write} throws.
 */
export function erase(
  replica: Replica,
  events: readonly EventRef[],
  { reason }: { readonly reason?: string } = {},
): EraseReport {
  const foreign = events.filter((event) => !mayErase(replica, event));
  if (foreign.length > 0) {
    const message = `Cannot erase ${foreign.length} of ${events.length} events: others wrote them`;
    throw new TinmanError("DENIED", message, {
      what: `erase:${replica.info.name}`,
      hint: "an admin can: `tinman mesh members` lists them",
    });
  }
  const inSnapshot = events.filter((event) => replica.feeds.find(event) === undefined).length;
  replica.write(
    ...events.map((event) => ({ kind: "event.erase", event, ...(reason !== undefined && { reason }) } as const)),
  );
  if (events.length > 0) replica.compact();
  return { erased: events.length, inSnapshot };
}
