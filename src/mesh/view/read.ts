import type { EventRef, MeshEvent } from "../event.ts";
import { isUrgent } from "../alerts.ts";
import type { FieldValue } from "../kinds.ts";
import { compareStamps, type Stamp } from "../stamp.ts";
import type { RecordState } from "./record_state.ts";
import { compareText, compareWrites, refOf, type Write } from "./write.ts";

/** Who said something, and when. */
export interface Said {
  /** The event; `by.device` is who. */
  readonly by: EventRef;
  /** When, see `formatStamp`. */
  readonly at: Stamp;
}

/** A record as it is to be shown. */
export interface RecordView {
  /** Its name. */
  readonly id: string;
  /** Its form; undefined until its creation is here. */
  readonly form: string | undefined;
  /** Who created it. */
  readonly created: Said | undefined;
  /** Who deleted it; undefined while it is there. */
  readonly deleted: DeletedView | undefined;
  /** Its fields, in the order of their names. */
  readonly fields: ReadonlyMap<string, FieldView>;
  /** What people noted, the earliest first; without what was deleted. */
  readonly notes: readonly NoteView[];
  /** Its files, the earliest first; without what was deleted. */
  readonly attachments: readonly AttachmentView[];
}

/** That a record is deleted. */
export interface DeletedView extends Said {
  /** Why. */
  readonly reason: string | undefined;
  /** Somebody wrote to it later, perhaps without knowing. */
  readonly isWrittenAfter: boolean;
}

/** A field with its value. */
export interface FieldView extends Said {
  /** What is shown; null when it was cleared. */
  readonly value: FieldValue;
  /** How many were written apart from it, equal ones among them. */
  readonly others: number;
}

/** A note. */
export interface NoteView extends Said {
  /** What it says now. */
  readonly text: string;
  /** Whether it was sent before all else. */
  readonly isUrgent: boolean;
  /** Who wrote that; undefined when it is as it was added. */
  readonly edited: Said | undefined;
}

/** A file of a record. */
export interface AttachmentView extends Said {
  /** The field that it belongs to. */
  readonly field: string;
  /** What names its content, 64 hexadecimal digits. */
  readonly blob: string;
  /** Its length in bytes. */
  readonly size: number;
  /** Its media type. */
  readonly type: string;
  /** Its name. */
  readonly name: string;
}

/** What to show of a record. */
export function viewRecord(state: RecordState): RecordView {
  const created = state.get("form", "")?.heads[0];
  return {
    id: state.id,
    form: state.form,
    created: created && saidBy(created),
    deleted: viewDeleted(state),
    fields: viewFields(state),
    notes: viewNotes(state),
    attachments: viewAttachments(state),
  };
}

/** Who wrote this, and when. */
export function saidBy(write: Write): Said {
  const { wallMs, counter } = write.event;
  return { by: refOf(write), at: { wallMs, counter } };
}

/** What a write says about its place: the value of a field, a form, a text, whether it is deleted. */
export function valueOf({ kind, payload }: MeshEvent): FieldValue {
  switch (kind) {
    case "field.set":
      return payload!.value as FieldValue;
    case "record.create":
      return payload!.form as string;
    case "record.delete":
    case "note.delete":
    case "attachment.delete":
      return true;
    case "record.restore":
      return false;
    case "attachment.add":
      return payload!.name as string;
    default:
      return payload!.text as string;
  }
}

function viewFields(state: RecordState): ReadonlyMap<string, FieldView> {
  const fields = new Map<string, FieldView>();
  for (const name of [...state.fields.keys()].sort(compareText)) {
    const { heads } = state.fields.get(name)!;
    if (heads.length === 0) continue;
    fields.set(name, { ...saidBy(heads[0]!), value: valueOf(heads[0]!.event), others: heads.length - 1 });
  }
  return fields;
}

function viewDeleted(state: RecordState): DeletedView | undefined {
  const end = state.get("state", "")?.heads[0];
  if (end === undefined || !state.isDeleted) return undefined;
  const isWrittenAfter = state.fields.values().some(({ heads }) => heads.some((head) => isLater(head, end))) ||
    (["note", "file"] as const).some((what) =>
      [...state.all(what)].some(([, { heads }]) => heads.some((head) => isLater(head, end)))
    );
  return { ...saidBy(end), reason: end.event.payload!.reason as string | undefined, isWrittenAfter };
}

function viewNotes(state: RecordState): readonly NoteView[] {
  return standing(state, "note").map(({ origin, key }) => {
    const head = state.get("note", key)!.heads[0]!;
    const edited = head.source === origin.source ? undefined : saidBy(head);
    return { ...saidBy(origin), text: head.event.payload!.text as string, isUrgent: isUrgent(origin.event), edited };
  });
}

function viewAttachments(state: RecordState): readonly AttachmentView[] {
  return standing(state, "file").map(({ origin }) => {
    const { field, blob, size, type, name } = origin.event.payload as unknown as AttachmentView;
    return { ...saidBy(origin), field, blob, size, type, name };
  });
}

/** Notes or files that are there and not deleted, in the order of V4. */
function standing(state: RecordState, what: "note" | "file"): { readonly origin: Write; readonly key: string }[] {
  const found: { readonly origin: Write; readonly key: string }[] = [];
  for (const [key] of state.all(what)) {
    const origin = state.origin(what, key);
    if (origin !== undefined && state.isThere(what, key)) found.push({ origin, key });
  }
  return found.sort((a, b) => compareWrites(a.origin, b.origin));
}

function isLater(write: Write, end: Write): boolean {
  return compareStamps(write.event, end.event) > 0;
}
