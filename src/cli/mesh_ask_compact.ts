import { TinmanError } from "../errors/mod.ts";
import { checkMayCompact, decodeBundle, formatStamp, MAX_BUNDLE_BYTES, planCompaction, shrink } from "../mesh/mod.ts";
import { readGiven } from "./given_file.ts";
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

/** What is to be compacted. */
export interface CompactQuestion {
  readonly keepDays: number;
  readonly isDry: boolean;
  /** A bundle with the snapshot to use. @default {one is made} */
  readonly from?: string | undefined;
}

/** What can be done about how long the log is. */
export const askCompact = {
  compact(host: MeshHost, { keepDays, isDry, from }: CompactQuestion): CompactAnswer {
    if (from !== undefined) return compactFrom(host, { from, keepDays, isDry });
    const { replica } = host;
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

function compactFrom(
  { replica, files }: MeshHost,
  { from, keepDays, isDry }: CompactQuestion & { readonly from: string },
): CompactAnswer {
  const bytes = readGiven(files, from, { what: "compact with", maxBytes: MAX_BUNDLE_BYTES });
  const { base } = decodeBundle(bytes, from);
  if (base === undefined) {
    throw new TinmanError("CONFIG", `Cannot compact with ${from}: there is no snapshot in it`, {
      path: from,
      hint: "an admin makes one: `tinman mesh compact`, then `tinman mesh pack FILE`",
    });
  }
  const bytesBefore = replica.logBytes;
  const events = shrink(replica, base, { isDry });
  const isDone = !isDry && events > 0;
  return { events, keepDays, isDone, bytesBefore, bytesAfter: replica.logBytes, heldUpBy: [] };
}
