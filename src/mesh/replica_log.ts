import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { isBase } from "./base.ts";
import { type CutOff, damagedEntry, FeedLog, feedLogBytes, scanFeedLog } from "./feed_log.ts";
import type { Feeds } from "./feeds.ts";
import { readOwn, writeOwn } from "./folder_files.ts";
import type { Run } from "./run.ts";
import { runsOf } from "./runs_of.ts";
import type { Vault } from "./vault.ts";
import { decodeRun, encodeRun } from "./wire/mod.ts";

/** Options of {@linkcode ReplicaLog}. */
export interface ReplicaLogOptions {
  readonly files: Files;
  /** The folder. */
  readonly path: string;
  /** Keeps what is in it from whoever finds the disk. @default {anybody can read it} */
  readonly vault?: Vault;
  /** What is filled from the log. */
  readonly feeds: Feeds;
  /** This very device, which writes nothing in place of what is damaged at the end. (SPEC F10) */
  readonly device: string;
  /** Takes what feeds begin behind, before any run. */
  begin(base: Uint8Array): void;
}

/** The log of a dataset: runs as they came, in `feeds.log`. What is loaded is checked down to the signatures. */
export class ReplicaLog implements Disposable {
  /** What was cut off when it was opened. */
  readonly cutOff: CutOff | undefined;
  readonly #options: ReplicaLogOptions;
  readonly #path: string;
  #base: Uint8Array | undefined;
  #log: FeedLog;

  /** Opens the log and loads what is in it. */
  constructor(options: ReplicaLogOptions) {
    const { files, path, feeds } = options;
    [this.#options, this.#path] = [options, `${path}/feeds.log`];
    files.makeFolder(path);
    let entries = 0;
    this.#log = new FeedLog(files, this.#path, {
      take: (entry) => {
        entries++;
        this.#load(entry);
      },
      lose: (end) => this.#noteOwn(end),
    });
    this.cutOff = this.#log.cutOff;
    const wrong = feeds.findUnsigned();
    if (wrong !== undefined) {
      this.#log.close();
      throw this.#foreign(`${wrong.name.slice(0, 8)} has not signed what is in its feed`);
    }
    const runs = [...feeds.all()].reduce((sum, feed) => sum + feed.signed.length, 0);
    if (entries > 64 && entries > 4 * runs) this.rewrite();
  }

  /** How many bytes it has. */
  get size(): number {
    return this.#log.size;
  }

  /** Keeps a run. */
  append(run: Run): void {
    this.#log.append(this.#encode(run));
  }

  /** Waits until all is on the disk. */
  sync(): void {
    this.#log.sync();
  }

  /**
   * Writes it anew, by itself from what is in memory, with as few runs as there may be; the old one stays until the new one
   * is whole.
   */
  rewrite({ base, runs }: { readonly base?: Uint8Array; readonly runs?: readonly Run[] } = {}): void {
    const { files } = this.#options;
    const begin = base ?? this.#base;
    const bytes = feedLogBytes([
      ...begin === undefined ? [] : [this.#seal(begin)],
      ...(runs ?? this.#runs()).map((run) => this.#encode(run)),
    ]);
    this.#log.close();
    try {
      files.replace(this.#path, bytes);
    } finally {
      this.#log = new FeedLog(files, this.#path);
    }
    this.#base = begin;
  }

  /** Gives feeds what it still holds of events that came to lack what they say. What cannot be read stays missing. */
  refill(): void {
    const { files } = this.#options;
    try {
      const { entries } = scanFeedLog(readFile(files, this.#path, this.size) ?? new Uint8Array(), this.#path);
      // What feeds begin behind is here already, and there is one at most.
      for (const entry of this.#base === undefined ? entries : entries.slice(1)) this.#load(entry);
    } catch (error) {
      if (!isTinmanError(error)) throw error;
    }
  }

  #runs(): Run[] {
    // A branch hangs on what is before it.
    return [...this.#options.feeds.all()].toSorted((a, b) => a.base - b.base).flatMap((feed) => [...runsOf(feed)]);
  }

  /** Closes the file; twice is fine. */
  close(): void {
    this.#log.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #encode(run: Run): Uint8Array {
    return this.#seal(encodeRun(run));
  }

  #seal(bytes: Uint8Array): Uint8Array {
    return this.#options.vault?.seal(bytes) ?? bytes;
  }

  #load(entry: Uint8Array): void {
    const { feeds, vault } = this.#options;
    const bytes = vault === undefined ? entry : vault.open(entry);
    if (bytes === undefined) throw this.#foreign("it was encrypted with another key");
    if (isBase(bytes)) return this.#begin(bytes);
    const result = feeds.load(this.#decode(bytes));
    if (result.status === "applied" || result.status === "known") return;
    throw this.#foreign(result.status === "refused" ? result.reason : "a run does not hang on what is before it");
  }

  /** Before it is cut off: a crash behind that would let the device write others in place of its own events. */
  #noteOwn(end: Uint8Array): void {
    const { files, path, vault, feeds, device } = this.#options;
    const own = ownInDamaged(end, { vault, feeds, device });
    if (own > readOwn(path, files)) writeOwn(path, files, own);
  }

  #begin(bytes: Uint8Array): void {
    const { feeds, begin } = this.#options;
    if (this.#base !== undefined || !feeds.all()[Symbol.iterator]().next().done) {
      throw this.#foreign("there is a snapshot behind events");
    }
    try {
      begin(bytes);
    } catch (cause) {
      throw this.#foreign("the snapshot that it begins with does not hold", cause);
    }
    this.#base = bytes.slice();
  }

  #decode(bytes: Uint8Array): Run {
    try {
      return decodeRun(bytes);
    } catch (cause) {
      throw this.#foreign("what is in it is no run; it may be encrypted", cause);
    }
  }

  #foreign(why: string, cause?: unknown): TinmanError<"INTEGRITY"> {
    return new TinmanError("INTEGRITY", `Cannot use ${this.#path}: ${why}`, {
      path: this.#path,
      cause,
      hint: "somebody or something has changed it; fetch the dataset from a peer into a new folder",
    });
  }
}

/**
 * How many events a device is to have written when those in the damaged end of its log may be its own; 0 when they are
 * of another one. What nobody can read may be its own.
 */
export function ownInDamaged(
  end: Uint8Array,
  { vault, feeds, device }: Pick<ReplicaLogOptions, "feeds" | "device"> & { readonly vault: Vault | undefined },
): number {
  const last = Math.max(0, ...feeds.of(device).map((feed) => feed.last));
  try {
    const entry = damagedEntry(end);
    const plain = entry && (vault === undefined ? entry : vault.open(entry));
    const run = plain && decodeRun(plain);
    if (run === undefined) return last + 1;
    // A bit may be wrong in the number, too.
    const isNext = run.from === last + 1;
    return run.device === device
      ? last + (isNext ? run.events.length : 1)
      : feeds.of(run.device).length > 0
      ? 0
      : last + 1;
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    return last + 1;
  }
}

/** The error for a log that could not be written anew, for who did not ask for that. */
export function notDropped(cause: unknown): unknown {
  if (!isTinmanError(cause, "WRITE_FAILED")) return cause;
  const message = "Cannot drop from the disk what was erased: the log cannot be written anew";
  const hint = "all that was written is kept; free as much space as the log has, and the next command does it";
  return new TinmanError("WRITE_FAILED", message, { ...cause.details, cause, hint });
}
