import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { Acks } from "./acks.ts";
import { Alerts } from "./alerts.ts";
import { type Base, openBase } from "./base.ts";
import type { Change } from "./change.ts";
import { MAX_RUN_EVENTS } from "./check_run.ts";
import { baseUpTo } from "./compaction.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import type { DeviceKey } from "./device.ts";
import type { EventRef } from "./event.ts";
import type { CutOff } from "./feed_log.ts";
import { Feeds } from "./feeds.ts";
import { Hlc } from "./hlc.ts";
import { findFix } from "./kinds.ts";
import { Keyring, Members } from "./members/mod.ts";
import { OwnFeed } from "./own_feed.ts";
import { checkSigner, erasedIn, isBehind, runsBehind } from "./rebase.ts";
import { notDropped, ReplicaLog } from "./replica_log.ts";
import type { IngestResult, Run } from "./run.ts";
import type { Vault } from "./vault.ts";
import { createView, openContent, type Snapshot, type View, type ViewOptions } from "./view/mod.ts";
import { checkIsWhole, checkMayWrite, signedRun } from "./writing.ts";

/** Options of {@linkcode Replica}. */
export interface ReplicaOptions {
  /** Which dataset. */
  readonly info: DatasetInfo;
  /** Who this device is. */
  readonly key: DeviceKey;
  /** The time of day. */
  readonly clock: Pick<Clock, "now">;
  /** Where its log is, `feeds.log` in this folder. @default {nowhere: it is in memory alone} */
  readonly folder?: { readonly files: Files; readonly path: string; readonly vault?: Vault };
  /** Whether what was written is on the disk when the call returns: `always`, or `never` by itself. @default {"always"} */
  readonly sync?: "always" | "never";
}

/** A dataset on this device: what it writes, what it was sent, and what all of that says. */
export class Replica implements Disposable {
  readonly info: DatasetInfo;
  readonly key: DeviceKey;
  /** What was written, by all. */
  readonly feeds: Feeds;
  /** Who takes part. */
  readonly members: Members;
  /** The keys that members share, in a sealed dataset. */
  readonly keyring: Keyring;
  /** What it says. */
  readonly view: View;
  /** Gives stamps to what is written here. */
  readonly hlc: Hlc;
  /** What others are known to hold. */
  readonly acks: Acks;
  /** What must not wait, of what can be read here. */
  readonly alerts: Alerts = new Alerts();
  /** What seals all that is kept of it; undefined when it is not encrypted at rest. */
  readonly vault: Vault | undefined;
  #base: Base | undefined;
  readonly #log: ReplicaLog | undefined;
  readonly #sync: boolean;
  readonly #clock: Pick<Clock, "now">;
  readonly #own: OwnFeed;
  readonly #recount = new Set<string>();
  #erased = false;
  #isLoaded = false;

  /**
   * Opens the dataset; nothing may be there yet.
   *
   * @throws {TinmanError} `CORRUPT_LOG` for a damaged log, `INTEGRITY` for one that is not what its devices signed.
   */
  constructor(options: ReplicaOptions) {
    const { info, key, clock, folder, sync = "always" } = options;
    [this.info, this.key, this.vault, this.#clock, this.#sync] = [info, key, folder?.vault, clock, sync === "always"];
    const dataset = datasetId(info);
    this.hlc = new Hlc({ clock });
    this.members = new Members({
      feeds: () => this.feeds,
      dataset,
      founder: info.founder,
      writers: info.writers ?? "members",
      changed: (devices) => devices.forEach((device) => this.#recount.add(device)),
    });
    this.feeds = new Feeds({
      dataset,
      nowMs: () => this.nowMs(),
      accepts: (stamp) => this.hlc.accepts(stamp),
      admits: (device, run) => this.members.admits(device, run),
      endOf: (device) => this.members.endOf(device),
      keep: (run) => this.#log?.append(run),
      isErased: (event) => this.#isLoaded && this.view.isErased(event),
    });
    this.#own = new OwnFeed(this.feeds, key.device);
    this.keyring = new Keyring(key, this.members);
    this.feeds.listen(this.members);
    this.feeds.listen(this.keyring);
    this.feeds.listen({
      applied: (feed) => this.hlc.restore(feed.at(feed.last)!),
      rebased: (snapshot) => this.#restoreClock(snapshot),
    });
    this.acks = new Acks(folder);
    // What is erased counts or not by who takes part, so that is known before the view looks.
    const begin = (bytes: Uint8Array) => this.#begin(bytes);
    this.#log = folder && new ReplicaLog({ ...folder, feeds: this.feeds, device: key.device, begin });
    this.#recount.clear();
    this.keyring.takeNew();
    const erased = erasedIn(this.feeds);
    this.view = createView({ ...this.#rules(), ...(this.#base && { snapshot: this.#base.snapshot }) });
    this.feeds.listen(this.view);
    this.feeds.listen({ settled: () => this.#settle() });
    this.view.listen({ erased: () => this.#erased = true });
    this.#erased = erasedIn(this.feeds) > erased;
    this.#isLoaded = true;
  }

  /** The time of day, in milliseconds since 1970. */
  nowMs(): number {
    return Number(this.#clock.now() / 1_000_000n);
  }

  /** How many bytes its log has; 0 in memory. */
  get logBytes(): number {
    return this.#log?.size ?? 0;
  }

  /** What was cut off the end of its log when it was opened. (SPEC F10) */
  get cutOff(): CutOff | undefined {
    return this.#log?.cutOff;
  }

  /**
   * Whether a peer has events of this very device that are not here: it was restored from a copy, and would fork if it
   * wrote now. (SPEC F9)
   */
  get isBehind(): boolean {
    return this.#own.isBehind;
  }

  /** Remembers that somebody has events of this device up to `seq`. */
  noteOwn(seq: number): void {
    this.#own.note(seq);
  }

  /**
   * Writes changes, all or none, under one signature; gives their names.
   *
   * @throws {TinmanError} `CONFIG` for a change that does not fit its kind, `DENIED` for a device that may not write,
   * `UNAVAILABLE` for one that {@linkcode Replica.isBehind}, `WRITE_FAILED`.
   */
  write(...changes: readonly Change[]): EventRef[] {
    if (changes.length === 0) return [];
    if (changes.length > MAX_RUN_EVENTS) {
      return [...this.write(...changes.slice(0, MAX_RUN_EVENTS)), ...this.write(...changes.slice(MAX_RUN_EVENTS))];
    }
    checkIsWhole(this.info, this.#own);
    const { run, refs } = signedRun(this, { changes, feed: this.#own.branch });
    checkMayWrite(this, run);
    const result = this.feeds.write(run);
    if (result.status === "refused") {
      const [{ kind, ...payload }] = changes as [Change];
      throw new TinmanError("CONFIG", `Cannot write ${kind}: ${result.reason}`, { hint: findFix(kind, payload) });
    }
    if (this.#sync) this.#log?.sync();
    return refs;
  }

  /** Takes what others have sent; what is kept is on the disk when this returns. @throws {TinmanError} `WRITE_FAILED` */
  ingest(...runs: readonly Run[]): IngestResult[] {
    const results = runs.map((run) => this.feeds.ingest(run));
    if (this.#sync && results.some(({ status }) => status === "applied")) this.#log?.sync();
    return results;
  }

  /** Waits until all that was taken in by other ways than {@linkcode Replica.ingest} is on the disk, too. */
  flush(): void {
    this.#log?.sync();
  }

  /**
   * Writes the log anew, as short as it can be: runs are joined, and what was erased is gone from the disk, too. With `upTo`
   * a snapshot takes the place of all events up to there, for good: see `planCompaction`. (SPEC V9)
   *
   * @throws {TinmanError} `DENIED` with `upTo` for who is no admin, `CONFIG` when something is missing for a snapshot,
   * `TOO_LARGE`, `WRITE_FAILED`; nothing has changed then.
   */
  compact({ upTo }: { readonly upTo?: ReadonlyMap<string, number> } = {}): void {
    if (upTo !== undefined) this.#rebase(baseUpTo(this, { ...this.#rules(), upTo }));
    this.#log?.rewrite();
    this.#erased = false;
  }

  /**
   * Writes the log anew if something was erased since it was, so that it is gone from the disk, too; who stays open does
   * that now and then. (SPEC V7)
   *
   * @throws {TinmanError} `WRITE_FAILED`; the next call tries again.
   */
  dropErased(): void {
    try {
      if (this.#erased) this.compact();
    } catch (cause) {
      throw notDropped(cause);
    }
  }

  /** The signed snapshot that the feeds begin behind, as it is passed on; undefined where all events are here. */
  get base(): Uint8Array | undefined {
    return this.#base?.bytes;
  }

  /** What that says, as far as this device has the key for it. */
  get snapshot(): Snapshot | undefined {
    return this.view.snapshot;
  }

  /**
   * Begins with a snapshot that somebody sent, in place of what is here up to its end; does nothing when all of it is here,
   * but with `isWhole`: see `shrink`, which looks at it first.
   *
   * @throws {TinmanError} `INTEGRITY` when no admin has signed it, `PROTOCOL` when it is none, `CONFIG` when it does not
   * fit what is here, `WRITE_FAILED`; nothing has changed then.
   */
  adopt(bytes: Uint8Array, { isWhole = false }: { readonly isWhole?: boolean } = {}): void {
    const base = openBase(bytes, this.info);
    if (!isWhole && !isBehind(this.feeds, base.snapshot)) return;
    checkSigner(base, this.members);
    this.#rebase(base);
  }

  /** Closes the log; twice is fine. What was erased meanwhile is gone from the disk then. */
  close(): void {
    try {
      this.dropErased();
    } finally {
      this.#log?.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #rules(): ViewOptions {
    return {
      feeds: this.feeds,
      counts: (feed, seq) => this.members.counts(feed, seq),
      mayErase: (device) => this.members.of(device)?.role === "admin",
      open: (event, place) => this.alerts.note(event, this.keyring.open(event, place)),
      hasKey: (key) => this.keyring.has(key),
      openSnapshot: (snapshot) => this.#openSnapshot(snapshot),
    };
  }

  #openSnapshot(snapshot: Snapshot): Snapshot | undefined {
    try {
      return openContent(snapshot, this.keyring);
    } catch {
      // Whoever made it has sealed something else in it, which is as good as nothing.
      return undefined;
    }
  }

  /** The disk first: what cannot be kept does not count. */
  #rebase(base: Base): void {
    const runs = runsBehind(this.feeds, base.snapshot);
    this.#log?.rewrite({ base: base.bytes, runs });
    this.#base = base;
    this.feeds.rebase(base.snapshot, runs);
    this.feeds.retry();
  }

  /** For the log, before anything else is here. */
  #begin(bytes: Uint8Array): void {
    this.#base = openBase(bytes, this.info);
    const { snapshot } = this.#base;
    this.feeds.begin(snapshot.frontier);
    this.members.rebased(snapshot);
    this.keyring.rebased(snapshot);
    this.#restoreClock(snapshot);
  }

  #restoreClock({ frontier }: Snapshot): void {
    for (const { wallMs, counter } of frontier.values()) this.hlc.restore({ wallMs, counter });
  }

  /** Who takes part is not as it was, so what counts may not be; what was sealed may be readable now. */
  #settle(): void {
    if (this.keyring.takeNew()) this.view.reopen();
    if (this.#recount.size === 0) return;
    const devices = [...this.#recount];
    this.#recount.clear();
    const missing = this.view.missing().length;
    for (const device of devices) this.view.recount(device);
    // What was dropped for an erasure that does not count after all may be on our own disk yet.
    if (this.view.missing().length > missing) this.#log?.refill();
    this.feeds.retry();
  }
}
