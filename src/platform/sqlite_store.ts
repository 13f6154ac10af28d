import { DatabaseSync, type StatementSync } from "node:sqlite";
import { TinmanError } from "../errors/mod.ts";
import {
  boundsOf,
  decodeKey,
  encodeFullKey,
  refusePromise,
  type Store,
  type StoreEntry,
  type StoreKey,
  type StoreRange,
} from "../store/mod.ts";
import { sqliteFailure } from "./sqlite_errors.ts";

/**
 * The store in a file, which is made where there is none. Several processes may have it open: they take turns, and wait up
 * to five seconds for one. A process that is killed leaves all that it had set; a power cut may take the last transactions,
 * never half of one.
 *
 * @throws {TinmanError} `CORRUPT_STORE` when the file is something else.
 */
export function openSqliteStore(path: string): Store {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 5000 });
    prepareFile(database, path);
    return new SqliteStore(path, database);
  } catch (error) {
    database?.close();
    throw sqliteFailure("open", path, error);
  }
}

/** What SQLite keeps at byte 68 of the file for us to know it by: "tmkv". */
const APPLICATION = 0x746d6b76;
const VERSION = 1;
/** Keys are read in runs of so many, and values one by one: what is set meanwhile does no harm. */
const PAGE = 256;

class SqliteStore implements Store {
  readonly #path: string;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #clear: StatementSync;
  readonly #up: StatementSync;
  readonly #down: StatementSync;
  #database: DatabaseSync | undefined;
  #depth = 0;

  constructor(path: string, database: DatabaseSync) {
    [this.#path, this.#database] = [path, database];
    this.#get = database.prepare("SELECT value FROM entries WHERE key = ?");
    this.#set = database.prepare(
      "INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#delete = database.prepare("DELETE FROM entries WHERE key = ?");
    this.#clear = database.prepare("DELETE FROM entries WHERE key >= ? AND key < ?");
    const page = "SELECT key FROM entries WHERE key >= ? AND key < ? ORDER BY key";
    this.#up = database.prepare(`${page} LIMIT ${PAGE}`);
    this.#down = database.prepare(`${page} DESC LIMIT ${PAGE}`);
  }

  get(key: StoreKey): Uint8Array | undefined {
    const bytes = encodeFullKey(key);
    return this.#use("read", () => this.#get.get(bytes)?.value as Uint8Array | undefined);
  }

  set(key: StoreKey, value: Uint8Array): void {
    const bytes = encodeFullKey(key);
    this.#use("write", () => this.#set.run(bytes, value));
  }

  delete(key: StoreKey): boolean {
    const bytes = encodeFullKey(key);
    return this.#use("write", () => this.#delete.run(bytes)).changes > 0;
  }

  clear(prefix: StoreKey): number {
    const { from, to } = boundsOf({ prefix });
    return Number(this.#use("write", () => this.#clear.run(from, to)).changes);
  }

  *keys(range: StoreRange = {}): IterableIterator<StoreKey> {
    for (const bytes of this.#bytesOfKeys(range)) yield this.#read(bytes);
  }

  *entries(range: StoreRange = {}): IterableIterator<StoreEntry> {
    for (const bytes of this.#bytesOfKeys(range)) {
      const value = this.#use("read", () => this.#get.get(bytes)?.value as Uint8Array | undefined);
      if (value !== undefined) yield { key: this.#read(bytes), value };
    }
  }

  transaction<T>(action: () => T): T {
    const depth = this.#depth;
    this.#run(depth === 0 ? "BEGIN IMMEDIATE" : `SAVEPOINT level${depth}`);
    this.#depth++;
    let result: T;
    try {
      result = refusePromise(action());
      this.#run(depth === 0 ? "COMMIT" : `RELEASE level${depth}`);
    } catch (error) {
      // A disk that is full may have ended the transaction by itself; a closed store has none.
      if (this.#database?.isTransaction) {
        this.#run(depth === 0 ? "ROLLBACK" : `ROLLBACK TO level${depth}; RELEASE level${depth}`);
      }
      throw error;
    } finally {
      this.#depth--;
    }
    return result;
  }

  close(): void {
    const database = this.#database;
    this.#database = undefined;
    if (database === undefined) return;
    try {
      // Room is kept for what comes, but not more than is in use.
      if (numberOf(database, "freelist_count") > numberOf(database, "page_count") / 2) {
        // Not exec(), which takes the first step alone: a page.
        database.prepare("PRAGMA incremental_vacuum").all();
      }
    } catch {
      // A file that is damaged or in use stays as large as it is.
    }
    database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  *#bytesOfKeys(range: StoreRange): IterableIterator<Uint8Array> {
    let { from, to } = boundsOf(range);
    for (;;) {
      const page = this.#use("read", () => (range.reverse ? this.#down : this.#up).all(from, to));
      for (const { key } of page) yield key as Uint8Array;
      if (page.length < PAGE) return;
      const last = page.at(-1)!.key as Uint8Array;
      // The next key that there can be is the same with a zero behind it.
      if (range.reverse) to = last;
      else from = Uint8Array.of(...last, 0);
    }
  }

  #read(bytes: Uint8Array): StoreKey {
    try {
      return decodeKey(bytes);
    } catch (cause) {
      const message = `Cannot read ${this.#path}: a key in it is damaged`;
      throw new TinmanError("CORRUPT_STORE", message, { path: this.#path, cause });
    }
  }

  #run(sql: string): void {
    this.#use("write", (database) => database.exec(sql));
  }

  #use<T>(action: "read" | "write", use: (database: DatabaseSync) => T): T {
    if (this.#database === undefined) {
      throw new TinmanError("CLOSED", `Cannot ${action} ${this.#path}: the store was closed`, {});
    }
    try {
      return use(this.#database);
    } catch (error) {
      throw sqliteFailure(action, this.#path, error);
    }
  }
}

function prepareFile(database: DatabaseSync, path: string): void {
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_master").get()!.n);
  const application = numberOf(database, "application_id");
  if (application !== APPLICATION && (application !== 0 || tables > 0)) {
    throw new TinmanError("CORRUPT_STORE", `Cannot open ${path}: it is a database of another program`, { path });
  }
  const version = numberOf(database, "user_version");
  if (version > VERSION) {
    const message = `Cannot open ${path}: it has version ${version}, this tinman knows ${VERSION}`;
    throw new TinmanError("CORRUPT_STORE", message, { path, hint: "use a newer tinman, or another file" });
  }
  // Can only be chosen for a file that is empty: lets close() give room back.
  if (tables === 0) database.exec("PRAGMA auto_vacuum = INCREMENTAL");
  // A write-ahead log (https://sqlite.org/wal.html): what is committed survives the process without a wait for the disk.
  // It is taken over into the file every 8000 pages, as that is what has to wait for the disk.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000");
  if (application === APPLICATION) return;
  database.exec(
    `BEGIN IMMEDIATE;
     CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL);
     PRAGMA application_id = ${APPLICATION};
     PRAGMA user_version = ${VERSION};
     COMMIT`,
  );
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}
