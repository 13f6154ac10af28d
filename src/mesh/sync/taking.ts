import { isTinmanError } from "../../errors/mod.ts";
import type { Feeds } from "../feeds.ts";
import type { IngestResult, Run } from "../run.ts";
import { decodeRuns, MissingContext } from "../wire/mod.ts";
import type { Common } from "./common.ts";
import type { Message } from "./messages.ts";
import type { PeerView } from "./peer_view.ts";
import { refuse, within } from "./refuse.ts";
import type { SnapshotParts } from "./snapshot_parts.ts";

/** What {@linkcode Taking} needs of a contact. */
export interface TakingOptions {
  readonly view: PeerView;
  readonly common: Common;
  readonly parts: SnapshotParts;
  /** See `SyncSessionOptions.takeSnapshot`. */
  readonly takeSnapshot: ((bytes: Uint8Array) => void) | undefined;
  /** What comes cannot be used: the other has to begin again, in the form that needs nothing. */
  reset(why: "context" | "apart"): void;
}

/** What the other sends comes into the feeds. */
export class Taking {
  /** Events that came, and those of them that were new. */
  readonly counts = { receivedEvents: 0, appliedEvents: 0 };
  /** Runs that were not taken, by rule. */
  readonly refused: Record<string, number> = {};
  readonly #feeds: Feeds;
  readonly #options: TakingOptions;

  constructor(feeds: Feeds, options: TakingOptions) {
    [this.#feeds, this.#options] = [feeds, options];
  }

  /** Takes runs. @throws {TinmanError} `PROTOCOL`, and what keeping events throws. */
  readDelta({ bytes, hasContext }: Message & { readonly type: "delta" }): void {
    const { common, reset } = this.#options;
    let runs: Run[];
    try {
      const context = hasContext ? common.context("in") : undefined;
      runs = decodeRuns(bytes, { context, maxEvents: 65_536, maxBytes: 96 * 1024 * 1024 });
    } catch (error) {
      // Somebody else may have erased here what the other counts on: then it has to say everything.
      if (!(error instanceof Error && error.cause instanceof MissingContext)) throw error;
      return reset("context");
    }
    let isApart = false;
    for (const run of runs) if (this.#ingest(run) === "apart") isApart = true;
    if (isApart) reset("apart");
  }

  /** Takes a part of a snapshot, and the snapshot with its last. @throws {TinmanError} `PROTOCOL` */
  readSnapshot(part: Message & { readonly type: "snapshot" }): void {
    const { parts, takeSnapshot } = this.#options;
    const bytes = parts.take(part);
    if (bytes === undefined) return;
    try {
      takeSnapshot?.(bytes);
    } catch (error) {
      if (!isTinmanError(error, "CONFIG")) throw error;
      this.#refuse("V9");
    }
  }

  #ingest(run: Run): IngestResult["status"] {
    const { device, from, events } = run;
    this.counts.receivedEvents += events.length;
    const result = this.#feeds.ingest(run);
    if (result.status === "applied") {
      this.counts.appliedEvents += result.count;
      const seq = from + events.length - 1;
      // What waited for it may have forked the feed at once, so its name says nothing any more.
      const prefix = this.#feeds.of(device).find((feed) => feed.at(seq) === events.at(-1))?.idAt(seq);
      if (prefix !== undefined) this.#options.view.has(device, { seq, prefix });
    }
    if (result.status === "refused") {
      this.#refuse(result.rule);
      // Who has checked them as we do never has such events.
      if (/^[EK]/.test(result.rule)) within("a run", () => refuse(`${result.reason} (${result.rule})`));
    }
    return result.status;
  }

  #refuse(rule: string): void {
    this.refused[rule] = (this.refused[rule] ?? 0) + 1;
  }
}
