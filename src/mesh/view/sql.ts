import type { Feed } from "../feed.ts";
import type { FieldValue } from "../kinds.ts";
import { changedSince, placeOfFeeds } from "./sql_place.ts";
import { SQL_SCHEMA, SQL_TABLES, SQL_VERSION } from "./sql_schema.ts";
import type { View } from "./view.ts";

/** What a column holds. */
export type SqlValue = null | number | string;

/** A database, as far as {@linkcode SqlView} needs one: SQLite with FTS5. The platform opens it. */
export interface SqlDatabase extends Disposable {
  /** Runs statements without values. */
  exec(sql: string): void;
  /** Runs one statement; the same text again is not parsed again. */
  run(sql: string, ...values: readonly SqlValue[]): void;
  /**
   * Rows of one statement, which cannot change anything.
   *
   * @throws {TinmanError} `USAGE` when there is something behind that statement, `TOO_LARGE` for more than 100,000 rows.
   */
  query(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[];
  /** All that is in it, as the bytes of a file of SQLite. */
  copy(): Uint8Array;
  /** Does all of it, or nothing when `action` throws. */
  transaction(action: () => void): void;
}

/** A row by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Something that a search found. */
export interface SearchHit {
  /** The record. */
  readonly record: string;
  /** The field whose text it is; undefined for a note. */
  readonly field: string | undefined;
  /** The text around what was found, with `[` and `]` about it. */
  readonly excerpt: string;
}

/** Options of {@linkcode SqlView}. */
export interface SqlViewOptions {
  /** What the view is of: tables of before are brought up to it by what has come since. @default {they are built again} */
  readonly feeds?: { all(): Iterable<Feed> };
}

/**
 * A view as tables that anybody can query: see `sql_schema.ts`. It follows the view; one change costs what the record has.
 * What is in the database is a copy: a file that is lost or of another version is built again.
 */
export class SqlView implements Disposable {
  readonly #view: View;
  readonly #database: SqlDatabase;
  readonly #feeds: SqlViewOptions["feeds"];
  readonly #stop: () => void;
  #waiting = new Set<string>();

  /** Takes over the database: what is in it is kept if it is of this view or of what it was before, else built again. */
  constructor(view: View, database: SqlDatabase, { feeds }: SqlViewOptions = {}) {
    [this.#view, this.#database, this.#feeds] = [view, database, feeds];
    this.#catchUp();
    this.#stop = view.listen({ changed: (records) => records.forEach((record) => this.#waiting.add(record)) });
  }

  /** Rows of a query; what was written before is in them. It cannot change anything. */
  query(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[] {
    this.flush();
    return this.#database.query(sql, ...values);
  }

  /** The tables as the bytes of a file of SQLite; what was written before is in them. */
  copy(): Uint8Array {
    this.flush();
    return this.#database.copy();
  }

  /** Records whose texts and notes have all of these words, the last one perhaps cut short; the best first. */
  search(words: string, { limit = 100 }: { readonly limit?: number } = {}): SearchHit[] {
    const terms = words.split(/\s+/).filter((word) => word !== "").map((word) => `"${word.replaceAll('"', '""')}"`);
    if (terms.length === 0) return [];
    const sql = "SELECT record, field, snippet(search, 0, '[', ']', '…', 12) AS excerpt FROM search " +
      "JOIN texts ON texts.id = search.rowid WHERE search MATCH ? ORDER BY rank, record, field LIMIT ?";
    return this.query(sql, `${terms.join(" ")}*`, limit).map((row) => ({
      record: row.record as string,
      field: (row.field as string | null) ?? undefined,
      excerpt: row.excerpt as string,
    }));
  }

  /** Writes what has changed. A query does so by itself. */
  flush(): void {
    if (this.#waiting.size > 0) this.#writeWaiting();
  }

  /** Makes all tables anew. */
  rebuild(): void {
    const tables = this.#database.query("SELECT name FROM sqlite_master WHERE name = 'meta'");
    this.#database.transaction(() => {
      if (tables.length > 0) { for (const name of SQL_TABLES) this.#database.exec(`DROP TABLE IF EXISTS ${name}`); }
      this.#database.exec(SQL_SCHEMA);
      for (const { id } of this.#view.records({ includeDeleted: true })) this.#insert(id);
      this.#writeMeta();
    });
    this.#waiting = new Set();
  }

  /** Writes what has changed, follows no more, and closes the database. */
  [Symbol.dispose](): void {
    this.#stop();
    try {
      this.flush();
    } finally {
      this.#database[Symbol.dispose]();
    }
  }

  #write(id: string): void {
    for (const table of PER_RECORD) this.#run(`DELETE FROM ${table} WHERE record = ?`, id);
    this.#insert(id);
  }

  #insert(id: string): void {
    const record = this.#view.record(id);
    if (record === undefined) return;
    const { form = null, created, deleted, fields, notes, attachments } = record;
    this.#run(
      "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[id, form, created?.by.device ?? null, created?.at.wallMs ?? null],
      ...[deleted?.by.device ?? null, deleted?.at.wallMs ?? null, deleted?.reason ?? null],
    );
    for (const [field, { value, by, at, others }] of fields) {
      const row = [id, field, sqlValue(value), typeOf(value), by.device, by.seq, at.wallMs, others];
      this.#run("INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ...row);
      if (typeof value === "string" && !deleted) this.#index(id, field, value);
    }
    for (const { text, by, at, edited, isUrgent } of notes) {
      const edit = [edited?.by.device ?? null, edited?.at.wallMs ?? null];
      const row = [id, by.device, by.seq, text, at.wallMs, ...edit, Number(isUrgent)];
      this.#run("INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ...row);
      if (!deleted) this.#index(id, null, text);
    }
    for (const { by, at, field, blob, size, type, name } of attachments) {
      const row = [id, by.device, by.seq, field, blob, size, type, name, at.wallMs];
      this.#run("INSERT INTO attachments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ...row);
    }
    for (const { what, field = null, value, by, at, state, reason = null } of this.#view.history(id)) {
      const row = [id, what, field, sqlValue(value), by.device, by.seq, by.check, at.wallMs, at.counter, state, reason];
      this.#run("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ...row);
    }
    for (const { what, field, shown, others } of this.#view.conflicts(id)) {
      for (const { value, by, at } of others) {
        const row = [id, what, field, sqlValue(shown.value), sqlValue(value), by.device, by.seq, at.wallMs];
        this.#run("INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ...row);
      }
    }
  }

  #run(sql: string, ...values: readonly SqlValue[]): void {
    // SQLite ends text at a zero.
    const shown = values.map((value) => typeof value === "string" ? value.replaceAll("\0", "\u2400") : value);
    this.#database.run(sql, ...shown);
  }

  #index(record: string, field: string | null, text: string): void {
    this.#run("INSERT INTO texts (record, field, text) VALUES (?, ?, ?)", record, field, text);
  }

  #catchUp(): void {
    const found = this.#readMeta();
    const own = this.#meta();
    if (found?.state === own.state && found.place === own.place) return;
    // What was missing or sealed may be of any record.
    const isWhole = this.#view.missing().length === 0 && this.#view.sealed === 0 &&
      found?.state.endsWith(" 0 0") === true;
    const isAlike = isWhole && found.state.startsWith(`${SQL_VERSION} `) && this.#feeds !== undefined;
    const changed = isAlike ? changedSince(found.place, [...this.#feeds.all()]) : undefined;
    if (changed === undefined) return this.rebuild();
    this.#waiting = changed;
    this.#writeWaiting();
  }

  #writeWaiting(): void {
    const records = this.#waiting;
    this.#database.transaction(() => {
      for (const record of records) this.#write(record);
      this.#writeMeta();
    });
    this.#waiting = new Set();
  }

  #meta(): { readonly state: string; readonly place: string } {
    const { digest, sealed } = this.#view;
    return {
      state: `${SQL_VERSION} ${digest.toHex()} ${this.#view.missing().length} ${sealed}`,
      place: this.#feeds === undefined ? "" : placeOfFeeds(this.#feeds.all()),
    };
  }

  #readMeta(): { readonly state: string; readonly place: string } | undefined {
    const database = this.#database;
    const columns = database.query("SELECT name FROM pragma_table_info('meta')").map(({ name }) => name);
    if (!columns.includes("state") || !columns.includes("place")) return undefined;
    return database.query("SELECT state, place FROM meta")[0] as { state: string; place: string } | undefined;
  }

  #writeMeta(): void {
    const { state, place } = this.#meta();
    this.#database.exec("DELETE FROM meta");
    this.#run("INSERT INTO meta VALUES (?, ?)", state, place);
  }
}

function sqlValue(value: FieldValue): SqlValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value as SqlValue;
}

function typeOf(value: FieldValue): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

const PER_RECORD = ["fields", "notes", "attachments", "history", "conflicts", "texts", "records"];
