import type { OriginalEvent } from "./event.ts";
import { compareText, type OriginalObject, type OriginalValue } from "./value.ts";
import { writeJson } from "./write_json.ts";

/** A record as the original shows it. */
export interface OriginalRecord {
  /** What names it. */
  readonly recordId: string;
  /** Its form; empty when no `record.create` is known. */
  readonly form: OriginalValue;
  /** Who is said to have made it. */
  readonly createdBy: OriginalValue;
  /** Each field by the last event that set it, by name. */
  readonly fields: OriginalObject;
  /** In the order of field and hash; the same one twice is there twice. */
  readonly attachments: readonly OriginalObject[];
  /** In the order of the events. */
  readonly notes: readonly OriginalValue[];
}

/** What {@linkcode materializeOriginal} makes of events. */
export interface OriginalView {
  /** By id, in the order in which they were first named. */
  readonly records: ReadonlyMap<string, OriginalRecord>;
  /** Events of a kind that is known, whose payload lacks what the kind needs. The original fails at them; here they change nothing. */
  readonly unfit: readonly OriginalEvent[];
}

/**
 * The view of the original, whatever the order of `events`: the last writer wins by stamp, author and place in the feed.
 * Kinds that are not known change nothing. Never throws.
 */
export function materializeOriginal(events: Iterable<OriginalEvent>): OriginalView {
  const drafts = new Map<string, Draft>();
  const unfit = [...events].sort(compareOriginal).filter((event) => !apply(event, drafts));
  return { records: new Map([...drafts].map(([id, draft]) => [id, finish(draft)])), unfit };
}

/** The order in which writes win. Two branches of a forked feed can be told apart by their ids alone. */
export function compareOriginal(a: OriginalEvent, b: OriginalEvent): number {
  return a.hlc[0] - b.hlc[0] || a.hlc[1] - b.hlc[1] || compareText(a.author, b.author) || a.seq - b.seq ||
    compareText(a.id, b.id);
}

/** The records as the JSON that the original makes of its view, with sorted keys: equal views are equal texts. */
export function formatOriginalView({ records }: Pick<OriginalView, "records">): string {
  const value = new Map([...records].map(([id, record]) => [
    id,
    new Map<string, OriginalValue>([
      ["record_id", record.recordId],
      ["form", record.form],
      ["created_by", record.createdBy],
      ["fields", record.fields],
      ["attachments", record.attachments],
      ["notes", record.notes],
    ]),
  ]));
  return writeJson(value, { sortKeys: true });
}

interface Draft {
  readonly recordId: string;
  form: OriginalValue;
  createdBy: OriginalValue;
  readonly fields: Map<string, OriginalValue>;
  readonly attachments: OriginalObject[];
  readonly notes: OriginalValue[];
}

/** False when the payload lacks what the kind needs. */
function apply({ kind, payload }: OriginalEvent, drafts: Map<string, Draft>): boolean {
  const reduce = reducers.get(kind);
  if (reduce === undefined) return true;
  const id = payload.get("record_id");
  if (typeof id !== "string") return false;
  const draft = drafts.get(id) ??
    { recordId: id, form: "", createdBy: "", fields: new Map(), attachments: [], notes: [] };
  if (!reduce(draft, payload)) return false;
  drafts.set(id, draft);
  return true;
}

type Reduce = (draft: Draft, payload: OriginalObject) => boolean;

const reducers: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  ["record.create", (draft, payload) => {
    if (payload.has("form")) draft.form = payload.get("form")!;
    if (payload.has("by")) draft.createdBy = payload.get("by")!;
    return true;
  }],
  ["field.set", (draft, payload) => {
    const [field, value] = [payload.get("field"), payload.get("value")];
    if (typeof field !== "string" || value === undefined) return false;
    draft.fields.set(field, value);
    return true;
  }],
  ["attachment.add", (draft, payload) => {
    const [field, blobHash] = [payload.get("field"), payload.get("blob_hash")];
    if (typeof field !== "string" || typeof blobHash !== "string") return false;
    draft.attachments.push(
      new Map<string, OriginalValue>([
        ["field", field],
        ["blob_hash", blobHash],
        ["size", payload.has("size") ? payload.get("size")! : 0n],
        ["mime", payload.has("mime") ? payload.get("mime")! : ""],
      ]),
    );
    return true;
  }],
  ["note.add", (draft, payload) => {
    const text = payload.get("text");
    if (text === undefined) return false;
    draft.notes.push(text);
    return true;
  }],
]);

function finish(draft: Draft): OriginalRecord {
  const fields = new Map([...draft.fields].sort(([a], [b]) => compareText(a, b)));
  const attachments = draft.attachments.toSorted((a, b) =>
    compareText(a.get("field") as string, b.get("field") as string) ||
    compareText(a.get("blob_hash") as string, b.get("blob_hash") as string)
  );
  return { ...draft, fields, attachments };
}
