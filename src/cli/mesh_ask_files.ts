import { isTinmanError } from "../errors/mod.ts";
import { type EntryProblem, formatEntryProblem } from "../form/mod.ts";
import { type Change, type FieldValue, importOriginal, originalIds, readOriginalLog } from "../mesh/mod.ts";
import { readGiven } from "./given_file.ts";
import { checkWritten } from "./mesh_forms.ts";
import type { MeshHost } from "./mesh_host.ts";

/** A record that was read from a file. */
export interface ImportedRecord {
  readonly id: string;
  readonly form: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly notes?: readonly string[];
  /** Where it stood: `row 7`. */
  readonly place: string;
}

/** What came of records that were read from a file. */
export interface ImportAnswer {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly events: number;
  /** What does not fit its form; then nothing was written, unless it was to be. */
  readonly problems: readonly string[];
}

/** What is done with files of others. */
export const askFiles = {
  /** Compares records with what is here and writes what differs, so that twice is as good as once. */
  importRecords(
    host: MeshHost,
    { records, mode }: { readonly records: readonly ImportedRecord[]; readonly mode: "check" | "write" },
  ): ImportAnswer {
    const counts = { created: 0, changed: 0, unchanged: 0 };
    const changes: Change[] = [];
    const problems: string[] = [];
    for (const record of records) {
      const own = changesFor(record, host);
      if (mode === "check") problems.push(...problemsOf(record, host));
      if (own.length === 0) counts.unchanged++;
      else if (own[0]!.kind === "record.create") counts.created++;
      else counts.changed++;
      changes.push(...own);
    }
    const events = mode === "check" ? changes.length : host.replica.write(...changes).length;
    return { ...counts, events, problems };
  },

  /** Takes a log of the Python original. */
  importOriginal(
    { replica, files }: MeshHost,
    { file }: { readonly file: string },
  ): { events: number; known: number; written: number; problems: string[] } {
    const bytes = readGiven(files, file, { what: "read", maxBytes: MAX_BYTES });
    const log = readOriginalLog(bytes);
    const known = knownOriginals(replica);
    const { changes, events, skipped } = importOriginal(log.events, known);
    let written = 0;
    for (const each of changes) written += replica.write(...each).length;
    const problems = [...log.problems.map(({ line, message }) => `line ${line}: ${message}`), ...skipped];
    return { events, known: log.events.filter(({ id }) => known.has(id)).length, written, problems };
  },
};

const MAX_BYTES = 2 ** 30;

function knownOriginals({ feeds, keyring }: MeshHost["replica"]): Set<string> {
  const known = new Set<string>();
  for (const feed of feeds.all()) {
    for (let seq = feed.base; seq <= feed.last; seq++) {
      const event = feed.at(seq)!;
      if (event.payload === undefined || (event.kind !== "x.original" && event.kind !== "sealed")) continue;
      const said = event.kind === "sealed"
        ? keyring.open({ kind: event.kind, payload: event.payload }, { device: feed.device, seq })
        : { kind: event.kind, payload: event.payload };
      if (said?.kind === "x.original") { for (const id of originalIds(said.payload)) known.add(id); }
    }
  }
  return known;
}

function changesFor({ id, form, fields, notes = [] }: ImportedRecord, { replica }: MeshHost): Change[] {
  const view = replica.view.record(id);
  const sets = Object.entries(fields).flatMap(([field, value]): Change[] => {
    const known = view?.fields.get(field)?.value;
    return JSON.stringify(known) === JSON.stringify(value) ? [] : [{ kind: "field.set", record: id, field, value }];
  });
  const there = new Set(view?.notes.map(({ text }) => text));
  const added = notes.filter((text) => !there.has(text)).map((text): Change => ({
    kind: "note.add",
    record: id,
    text,
  }));
  const isNew = view?.created === undefined;
  return [...isNew ? [{ kind: "record.create", record: id, form } as const] : [], ...sets, ...added];
}

function problemsOf(
  { id, form: formId, fields, place }: ImportedRecord,
  { forms, replica, clock }: MeshHost,
): string[] {
  const form = forms.get(formId);
  if (form === undefined) return [];
  const before = [...replica.view.record(id)?.fields ?? []].map(([field, { value }]) => [field, value] as const);
  const values = { ...Object.fromEntries(before), ...fields };
  const say = (text: string) => `${place}: ${text}`;
  try {
    const rest = checkWritten(form, { values, written: Object.keys(fields), nowNs: clock.now() });
    return rest.filter(({ level }: EntryProblem) => level === "error").map((each) => say(formatEntryProblem(each)));
  } catch (error) {
    if (!isTinmanError(error, "CONFIG")) throw error;
    return (error.details.problems ?? [error.message]).map(say);
  }
}
