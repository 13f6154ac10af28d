import { type Files, readFile } from "../../files/mod.ts";
import { type AtRest, PLAIN } from "./at_rest.ts";

/** Since when nothing names a blob, kept in `unnamed.json` so that it also counts while no program runs. */
export class Unnamed {
  readonly #files: Files;
  readonly #path: string;
  readonly #atRest: AtRest;
  #since: Map<string, number> | undefined;
  #saved = "";

  /** In the folder of the blobs. */
  constructor(files: Files, path: string, atRest: AtRest = PLAIN) {
    [this.#files, this.#path, this.#atRest] = [files, `${path}/unnamed.json`, atRest];
  }

  /** Since when nothing names it, which is now if it was named until now. */
  since(blob: string, nowMs: number): number {
    return this.#all().getOrInsert(blob, nowMs);
  }

  /** Something names it again, or it is gone. */
  forget(blob: string): void {
    this.#all().delete(blob);
  }

  /** Keeps what has changed. @throws {TinmanError} `WRITE_FAILED` */
  save(): void {
    // Where nothing was asked there may be no folder either.
    if (this.#since === undefined) return;
    const text = this.#text();
    if (text === this.#saved) return;
    this.#files.replace(this.#path, this.#atRest.seal(new TextEncoder().encode(text), { is: "unnamed" }));
    this.#saved = text;
  }

  #all(): Map<string, number> {
    if (this.#since !== undefined) return this.#since;
    this.#since = new Map();
    try {
      const kept = readFile(this.#files, this.#path, MAX_BYTES);
      const bytes = kept && this.#atRest.open(kept, { is: "unnamed" });
      const read: unknown = bytes === undefined ? {} : JSON.parse(new TextDecoder().decode(bytes));
      for (const [blob, ms] of Object.entries(read as object)) if (Number.isFinite(ms)) this.#since.set(blob, ms);
    } catch {
      // Then all of them are kept for longer.
    }
    this.#saved = this.#text();
    return this.#since;
  }

  #text(): string {
    return JSON.stringify(Object.fromEntries(this.#since ?? []));
  }
}

const MAX_BYTES = 2 ** 24;
