import type { Clock } from "../clock/mod.ts";
import type { Link } from "../link/mod.ts";
import type { Change } from "./change.ts";
import { noteOf, plainValue, unfitChange } from "./import_original.ts";
import type { FieldValue } from "./kinds.ts";
import { gossipOriginal, type OriginalEvent, OriginalPeer, type OriginalRecord, toOriginal } from "./original/mod.ts";
import { writeJson } from "./original/mod.ts";
import type { Replica } from "./replica.ts";
import type { RecordView } from "./view/mod.ts";

/** What is said of one link: there are no signatures, so anybody can send what is wrong, and fill the disk with what we say. */
const MAX_PROBLEMS = 20;

/** Options of {@linkcode OriginalBridge}. */
export interface OriginalBridgeOptions {
  readonly clock: Clock;
  /** The name that we write under there: one bridge each. */
  readonly author: string;
  /** All that was kept of it. */
  readonly events?: Iterable<OriginalEvent>;
  /** Keeps an event of the original, on the disk when it returns. */
  keep(events: readonly OriginalEvent[]): void;
  /** What somebody should know. */
  problem?(message: string): void;
}

/**
 * Stands between a dataset and nodes of the Python original: what is written on one side is written on the other. Between
 * writes of both sides the original's order decides, the latest stamp, so that both show the same. One bridge for a
 * dataset; notes and values pass, files, deletions and edits of notes do not, as the original has none.
 */
export class OriginalBridge implements Disposable {
  readonly #replica: Replica;
  readonly #options: OriginalBridgeOptions;
  readonly #peer: OriginalPeer;
  readonly #stopListening: () => void;
  /** Notes that came from there, by record: they do not go back. */
  readonly #came = new Map<string, Set<string>>();
  #isWriting = false;

  /** Both sides are made equal at once. */
  constructor(replica: Replica, options: OriginalBridgeOptions) {
    const { author, clock, events = [] } = options;
    [this.#replica, this.#options] = [replica, options];
    this.#peer = new OriginalPeer({ author, clock, events });
    for (const event of this.#peer.events()) this.#note(event);
    // First what was written here while the bridge was away, so that it takes part in the order of the original.
    this.#give(replica.view.records());
    this.#take([...this.#peer.view().records.values()]);
    this.#stopListening = replica.view.listen({
      changed: (records) => {
        if (this.#isWriting) return;
        this.#give([...records].map((id) => replica.view.record(id)));
      },
    });
  }

  /** Gossips over a link of datagrams until that ends or `signal` aborts. @throws {TinmanError} What the link says. */
  gossip(link: Link, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { clock, keep, problem } = this.#options;
    let problems = 0;
    return gossipOriginal(this.#peer, link, {
      clock,
      signal,
      received: ({ appended, refused }) => {
        for (const { message } of refused) {
          if (++problems <= MAX_PROBLEMS) problem?.(message);
          if (problems === MAX_PROBLEMS) problem?.(`${link.name}: what else is wrong there is not said any more`);
        }
        if (appended.length === 0) return;
        keep(appended);
        for (const event of appended) this.#note(event);
        const ids = new Set(appended.map(({ payload }) => payload.get("record_id")));
        const { records } = this.#peer.view();
        this.#take([...records.values()].filter(({ recordId }) => ids.has(recordId)));
      },
    });
  }

  /** Hears no more of the dataset; links that are open end by their own signals. */
  [Symbol.dispose](): void {
    this.#stopListening();
  }

  /** Writes there what is here and not there. */
  #give(records: Iterable<RecordView | undefined>): void {
    const emitted: OriginalEvent[] = [];
    const view = this.#peer.view().records;
    for (const record of records) {
      if (record !== undefined && record.deleted === undefined) this.#giveOne(record, view.get(record.id), emitted);
    }
    if (emitted.length > 0) this.#options.keep(emitted);
  }

  #giveOne(
    { id, form, fields, notes, created }: RecordView,
    there: OriginalRecord | undefined,
    emitted: OriginalEvent[],
  ): void {
    const emit = (kind: string, payload: Readonly<Record<string, unknown>>) => {
      try {
        emitted.push(this.#peer.emit(kind, { record_id: id, ...payload }));
      } catch (error) {
        this.#options.problem?.(error instanceof Error ? error.message : String(error));
      }
    };
    if (form !== undefined && (there === undefined || there.form === "")) {
      const member = created && this.#replica.members.of(created.by.device)?.name;
      emit("record.create", { form, by: member ?? this.#options.author });
    }
    for (const [field, { value }] of fields) {
      if (!isSame(there?.fields.get(field), value)) emit("field.set", { field, value });
    }
    const known = new Set([...there?.notes ?? []].map(String));
    for (const { text } of notes) {
      if (!known.has(text) && !this.#came.get(id)?.has(text)) emit("note.add", { text });
    }
  }

  /** Writes here what is there and not here. */
  #take(records: readonly OriginalRecord[]): void {
    const changes = records.flatMap((record) => this.#changesFor(record)).filter((change) => {
      const unfit = unfitChange(change);
      if (unfit !== undefined) this.#options.problem?.(`a ${change.kind} of the original has no place here: ${unfit}`);
      return unfit === undefined;
    });
    this.#isWriting = true;
    try {
      this.#replica.write(...changes);
    } finally {
      this.#isWriting = false;
    }
  }

  #changesFor({ recordId: record, form, fields }: OriginalRecord): Change[] {
    const here = this.#replica.view.record(record);
    // What was deleted here stays so; the original knows no deletion.
    if (here?.deleted !== undefined) return [];
    const notes = new Set(here?.notes.map(({ text }) => text));
    const isNew = here?.form === undefined && typeof form === "string" && form !== "";
    return [
      ...isNew ? [{ kind: "record.create", record, form } as const] : [],
      ...[...fields].filter(([field, value]) => !isSame(value, here?.fields.get(field)?.value)).map((
        [field, value],
      ): Change => ({ kind: "field.set", record, field, value: plainValue(value) })),
      ...[...this.#came.get(record) ?? []].filter((text) => !notes.has(text)).map((text): Change => ({
        kind: "note.add",
        record,
        text,
      })),
    ];
  }

  #note(event: OriginalEvent): void {
    const { kind, payload, author } = event;
    const record = payload.get("record_id");
    if (kind !== "note.add" || author === this.#peer.author || typeof record !== "string") return;
    const text = noteOf(event);
    if (text !== undefined) this.#came.getOrInsertComputed(record, () => new Set()).add(text);
  }
}

/** Whether a value there is the one here; 1 and 1.0 are one number here. */
function isSame(there: Parameters<typeof plainValue>[0] | undefined, here: FieldValue | undefined): boolean {
  if (there === undefined || here === undefined) return there === here;
  const json = (value: FieldValue) => writeJson(toOriginal(value), { sortKeys: true });
  return json(plainValue(there)) === json(here);
}
