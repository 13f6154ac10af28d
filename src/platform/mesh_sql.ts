import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { TinmanError } from "../errors/mod.ts";
import type { SqlDatabase, SqlRow, SqlValue } from "../mesh/mod.ts";
import { sqliteFailure } from "./sqlite_errors.ts";

/**
 * The database for `SqlView`, made where there is none. It is a copy of what is elsewhere: it can be removed at any time.
 *
 * @throws {TinmanError} `CORRUPT_STORE` when the file is something else.
 */
export function openMeshSql(path: string, { isExclusive = false, copyOf }: MeshSqlOptions = {}): SqlDatabase {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, OPTIONS);
    if (copyOf !== undefined) database.deserialize(copyOf);
    prepareFile(database, path, isExclusive);
    return new MeshSql(path, database);
  } catch (error) {
    database?.close();
    throw sqliteFailure("open", path, error);
  }
}

/** Options of {@linkcode openMeshSql}. */
export interface MeshSqlOptions {
  /** Whether nobody else has it, and who opens it knows by itself whether it was closed in order: faster. @default {false} */
  readonly isExclusive?: boolean;
  /** What is in it, for one in memory: what `SqlDatabase.copy` gave. @default {nothing} */
  readonly copyOf?: Uint8Array;
}

/** Most rows of an answer: a query without an end may not take all memory. */
const MAX_ROWS = 100_000;

/** Longest text of an answer. From 512 MiB on Deno 2.9.6 ends the process, since no string is as long. */
const MAX_VALUE_BYTES = 2 ** 26;

// A constant, since Deno has `limits` before its types have.
const OPTIONS = { timeout: 5000, limits: { length: MAX_VALUE_BYTES } };

/** What SQLite keeps at byte 68 of the file for us to know it by: "tmsv". */
const APPLICATION = 0x746d7376;

class MeshSql implements SqlDatabase {
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #database: DatabaseSync | undefined;

  constructor(path: string, database: DatabaseSync) {
    [this.#path, this.#database] = [path, database];
  }

  exec(sql: string): void {
    this.#use("write", (database) => database.exec(sql));
  }

  run(sql: string, ...values: readonly SqlValue[]): void {
    this.#use("write", (database) => {
      const statement = this.#statements.get(sql) ?? database.prepare(sql);
      this.#statements.set(sql, statement);
      statement.run(...values as SQLInputValue[]);
    });
  }

  query(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[] {
    return this.#use("read", (database) => {
      database.exec("PRAGMA query_only = 1");
      try {
        const { sourceSQL } = database.prepare(sql);
        refuseMore(sql.slice(sourceSQL.length));
        const rows = allOf(database.prepare(limited(sourceSQL)), values as SQLInputValue[]);
        if (rows.length > MAX_ROWS) throw tooManyRows();
        return rows;
      } finally {
        database.exec("PRAGMA query_only = 0");
      }
    });
  }

  copy(): Uint8Array {
    return this.#use("read", (database) => database.serialize());
  }

  transaction(action: () => void): void {
    this.exec("BEGIN IMMEDIATE");
    try {
      action();
      this.exec("COMMIT");
    } catch (error) {
      if (this.#database?.isTransaction) this.exec("ROLLBACK");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #use<T>(action: "read" | "write", use: (database: DatabaseSync) => T): T {
    if (this.#database === undefined) {
      throw new TinmanError("CLOSED", `Cannot ${action} ${this.#path}: the database was closed`, {});
    }
    try {
      return use(this.#database);
    } catch (error) {
      throw sqliteFailure(action, this.#path, error);
    }
  }
}

/** All rows; whole numbers that are none of JavaScript are text. */
function allOf(statement: StatementSync, values: readonly SQLInputValue[]): SqlRow[] {
  try {
    return statement.all(...values);
  } catch (error) {
    if (!/as a JavaScript number/.test((error as Error).message)) throw error;
    statement.setReadBigInts(true);
    const exact = (value: unknown) =>
      typeof value !== "bigint" ? value : Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
    return statement.all(...values).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, exact(value)])) as SqlRow
    );
  }
}

function prepareFile(database: DatabaseSync, path: string, isExclusive: boolean): void {
  const application = Number(database.prepare("PRAGMA application_id").get()!.application_id);
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_master").get()!.n);
  if (application !== APPLICATION && (application !== 0 || tables > 0)) {
    throw new TinmanError("CORRUPT_STORE", `Cannot open ${path}: it is a database of another program`, { path });
  }
  // What a power cut takes is built again.
  const how = isExclusive
    ? "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"
    : "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
  database.exec(`${how}; PRAGMA application_id = ${APPLICATION}`);
}

/** A query that ends by itself when it has too many rows. In Deno 2.9.6 `iterate` would do, but it loses errors. */
function limited(sql: string): string {
  const query = /^((?:\s|--.*\n|\/\*[^]*?\*\/)*)(SELECT|WITH|VALUES)\b/i.test(sql)
    ? sql.replace(/;\s*$/, "")
    : undefined;
  // On a line of its own the bracket is not part of a comment.
  return query === undefined ? sql : `SELECT * FROM (${query}\n) LIMIT ${MAX_ROWS + 1}`;
}

/** Throws when something is behind a statement: SQLite reads no further, so it would be left out without a word. */
function refuseMore(behind: string): void {
  const more = behind.replace(/^(?:[\s;]|--.*(?:\n|$)|\/\*[^]*?(?:\*\/|$))*/, "");
  if (more === "") return;
  throw new TinmanError("USAGE", `Cannot run the query: behind its end there is ${JSON.stringify(more.slice(0, 40))}`, {
    argument: "SQL",
    hint: "ask one statement at a time",
  });
}

function tooManyRows(): TinmanError {
  return new TinmanError("TOO_LARGE", `Cannot show all rows: there are more than ${MAX_ROWS}`, {
    limit: MAX_ROWS,
    actual: MAX_ROWS + 1,
    hint: "ask for fewer with LIMIT",
  });
}
