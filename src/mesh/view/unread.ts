import type { EventRef } from "../event.ts";
import type { Fold, FoldOptions } from "./fold.ts";
import type { Snapshot } from "./snapshot.ts";

/** Why a device cannot say what an event had replaced: it is not here, or something up to it cannot be read. */
export type Unread = "absent" | "missing" | "sealed";

/** What keeps this device from saying what an event had replaced, as an erasure has to. (SPEC V7) */
export function unreadUpTo(
  ref: EventRef,
  { fold, snapshot, options: { feeds, hasKey } }: {
    readonly fold: Fold;
    readonly snapshot: Snapshot | undefined;
    readonly options: FoldOptions;
  },
): Unread | undefined {
  if (feeds.find(ref) === undefined && fold.find(ref) === undefined) return "absent";
  const isUpTo = ({ device, seq }: EventRef) => device === ref.device && seq <= ref.seq;
  if (fold.missing.values().some(isUpTo)) return "missing";
  if (snapshot?.closed !== undefined && snapshot.frontier.has(ref.device)) return "sealed";
  // What its key does not open says nothing to anybody.
  const isWanted = ({ device, seq, check }: EventRef) => {
    const { payload } = feeds.find({ device, seq, check })?.event ?? {};
    return payload !== undefined && !hasKey?.(payload.key as string);
  };
  return fold.closed.values().some((each) => isUpTo(each) && isWanted(each)) ? "sealed" : undefined;
}
