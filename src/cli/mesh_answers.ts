import {
  type Conflict,
  type EventRef,
  type FolderReplica,
  formatStamp,
  type HistoryEntry,
  type RecordView,
} from "../mesh/mod.ts";
import type { MeshSaid } from "../telemetry/mod.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";

/** Who said something, and when: the name of the member, and a stamp as RFC 3339 with its counter. */
export type SaidAnswer = MeshSaid;

/** A record for people and programs. */
export interface RecordAnswer {
  readonly id: string;
  readonly form?: string | undefined;
  readonly created?: SaidAnswer | undefined;
  readonly deleted?:
    | SaidAnswer & { readonly reason?: string | undefined; readonly isWrittenAfter: boolean }
    | undefined;
  readonly fields: Readonly<Record<string, SaidAnswer & { readonly value: unknown; readonly others: number }>>;
  readonly notes: readonly (SaidAnswer & {
    readonly text: string;
    readonly isUrgent: boolean;
    readonly edited?: SaidAnswer | undefined;
  })[];
  readonly attachments: readonly (SaidAnswer & {
    readonly field: string;
    readonly name: string;
    readonly type: string;
    readonly size: number;
    readonly blob: string;
  })[];
}

/** What {@linkcode RecordView} says. */
export function recordAnswer(view: RecordView, { replica, attachments: contents }: MeshHost): RecordAnswer {
  const { id, form, created, deleted, fields, notes, attachments } = view;
  return {
    id,
    form,
    created: created && saidAnswer(created, replica),
    deleted: deleted &&
      { ...saidAnswer(deleted, replica), reason: deleted.reason, isWrittenAfter: deleted.isWrittenAfter },
    fields: Object.fromEntries(
      [...fields].map(([name, each]) => [
        name,
        { ...saidAnswer(each, replica), value: each.value, others: each.others },
      ]),
    ),
    notes: notes.map((note) => ({
      ...saidAnswer(note, replica),
      text: note.text,
      isUrgent: note.isUrgent,
      edited: note.edited && saidAnswer(note.edited, replica),
    })),
    attachments: attachments.map((file) => {
      const { field, name, type, blob } = file;
      return { ...saidAnswer(file, replica), field, name, type, size: contents.sizeOf(file), blob };
    }),
  };
}

/** A conflict, its choices numbered from 1; the first is what is shown. */
export interface ConflictAnswer {
  readonly record: string;
  /** What `mesh resolve` calls it: the name of a field, `@deleted`, `@form`, or `@note:` and its event. */
  readonly what: string;
  readonly choices: readonly (SaidAnswer & { readonly choice: number; readonly value: unknown })[];
}

/** What {@linkcode Conflict} says. */
export function conflictAnswer(conflict: Conflict, { replica }: MeshHost): ConflictAnswer {
  const { record, shown, others } = conflict;
  return {
    record,
    what: conflictName(conflict),
    choices: [shown, ...others].map((each, i) => ({ ...saidAnswer(each, replica), choice: i + 1, value: each.value })),
  };
}

/** How a conflict is named on the command line. */
export function conflictName({ what, field, note }: Conflict): string {
  if (what === "field") return field;
  return what === "state" ? "@deleted" : what === "form" ? "@form" : `@note:${refText(note!)}`;
}

/** One line of a history. */
export interface HistoryAnswer extends SaidAnswer {
  readonly what: HistoryEntry["what"];
  readonly field?: string | undefined;
  readonly value: unknown;
  readonly reason?: string | undefined;
  readonly isUrgent: boolean;
  readonly replaced: readonly string[];
  readonly state: HistoryEntry["state"];
}

/** What {@linkcode HistoryEntry} says. */
export function historyAnswer(entry: HistoryEntry, { replica }: MeshHost): HistoryAnswer {
  const { what, field, value, reason, isUrgent, replaced, state } = entry;
  const about = { what, field, value, reason, isUrgent };
  return { ...saidAnswer(entry, replica), ...about, replaced: replaced.map(refText), state };
}

/** `3f2a91b0.17`: the device and the number of an event. */
export function refText({ device, seq }: Pick<EventRef, "device" | "seq">): string {
  return `${device.slice(0, 8)}.${seq}`;
}

/** Who said something, by name. */
export function saidAnswer({ by, at }: Pick<HistoryEntry, "by" | "at">, replica: FolderReplica): SaidAnswer {
  return { by: whoOf(replica, by.device), device: by.device, seq: by.seq, at: formatStamp(at) };
}
