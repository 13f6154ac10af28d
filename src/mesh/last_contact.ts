import type { Known, SyncReport } from "./sync/mod.ts";

/** How the last contact with a device went, and what it was known to have at the end. */
export interface LastContact extends Known {
  /** When it ended, in milliseconds since 1970; before it has, when it was noted last. */
  readonly atMs: number;
  /** The address of the link. */
  readonly via: string;
  readonly status: SyncReport["status"];
  readonly sentEvents: number;
  readonly newEvents: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** What is kept of a contact that has ended. */
export function lastContact(
  report: SyncReport,
  { known, atMs, via }: { readonly known: Known; readonly atMs: number; readonly via: string },
): LastContact {
  const { status, sentEvents, appliedEvents: newEvents, sentBytes, receivedBytes } = report;
  const { has, ahead, unknownEvents } = known;
  return {
    ...{ atMs, via: via.slice(0, MAX_VIA_CHARS), status, sentEvents, newEvents, sentBytes, receivedBytes },
    ...{ has, ahead, unknownEvents },
  };
}

/** Whether what was read is one. */
export function isContact({ via, status, has, ahead, ...numbers }: LastContact): boolean {
  const counts = ["atMs", "sentEvents", "newEvents", "sentBytes", "receivedBytes", "unknownEvents"] as const;
  return typeof via === "string" && STATES.includes(status) &&
    [...counts.map((name) => numbers[name]), ...Object.values(has), ...Object.values(ahead)]
      .every((each) => Number.isSafeInteger(each) && each >= 0);
}

const MAX_VIA_CHARS = 200;
const STATES: readonly SyncReport["status"][] = ["opening", "syncing", "done", "left", "failed"];
