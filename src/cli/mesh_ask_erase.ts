import { didYouMean, TinmanError } from "../errors/mod.ts";
import { erase, mayErase, type SaidAbout } from "../mesh/mod.ts";
import { refText, type SaidAnswer, saidAnswer } from "./mesh_answers.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";
import { aboutThing, thingNamed } from "./mesh_things.ts";

/** What of a record is to be erased. */
export interface EraseQuestion {
  readonly record: string;
  /** Fields, each with its history. */
  readonly fields: readonly string[];
  /** Notes by the names that `mesh record` shows, each with its edits. */
  readonly notes: readonly string[];
  /** Files by their names. */
  readonly files: readonly string[];
  /** All that was ever said about the record. */
  readonly all: boolean;
  readonly reason?: string | undefined;
  readonly isDry: boolean;
}

/** What was erased, or would be. */
export interface EraseAnswer {
  readonly events: readonly (SaidAnswer & {
    readonly what: SaidAbout["what"];
    readonly field?: string | undefined;
    /** The note or file that it is about. */
    readonly name?: string | undefined;
    readonly value: unknown;
    readonly mayErase: boolean;
  })[];
  readonly isDone: boolean;
  readonly erased: number;
  /** Of these, events that the snapshot on this disk still has. */
  readonly inSnapshot: number;
  /** Contents of files that were removed here. */
  readonly contents: number;
  /** Events that stay: somebody else wrote them, and this device is no admin. */
  readonly left: readonly { readonly by: string; readonly events: number }[];
  /** Who may erase those. */
  readonly admins: readonly string[];
}

/** What makes things be forgotten. */
export const askErase = {
  erase(host: MeshHost, question: EraseQuestion): EraseAnswer {
    const { replica, attachments } = host;
    const { record, reason, isDry } = question;
    const found = chosen(replica.view.said(record), question);
    const [may, left] = [true, false].map((may) => found.filter(({ by }) => mayErase(replica, by) === may)) as [
      SaidAbout[],
      SaidAbout[],
    ];
    // The names of who wrote it are taken before it is gone.
    const events = found.map((each) => ({
      ...saidAnswer(each, replica),
      what: each.what,
      field: each.field,
      name: each.of && refText(each.of),
      value: each.value,
      mayErase: may.includes(each),
    }));
    const byWhom = Map.groupBy(left, ({ by }) => whoOf(replica, by.device));
    const refs = (may.length === 0 ? left : may).map(({ by }) => by);
    const done = isDry ? undefined : erase(replica, refs, { ...(reason !== undefined && { reason }) });
    const blobs = new Set(may.flatMap(({ blob }) => blob ?? []));
    return {
      events,
      isDone: !isDry,
      erased: done?.erased ?? 0,
      inSnapshot: done?.inSnapshot ?? may.filter(({ isInSnapshot }) => isInSnapshot).length,
      contents: isDry ? 0 : attachments.discard(blobs).length,
      left: [...byWhom].map(([by, said]) => ({ by, events: said.length })),
      admins: replica.members.list().filter(({ role }) => role === "admin").map(({ name }) => name),
    };
  },
};

function chosen(said: readonly SaidAbout[], { record, fields, notes, files, all }: EraseQuestion): SaidAbout[] {
  if (said.length === 0) {
    throw new TinmanError("NOT_FOUND", `Cannot erase ${record}: nothing that was said about it is here`, {
      kind: "record",
      id: record,
      hint: "tinman mesh records --deleted",
    });
  }
  if (all) return [...said];
  const ofField = fields.flatMap((field) => {
    const found = said.filter((each) => each.what === "field" && each.field === field);
    if (found.length > 0) return found;
    const known = said.flatMap((each) => each.what === "field" ? each.field ?? [] : []);
    throw new TinmanError("NOT_FOUND", `Cannot erase field ${field} of ${record}: nobody has written it`, {
      kind: "field",
      id: field,
      hint: didYouMean(field, known),
    });
  });
  const ofNotes = notes.flatMap((name) => aboutThing(said, thingNamed(record, name, { kind: "note", said })));
  const ofFiles = files.flatMap((name) => aboutThing(said, thingNamed(record, name, { kind: "file", said })));
  return [...new Set([...ofField, ...ofNotes, ...ofFiles])];
}
