import { createHash } from "node:crypto";
import type { SqlDatabase } from "../mesh/mod.ts";
import { openMeshSql } from "./mesh_sql.ts";

/**
 * The database for `SqlView` in a file, for who has the folder to itself. It begins with what the one before has left, when
 * that is whole to the last bit; else it is empty: after a crash, a damage, another version. Where no file can be written
 * it is in memory.
 */
export function openMeshTables(path: string): SqlDatabase {
  try {
    if (!isWhole(path)) removeMeshTables(path);
    // It counts again when it was closed in order.
    remove(`${path}${SUM}`);
    return closedInOrder(openMeshSql(path, { isExclusive: true }), path);
  } catch {
    return openMeshSql(":memory:");
  }
}

/** Removes all of a database that {@linkcode openMeshTables} has made; it must be closed. */
export function removeMeshTables(path: string): void {
  for (const end of ["", "-journal", "-wal", "-shm", SUM]) remove(path + end);
}

/** Beside the database: the SHA-256 of its bytes. SQLite itself does not notice a flipped bit in a value. */
const SUM = ".sum";
const PIECE_BYTES = 1 << 20;

function closedInOrder(database: SqlDatabase, path: string): SqlDatabase {
  let isOpen = true;
  return {
    exec: (sql) => database.exec(sql),
    run: (sql, ...values) => database.run(sql, ...values),
    query: (sql, ...values) => database.query(sql, ...values),
    copy: () => database.copy(),
    transaction: (action) => database.transaction(action),
    [Symbol.dispose]() {
      database[Symbol.dispose]();
      if (!isOpen) return;
      isOpen = false;
      try {
        Deno.writeTextFileSync(`${path}${SUM}`, sumOf(path), { mode: 0o600 });
      } catch {
        // It is built again next time.
      }
    },
  };
}

function isWhole(path: string): boolean {
  try {
    return Deno.readTextFileSync(`${path}${SUM}`) === sumOf(path);
  } catch {
    return false;
  }
}

function sumOf(path: string): string {
  using file = Deno.openSync(path);
  const hash = createHash("sha256");
  const piece = new Uint8Array(PIECE_BYTES);
  for (let length = file.readSync(piece); length !== null; length = file.readSync(piece)) {
    hash.update(piece.subarray(0, length));
  }
  return hash.digest("hex");
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
