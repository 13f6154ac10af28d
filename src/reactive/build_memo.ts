import { contentHash, decodeCbor, encodeCbor } from "../cbor/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Archive } from "./archive.ts";

/** Why something was built and not taken from the archive. */
export type BuildReason =
  | "not kept"
  | "dedupe is off"
  | "no entry"
  | "input changed"
  | "code changed"
  | "entry damaged";

/** What became of an input. */
export type BuildOutcome =
  | { readonly outcome: "built"; readonly reason: BuildReason }
  | { readonly outcome: "archive" }
  | { readonly outcome: "repeated" };

/** Options of {@linkcode BuildMemo}. */
export interface BuildMemoOptions {
  readonly builder: string;
  /** Keeps what is built in the archive of the builder. */
  readonly persist: boolean;
  /** Passes over inputs that were there before in this run, and takes from the archive what is there. */
  readonly dedupe: boolean;
  /** What tells inputs apart. */
  readonly key: (...inputs: never) => unknown;
  /** Identifies the code that builds. */
  readonly version: () => string;
  /** Inputs that are told apart in a run. */
  readonly max: number;
}

/** What a builder knows of an input before it builds. */
export interface Known {
  readonly outcome: BuildOutcome;
  /** What was kept of it. */
  readonly artifacts: readonly unknown[];
  readonly key: string;
}

/** The archive holds one of these for each input, as CBOR, under the hash of the input. */
interface Entry {
  readonly code: string;
  readonly artifacts: readonly unknown[];
}

/** Where the archive holds the hashes of the inputs of the run before, in order. */
const LAST_RUN = "inputs";
/** More of them are not held: whoever asks why the next was built is told that there was no entry. */
const MAX_LAST_RUN = 10_000;

/** What a builder has built before, in this run and in those before it. */
export class BuildMemo {
  readonly #options: BuildMemoOptions;
  /** Hashes of the inputs of this run. */
  #seen = new Set<string>();
  /** Of the run before, once it is asked for. */
  #before: readonly string[] | undefined;

  constructor(options: BuildMemoOptions) {
    this.#options = options;
  }

  /** What is known of the inputs of a build. */
  look(inputs: readonly unknown[], archive: () => Archive): Known {
    const { persist, dedupe, key: keyOf } = this.#options;
    if (!persist && !dedupe) return { outcome: { outcome: "built", reason: "not kept" }, artifacts: [], key: "" };
    const key = contentHash(keyOf(...inputs as never));
    if (dedupe && this.#seen.has(key)) return { outcome: { outcome: "repeated" }, artifacts: [], key };
    if (this.#seen.size >= this.#options.max && !this.#seen.has(key)) throw this.#full();
    if (!persist) return { outcome: { outcome: "built", reason: "not kept" }, artifacts: [], key };
    if (!dedupe) return { outcome: { outcome: "built", reason: "dedupe is off" }, artifacts: [], key };
    this.#before ??= readLastRun(archive());
    const { reason, artifacts } = this.#find(key, archive());
    return { outcome: reason ? { outcome: "built", reason } : { outcome: "archive" }, artifacts, key };
  }

  /** Notes that the artifacts of an input are there, and keeps them if they were built. */
  settle({ key, outcome }: Known, { artifacts, archive }: { artifacts: readonly unknown[]; archive: () => Archive }) {
    if (key === "") return;
    if (this.#options.persist && outcome.outcome === "built") {
      const entry: Entry = { code: this.#options.version(), artifacts };
      archive().set(key, encodeCbor(entry, { keepOrder: true }));
    }
    this.#seen.add(key);
  }

  /** Writes down which inputs this run had. */
  end(archive: () => Archive): void {
    if (!this.#options.persist || this.#seen.size === 0) return;
    archive().set(LAST_RUN, encodeCbor([...this.#seen].slice(0, MAX_LAST_RUN)));
  }

  /** Begins a new run. */
  clear(): void {
    this.#seen = new Set();
    this.#before = undefined;
  }

  #find(key: string, archive: Archive): { reason?: BuildReason; artifacts: readonly unknown[] } {
    const entry = read<Entry>(archive, key);
    if (entry === "damaged") return { reason: "entry damaged", artifacts: [] };
    if (entry) return entry.code === this.#options.version() ? entry : { reason: "code changed", artifacts: [] };
    const before = this.#before?.[this.#seen.size];
    return { reason: before === undefined || before === key ? "no entry" : "input changed", artifacts: [] };
  }

  #full(): TinmanError {
    const { builder, max } = this.#options;
    return new TinmanError("TOO_LARGE", `Cannot build ${JSON.stringify(builder)}: ${max} different inputs came`, {
      limit: max,
      actual: max + 1,
      hint: "`maxKnown` lets it tell more apart; with `dedupe: false` and without `persist` it need not",
    });
  }
}

function readLastRun(archive: Archive): readonly string[] {
  const keys = read<readonly string[]>(archive, LAST_RUN);
  return keys === "damaged" ? [] : keys ?? [];
}

function read<T>(archive: Archive, key: string): T | "damaged" | undefined {
  const bytes = archive.get(key);
  if (!bytes) return undefined;
  try {
    // A copy, because what is decoded may share its bytes, and these are the archive's own.
    return decodeCbor(bytes.slice(), { anyOrder: true }) as T;
  } catch (error) {
    if (isTinmanError(error, "CODEC")) return "damaged";
    throw error;
  }
}
