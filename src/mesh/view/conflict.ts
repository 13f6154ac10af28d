import type { EventRef } from "../event.ts";
import type { FieldValue } from "../kinds.ts";
import { type Said, saidBy, valueOf } from "./read.ts";
import type { Place, RecordState } from "./record_state.ts";
import { compareText, compareValues, refOf, type Write } from "./write.ts";

/** Writes of one thing that did not know of each other, and differ. (SPEC O2) */
export interface Conflict {
  /** The record. */
  readonly record: string;
  /** What of it: its form, whether it is deleted, a field, the text of a note. */
  readonly what: "form" | "state" | "field" | "note";
  /** The name of the field; else empty. */
  readonly field: string;
  /** The note. */
  readonly note: EventRef | undefined;
  /** What is shown. */
  readonly shown: Alternative;
  /** The others, those that rank higher first. Each can be written again, or left to the next who writes. */
  readonly others: readonly Alternative[];
}

/** One side of a {@linkcode Conflict}. */
export interface Alternative extends Said {
  /** The value of the field, the form, the text; for `state` whether it is deleted. */
  readonly value: FieldValue;
}

/** The conflict at a place; undefined when all that stands there agrees, or is not shown. */
export function conflictAt(state: RecordState, { record, what, key }: Place): Conflict | undefined {
  if (what !== "form" && what !== "state" && what !== "field" && what !== "note") return undefined;
  if (what !== "state" && state.isDeleted) return undefined;
  const origin = what === "note" ? state.origin(what, key) : undefined;
  if (what === "note" && (origin === undefined || !state.isThere(what, key))) return undefined;
  const [shown, ...others] = state.get(what, key)!.heads.map(alternative);
  const differing = others.filter(({ value }) => compareValues(value, shown!.value) !== 0);
  if (differing.length === 0) return undefined;
  const field = what === "field" ? key : "";
  return { record, what, field, note: origin && refOf(origin), shown: shown!, others: differing };
}

/** By record, then by what of it. */
export function compareConflicts(a: Conflict, b: Conflict): number {
  return compareText(a.record, b.record) || compareText(a.what, b.what) || compareText(a.field, b.field) ||
    compareText(JSON.stringify(a.note ?? ""), JSON.stringify(b.note ?? ""));
}

function alternative(write: Write): Alternative {
  return { ...saidBy(write), value: valueOf(write.event) };
}
