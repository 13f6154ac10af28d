import type { EventRef } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { FieldValue } from "../kinds.ts";
import type { Fold } from "./fold.ts";
import { type Said, saidBy, valueOf } from "./read.ts";
import { type Place, placeOf } from "./record_state.ts";
import { compareWrites, keyOf, refOf, type Write } from "./write.ts";

/** An event that says something about a record. */
export interface SaidAbout extends Said {
  /** What of the record. */
  readonly what: Place["what"];
  /** The name of the field; of a file the one that it belongs to. */
  readonly field: string | undefined;
  /** The note or file that it is about, by the event that began it. */
  readonly of: EventRef | undefined;
  /** What was said, as in a history. */
  readonly value: FieldValue;
  /** The name of the content, where a file was added. */
  readonly blob: string | undefined;
  /** Whether it came by a snapshot, so that it is in no feed here. */
  readonly isInSnapshot: boolean;
}

/** All that is here about a record, the earliest first; also what does not count, for its bytes are here as well. */
export function saidAbout(
  record: string,
  { fold, feeds }: { readonly fold: Fold; readonly feeds: Feeds },
): SaidAbout[] {
  const state = fold.records.states.get(record);
  const shown = state === undefined
    ? []
    : WHAT.flatMap((what) => [...state.all(what)].flatMap(([, register]) => register.all()));
  return [...shown, ...fold.ignored()].flatMap((write) => {
    const place = placeOf(write);
    return place?.record === record ? [{ write, place }] : [];
  }).sort((a, b) => compareWrites(a.write, b.write)).map(({ write, place: { what, key } }) => {
    const { field, blob } = write.event.payload as { readonly field?: string; readonly blob?: string };
    const isInSnapshot = feeds.find(write) === undefined;
    return { ...saidBy(write), what, field, of: aboutOf(write, key), value: valueOf(write.event), blob, isInSnapshot };
  });
}

function aboutOf(write: Write, key: string): EventRef | undefined {
  if (keyOf(write) === key) return refOf(write);
  const { note, attachment } = write.event.payload as { readonly note?: EventRef; readonly attachment?: EventRef };
  return note ?? attachment;
}

const WHAT = ["form", "state", "field", "note", "noteGone", "file", "fileGone"] as const;
