import { isTinmanError } from "../errors/mod.ts";
import { type FolderReplica, SqlView } from "../mesh/mod.ts";
import type { MeshIo } from "./mesh_io.ts";

/**
 * The tables of a dataset, from the first question on until it is disposed; they follow what is written. They are kept in a
 * file beside the log, but not of a dataset that is encrypted or sealed, which leaves nothing that others can read.
 */
export class MeshTables implements Disposable {
  readonly #replica: FolderReplica;
  readonly #tables: MeshIo["tables"];
  readonly #stop: () => void;
  #view: SqlView | undefined;
  #isInMemory: boolean;

  constructor(replica: FolderReplica, tables: MeshIo["tables"]) {
    [this.#replica, this.#tables] = [replica, tables];
    this.#isInMemory = replica.vault !== undefined || replica.info.privacy === "sealed";
    // What was erased is to be on no disk, and free pages of a database still have it.
    this.#stop = replica.view.listen({ erased: () => this.#drop() });
  }

  /** Asks the tables. @throws {TinmanError} What the question says. */
  ask<T>(question: (view: SqlView) => T): T {
    try {
      return question(this.#open());
    } catch (error) {
      // The disk is full, or what was right when it was opened is not any more.
      if (!isDatabaseLost(error) || this.#isInMemory) throw error;
      this.#drop();
      this.#isInMemory = true;
      return question(this.#open());
    }
  }

  /** Keeps them for the next one; twice is fine. */
  [Symbol.dispose](): void {
    this.#stop();
    this.#close();
  }

  get #path(): string {
    return `${this.#replica.path}/tables.sqlite`;
  }

  #open(): SqlView {
    if (this.#view !== undefined) return this.#view;
    const { view, feeds } = this.#replica;
    const database = this.#tables.open(this.#isInMemory ? undefined : this.#path);
    try {
      return this.#view = new SqlView(view, database, { feeds });
    } catch (error) {
      database[Symbol.dispose]();
      throw error;
    }
  }

  #close(): void {
    const view = this.#view;
    this.#view = undefined;
    try {
      view?.[Symbol.dispose]();
    } catch {
      // It is a copy, and built again.
      this.#tables.remove(this.#path);
    }
  }

  #drop(): void {
    this.#close();
    if (!this.#isInMemory) this.#tables.remove(this.#path);
  }
}

/** Whether it is the database that failed, and not the question. */
export function isDatabaseLost(error: unknown): boolean {
  return isTinmanError(error, "WRITE_FAILED") ||
    (isTinmanError(error, "CORRUPT_STORE") && /disk image is malformed|not a database/.test(error.message));
}
