import type { EventRef } from "../event.ts";
import { isUrgent } from "../alerts.ts";
import type { FieldValue } from "../kinds.ts";
import { type Branches, precedes } from "./lineage.ts";
import { type Said, saidBy, valueOf } from "./read.ts";
import type { Place, RecordState } from "./record_state.ts";
import { compareWrites, isNamed, refOf, replacedBy, type Write } from "./write.ts";

/** One write in the history of a record. (SPEC V6) */
export interface HistoryEntry extends Said {
  /** What of the record. */
  readonly what: Place["what"];
  /** The name of the field, where it is one. */
  readonly field: string | undefined;
  /** What was written: a value, a form, a text, a file's name, whether it is gone. */
  readonly value: FieldValue;
  /** Why, where a reason was given. */
  readonly reason: string | undefined;
  /** Whether it was sent before all else. */
  readonly isUrgent: boolean;
  /** What it replaced, of what is here. */
  readonly replaced: readonly EventRef[];
  /** Whether it is what is shown, stands beside that, or was replaced. */
  readonly state: "shown" | "conflict" | "replaced";
}

/** Options of {@linkcode historyOf}. */
export interface HistoryOptions {
  /** Only this field. */
  readonly field?: string | undefined;
  /** Tells branches of a device apart. */
  readonly feeds: Branches;
}

/** Each write, the latest first. */
export function historyOf(state: RecordState, { field, feeds }: HistoryOptions): HistoryEntry[] {
  const found: { readonly write: Write; readonly entry: HistoryEntry }[] = [];
  for (const what of field === undefined ? ALL : ["field"] as const) {
    for (const [key, register] of state.all(what)) {
      if (field !== undefined && key !== field) continue;
      const writes = register.all().sort(compareWrites);
      const lastOf = new Map<string, Write[]>();
      for (const write of writes) {
        const own = lastOf.get(write.device) ?? [];
        const before = own.findLast((each) => precedes(each, write, feeds));
        lastOf.set(write.device, [...own, write].slice(-MAX_BRANCHES));
        const named = replacedBy(write.event);
        const replaced = named.length === 0 ? [] : writes.filter((each) => named.some((ref) => isNamed(ref, each)));
        if (before !== undefined && !replaced.includes(before)) replaced.push(before);
        const at = register.heads.indexOf(write);
        const entry: HistoryEntry = {
          ...saidBy(write),
          what,
          field: what === "field" ? key : undefined,
          value: valueOf(write.event),
          reason: write.event.payload!.reason as string | undefined,
          isUrgent: isUrgent(write.event),
          replaced: replaced.map(refOf),
          state: at === 0 ? "shown" : at > 0 ? "conflict" : "replaced",
        };
        found.push({ write, entry });
      }
    }
  }
  return found.sort((a, b) => compareWrites(b.write, a.write)).map(({ entry }) => entry);
}

const ALL = ["form", "state", "field", "note", "noteGone", "file", "fileGone"] as const;
const MAX_BRANCHES = 16;
