import { crc32c } from "../../bytes/mod.ts";
import { readFile } from "../../files/mod.ts";
import { AppendedFile } from "./appended_file.ts";
import type { FilePool } from "./file_pool.ts";

/** What a small fact is found by: what it is, then of what, such as `["commit", "group 1", "topic", 0]`. */
export type FactKey = readonly [kind: string, ...parts: (string | number)[]];

/** Small facts that a broker remembers beside its records. */
export interface Facts {
  /** All facts of this kind. */
  entries(kind: string): Iterable<readonly [FactKey, unknown]>;
  /** One of them, or nothing. */
  get(key: FactKey): unknown;
  /** Keeps a value that JSON can hold; when it returns, the fact outlives this process. @throws {TinmanError} `WRITE_FAILED` */
  set(key: FactKey, value: unknown): void;
  /** Forgets a fact; nothing happens when it is not known. @throws {TinmanError} `WRITE_FAILED` */
  delete(key: FactKey): void;
}

/** Facts of a broker that forgets all when it ends: it need not remember any. */
export const forgetfulFacts: Facts = { entries: () => [], get: () => undefined, set: () => {}, delete: () => {} };

/** What was wrong with a journal when it was opened. */
export interface JournalDamage {
  readonly path: string;
  readonly at: number;
  readonly bytes: number;
  /** Whether it was the end of what was written, and was cut off. Else it lies between facts, and those after it are there. */
  readonly isCut: boolean;
}

/** A journal is never longer than a few times what is true of it. */
const REWRITE = { bytes: 2 ** 20, times: 4 };
const MAX_BYTES = 2 ** 30;

/**
 * Facts in a file: a line for each change, `checksum ‖ space ‖ [key, value]` in JSON, or `[key]` for one that is
 * forgotten. The checksum is CRC-32C of the JSON in 8 digits. A line that is damaged costs what it says and no other; one
 * that is cut off at the end was never promised to anybody.
 */
export class Journal implements Facts {
  readonly #pool: FilePool;
  readonly #path: string;
  readonly #syncs: boolean;
  readonly #facts = new Map<string, unknown>();
  #file: AppendedFile;
  #rewriteAt: number = REWRITE.bytes;
  #isSynced = true;
  /** How many changes were written. */
  #changes = 0;

  /** The one at `path`, which need not be there. With `syncs` each change waits for the disk. */
  constructor(pool: FilePool, path: string, { syncs, onDamage }: {
    readonly syncs: boolean;
    readonly onDamage: (damage: JournalDamage) => void;
  }) {
    [this.#pool, this.#path, this.#syncs] = [pool, path, syncs];
    this.#file = new AppendedFile(pool, path);
    const bytes = readFile(pool.files, path, MAX_BYTES) ?? new Uint8Array();
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline === -1 ? bytes.length : newline + 1;
      if (newline === -1 || !this.#take(bytes.subarray(at, newline))) {
        const isCut = end === bytes.length;
        onDamage({ path, at, bytes: end - at, isCut });
        if (isCut) this.#file.cut(at);
      }
      at = end;
    }
  }

  *entries(kind: string): Generator<readonly [FactKey, unknown], void> {
    for (const [text, value] of this.#facts) {
      const key: FactKey = JSON.parse(text);
      if (key[0] === kind) yield [key, value];
    }
  }

  get(key: FactKey): unknown {
    return this.#facts.get(JSON.stringify(key));
  }

  set(key: FactKey, value: unknown): void {
    this.#write([key, value]);
    this.#facts.set(JSON.stringify(key), value);
  }

  delete(key: FactKey): void {
    const text = JSON.stringify(key);
    if (!this.#facts.has(text)) return;
    this.#write([key]);
    this.#facts.delete(text);
  }

  /** Waits until all is on the disk. */
  sync(): void {
    if (!this.#isSynced) this.#file.sync();
    this.#isSynced = true;
  }

  /** Resolves when all that is in it now is on the disk; more may be added meanwhile. */
  async syncLater(): Promise<void> {
    if (this.#isSynced) return;
    const changes = this.#changes;
    await this.#file.syncLater();
    if (changes === this.#changes) this.#isSynced = true;
  }

  #write(change: readonly unknown[]): void {
    if (this.#file.length > this.#rewriteAt) this.#rewrite();
    const line = lineOf(JSON.stringify(change));
    this.#file.append(line);
    this.#isSynced = false;
    this.#changes++;
    if (!this.#syncs) return;
    try {
      this.sync();
    } catch (error) {
      this.#file.cut(this.#file.length - line.length);
      throw error;
    }
  }

  /** Writes what is true into a new file in the place of this one. */
  #rewrite(): void {
    const lines = [...this.#facts].map(([key, value]) => lineOf(`[${key},${JSON.stringify(value)}]`));
    const bytes = new Uint8Array(lines.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const line of lines) {
      bytes.set(line, at);
      at += line.length;
    }
    this.#rewriteAt = Math.max(REWRITE.bytes, bytes.length * REWRITE.times, this.#file.length + REWRITE.bytes);
    try {
      this.#pool.release(this.#path);
      this.#pool.files.replace(this.#path, bytes);
    } catch {
      // There is no room for both, so the long one is gone on with for a while.
      return;
    }
    this.#file = new AppendedFile(this.#pool, this.#path);
    this.#rewriteAt = Math.max(REWRITE.bytes, bytes.length * REWRITE.times);
  }

  /** Takes in a line; says whether it is whole. */
  #take(line: Uint8Array): boolean {
    const json = line.subarray(9);
    if (decoder.decode(line.subarray(0, 9)) !== `${checksum(json)} `) return false;
    const [key, ...value] = JSON.parse(decoder.decode(json));
    if (value.length > 0) this.#facts.set(JSON.stringify(key), value[0]);
    else this.#facts.delete(JSON.stringify(key));
    return true;
  }
}

const NEWLINE = 10;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function lineOf(json: string): Uint8Array {
  const bytes = encoder.encode(json);
  const line = new Uint8Array(bytes.length + 10);
  encoder.encodeInto(`${checksum(bytes)} `, line);
  line.set(bytes, 9);
  line[line.length - 1] = NEWLINE;
  return line;
}

function checksum(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, "0");
}
