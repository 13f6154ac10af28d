import { checkMayCompact, formatStamp, planCompaction } from "../mesh/mod.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** What a compaction has done, or would. */
export interface CompactAnswer {
  /** Events that the snapshot stands for now, and did not before. */
  readonly events: number;
  readonly keepDays: number;
  readonly isDone: boolean;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Who is not known to hold what is old enough. */
  readonly heldUpBy: readonly {
    readonly device: string;
    readonly by: string;
    readonly events: number;
    /** When it was met last; undefined for never. */
    readonly last?: string | undefined;
  }[];
}

/** What can be done about how long the log is. */
export const askCompact = {
  compact({ replica }: MeshHost, { keepDays, isDry }: { keepDays: number; isDry: boolean }): CompactAnswer {
    checkMayCompact(replica);
    const { upTo, events, heldUpBy } = planCompaction(replica, { keepDays });
    const bytesBefore = replica.logBytes;
    const isDone = !isDry && events > 0;
    if (isDone) replica.compact({ upTo });
    return {
      ...{ events, keepDays, isDone, bytesBefore, bytesAfter: replica.logBytes },
      heldUpBy: heldUpBy.map(({ device, events, lastMs }) => ({
        device,
        by: whoOf(replica, device),
        events,
        last: lastMs === undefined ? undefined : formatStamp({ wallMs: lastMs, counter: 0 }),
      })),
    };
  },
};
