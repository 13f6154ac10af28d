import { didYouMean, TinmanError } from "../errors/mod.ts";
import { type EntryProblem, formatEntryProblem, type FormSchema } from "../form/mod.ts";
import type { Change, EventRef, RecordView } from "../mesh/mod.ts";
import {
  type ConflictAnswer,
  conflictAnswer,
  conflictName,
  type HistoryAnswer,
  historyAnswer,
  type RecordAnswer,
  recordAnswer,
  refText,
} from "./mesh_answers.ts";
import { checkWritten, type GivenValue, readGiven } from "./mesh_forms.ts";
import type { MeshHost } from "./mesh_host.ts";
import { aboutStanding, thingNamed } from "./mesh_things.ts";

/** What came of a write. */
export interface WriteAnswer {
  /** How many events were written; 0 when all was so already. */
  readonly events: number;
  /** What its form finds wrong with the rest of the record. */
  readonly problems: readonly string[];
}

/** Records of a page. */
export interface RecordsAnswer {
  readonly records: readonly RecordAnswer[];
  /** The last record, when there are more behind it. */
  readonly next?: string | undefined;
}

/** Values for a record. */
export interface RecordValues {
  readonly record: string;
  readonly values: readonly GivenValue[];
  /** Also for a record that is not here, and for values that do not fit. */
  readonly force?: boolean;
  /** Writes only what is not so already. */
  readonly onlyNew?: boolean;
}

/** What can be asked about records, and what is done to them. */
export const askRecords = {
  records(host: MeshHost, options: {
    readonly form?: string | undefined;
    readonly after?: string | undefined;
    readonly limit?: number;
    readonly deleted?: boolean;
  }): RecordsAnswer {
    const { form, after, limit = 500, deleted = false } = options;
    const records: RecordAnswer[] = [];
    for (const each of host.replica.view.records({ ...(form !== undefined && { form }), includeDeleted: deleted })) {
      if (after !== undefined && each.id <= after) continue;
      if (records.length === limit) return { records, next: records.at(-1)!.id };
      records.push(recordAnswer(each, host));
    }
    return { records };
  },

  record(host: MeshHost, { record }: { readonly record: string }): RecordAnswer & { readonly problems: string[] } {
    const view = find(host, record);
    const form = view.form === undefined ? undefined : host.forms.get(view.form);
    const problems = form === undefined || view.deleted ? [] : check(host, form, { view, values: {}, force: true });
    return { ...recordAnswer(view, host), problems };
  },

  create(host: MeshHost, given: RecordValues & { readonly form: string }): WriteAnswer {
    const { record, form: id, values, force = false } = given;
    const known = host.replica.view.record(record);
    if (known?.created !== undefined) {
      throw new TinmanError(
        "EXISTS",
        `Cannot create ${record}: there is such a record${known.deleted ? ", deleted" : ""}`,
        {
          path: record,
          hint: known.deleted ? `tinman mesh restore ${record}` : `tinman mesh set ${record} FIELD VALUE`,
        },
      );
    }
    const form = host.forms.get(id);
    const read = readAll(values, form);
    const problems = form === undefined
      ? unknownForm(host, id)
      : check(host, form, { view: known, values: read, force });
    const events = host.replica.write({ kind: "record.create", record, form: id }, ...sets(record, read));
    return { events: events.length, problems };
  },

  set(host: MeshHost, { record, values, force = false, onlyNew = false }: RecordValues): WriteAnswer {
    const view = force ? host.replica.view.record(record) : find(host, record);
    const form = view?.form === undefined ? undefined : host.forms.get(view.form);
    const read = readAll(values, form);
    const problems = form === undefined ? [] : check(host, form, { view, values: read, force });
    const isSo = (field: string) => JSON.stringify(view?.fields.get(field)?.value) === JSON.stringify(read[field]);
    const wanted = Object.fromEntries(Object.entries(read).filter(([field]) => !onlyNew || !isSo(field)));
    return { events: host.replica.write(...sets(record, wanted)).length, problems };
  },

  note(
    host: MeshHost,
    { record, text, force = false, urgent = false, edit }: {
      readonly record: string;
      readonly text: string;
      readonly force?: boolean;
      readonly urgent?: boolean;
      /** The name of a note that says this from now on. */
      readonly edit?: string | undefined;
    },
  ): WriteAnswer {
    if (edit !== undefined) {
      const note = thingNamed(record, edit, { kind: "note", said: aboutStanding(host.replica.view.said(record)) });
      return { events: host.replica.write({ kind: "note.edit", record, note, text }).length, problems: [] };
    }
    if (!force) find(host, record);
    const change: Change = { kind: "note.add", record, text, ...(urgent && { urgent }) };
    return { events: host.replica.write(change).length, problems: [] };
  },

  delete(
    host: MeshHost,
    { record, reason, notes = [], files = [] }: {
      readonly record: string;
      readonly reason?: string | undefined;
      /** Names of notes, to be taken away in place of the record. */
      readonly notes?: readonly string[];
      /** Names of files. */
      readonly files?: readonly string[];
    },
  ): WriteAnswer {
    const { deleted } = find(host, record);
    if (notes.length + files.length > 0) {
      const why = reason !== undefined && { reason };
      const changes = [
        ...standing(host, record, { kind: "note", names: notes }).map((note): Change => (
          { kind: "note.delete", record, note, ...why }
        )),
        ...standing(host, record, { kind: "file", names: files }).map((attachment): Change => (
          { kind: "attachment.delete", record, attachment, ...why }
        )),
      ];
      return { events: host.replica.write(...changes).length, problems: [] };
    }
    if (deleted) return { events: 0, problems: [] };
    const change = { kind: "record.delete", record, ...(reason !== undefined && { reason }) } as const;
    return { events: host.replica.write(change).length, problems: [] };
  },

  restore(host: MeshHost, { record }: { record: string }): WriteAnswer {
    if (!find(host, record).deleted) return { events: 0, problems: [] };
    return { events: host.replica.write({ kind: "record.restore", record }).length, problems: [] };
  },

  history(host: MeshHost, { record, field }: { record: string; field?: string | undefined }): HistoryAnswer[] {
    const view = find(host, record);
    const entries = host.replica.view.history(record, field);
    if (entries.length === 0 && field !== undefined) throw noField(view, field);
    return entries.map((entry) => historyAnswer(entry, host));
  },

  conflicts(host: MeshHost, { record }: { record?: string | undefined }): ConflictAnswer[] {
    return host.replica.view.conflicts(record).map((conflict) => conflictAnswer(conflict, host));
  },

  resolve(host: MeshHost, { record, what, choice }: { record: string; what: string; choice: number }): WriteAnswer {
    const { replica } = host;
    const conflict = replica.view.conflicts(record).find((each) => conflictName(each) === what);
    if (conflict === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot resolve ${what} of ${record}: there is no such conflict`, {
        kind: "conflict",
        id: what,
        hint: "tinman mesh conflicts",
      });
    }
    const chosen = [conflict.shown, ...conflict.others][choice - 1];
    if (chosen === undefined) {
      throw new TinmanError("CONFIG", `Cannot take choice ${choice}: there are ${conflict.others.length + 1}`, {});
    }
    const { value } = chosen;
    if (conflict.what === "form") {
      throw new TinmanError(
        "CONFIG",
        `Cannot resolve the form of ${record}: the creations of a record do not replace each other`,
        {
          hint: "the latest one counts; give the other team's record another name",
        },
      );
    }
    const change: Change = conflict.what === "field"
      ? { kind: "field.set", record, field: conflict.field, value }
      : conflict.what === "note"
      ? { kind: "note.edit", record, note: conflict.note!, text: String(value) }
      : { kind: value === true ? "record.delete" : "record.restore", record };
    return { events: replica.write(change).length, problems: [] };
  },

  /** Changes that were read from a file. */
  apply({ replica }: MeshHost, { changes }: { readonly changes: readonly Change[] }): WriteAnswer {
    return { events: replica.write(...changes).length, problems: [] };
  },

  forms(
    { forms }: MeshHost,
    _: Readonly<Record<never, never>>,
  ): { id: string; title: string; version?: string; fields: number }[] {
    return forms.ids().flatMap((id) => {
      const form = forms.get(id);
      if (form === undefined) return [];
      const { title, version, fields } = form;
      return [{ id, title, ...(version !== undefined && { version }), fields: fields.length }];
    });
  },

  form({ forms }: MeshHost, { id }: { readonly id: string }): FormSchema | null {
    return forms.get(id) ?? null;
  },

  addForm({ forms }: MeshHost, { form }: { readonly form: FormSchema }): { id: string; isShared: boolean } {
    const isShared = forms.put(form);
    return { id: form.id, isShared };
  },
};

function find({ replica }: MeshHost, record: string): RecordView {
  const view = replica.view.record(record);
  if (view !== undefined) return view;
  const near = replica.view.size > 10_000
    ? undefined
    : didYouMean(record, [...replica.view.records({ includeDeleted: true })].map(({ id }) => id));
  throw new TinmanError("NOT_FOUND", `Cannot find record ${record}: it is not here`, {
    kind: "record",
    id: record,
    hint: near ?? "create it, fetch it from a peer, or write to it all the same with --force",
  });
}

/** Notes or files that are called so, without those that were deleted already. */
function standing(
  { replica }: MeshHost,
  record: string,
  { kind, names }: { readonly kind: "note" | "file"; readonly names: readonly string[] },
): EventRef[] {
  const said = replica.view.said(record);
  const there = aboutStanding(said);
  return names.flatMap((name) => {
    const isThere = there.some(({ what, by, value }) => what === kind && (refText(by) === name || value === name));
    const found = thingNamed(record, name, { kind, said: isThere ? there : said });
    return isThere ? found : [];
  });
}

function noField({ id, fields }: RecordView, field: string): TinmanError<"NOT_FOUND"> {
  return new TinmanError("NOT_FOUND", `Cannot find field ${field} of ${id}: nobody has written it`, {
    kind: "field",
    id: field,
    hint: didYouMean(field, [...fields.keys()]),
  });
}

type Values = Readonly<Record<string, Change & { readonly kind: "field.set" } extends { value: infer V } ? V : never>>;

function readAll(values: readonly GivenValue[], form: FormSchema | undefined): Values {
  return Object.fromEntries(values.map((given) => [given.field, readGiven(given, form)]));
}

function sets(record: string, values: Values): Change[] {
  return Object.entries(values).map(([field, value]) => ({ kind: "field.set", record, field, value }));
}

interface Checked {
  readonly view: RecordView | undefined;
  readonly values: Values;
  readonly force: boolean;
}

function check({ clock }: MeshHost, form: FormSchema, { view, values, force }: Checked): string[] {
  const before = [...view?.fields ?? []].map(([field, { value }]) => [field, value] as const);
  const all = { ...Object.fromEntries(before), ...values };
  const written = force ? [] : Object.keys(values).filter((field) => values[field] !== null);
  return checkWritten(form, { values: all, written, nowNs: clock.now() }).map((problem: EntryProblem) =>
    formatEntryProblem(problem)
  );
}

/** What to say of a form that is not here, where there are others. */
function unknownForm({ forms }: MeshHost, id: string): string[] {
  const ids = forms.ids();
  return ids.length === 0 ? [] : [`form: ${id} is not here, so nothing is checked; there are ${ids.join(", ")}`];
}
