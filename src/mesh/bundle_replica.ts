import { TinmanError } from "../errors/mod.ts";
import { type Bundle, type BundleAbout, encodeBundle, type FeedHead } from "./bundle.ts";
import { datasetId } from "./dataset.ts";
import type { Feed } from "./feed.ts";
import { Feeds } from "./feeds.ts";
import type { Replica } from "./replica.ts";
import type { Run } from "./run.ts";
import { runsOf } from "./runs_of.ts";

/** Options of {@linkcode packBundle}. */
export interface PackOptions {
  /** What the reader has already. @default {nothing: all is packed} */
  readonly known?: readonly FeedHead[];
  /** Content of files to put into it, by hash. @default {none} */
  readonly blobs?: ReadonlyMap<string, Uint8Array>;
}

/** What became of the runs of a bundle. */
export interface UnpackReport {
  /** New events that count. */
  readonly applied: number;
  /** Runs that wait: their device is not let in here, or something is missing. */
  readonly waiting: number;
  /** The latest time that our clock does not believe, when some have to wait for it. */
  readonly futureMs?: number;
  /** Runs that break a rule here, such as those of a device that was removed. */
  readonly refused: readonly { readonly device: string; readonly reason: string }[];
}

/** How far each feed goes that others are given. */
export function frontierOf({ feeds }: Pick<Replica, "feeds">): FeedHead[] {
  return [...feeds.all()].flatMap((feed) => {
    const seq = feeds.endOf(feed);
    return seq < feed.base ? [] : [{ feed: feed.name, seq, check: feed.checkAt(seq)! }];
  });
}

/** Whether all of `heads` is in `feeds`. */
export function coversFrontier({ feeds }: Pick<Replica, "feeds">, heads: readonly FeedHead[]): boolean {
  return heads.every(({ feed, seq, check }) => {
    // A branch may have another name where its fork is not known.
    const branches = feeds.of(feed.slice(0, 64));
    return branches.some((branch) => branch.checkAt(seq) === check);
  });
}

/** All that this device has to tell, or what `known` does not have of it, as one file. */
export function packBundle(replica: Replica, { known = [], blobs = new Map() }: PackOptions = {}): Uint8Array {
  const { feeds, info, key, members } = replica;
  // Who let somebody in comes first, so that nothing has to wait where it is unpacked.
  const rank = new Map(members.list().flatMap(({ devices }, i) => devices.map(({ device }) => [device, i] as const)));
  const inOrder = [...feeds.all()].sort((a, b) =>
    (rank.get(a.device) ?? Infinity) - (rank.get(b.device) ?? Infinity) || a.base - b.base
  );
  const runs = inOrder.flatMap((feed) => [...runsOf(feed, { from: firstUnknown(feed, known), to: feeds.endOf(feed) })]);
  const about: BundleAbout = { info, by: key.device, wallMs: replica.nowMs(), frontier: frontierOf(replica) };
  return encodeBundle({ about, runs, blobs });
}

/**
 * Checks all of a bundle, then takes it in.
 *
 * @throws {TinmanError} `CONFIG` for another dataset, `INTEGRITY` when something in it is not what its device signed,
 * `UNAVAILABLE` when it begins behind what is here; nothing has changed then. `WRITE_FAILED`.
 */
export function unpackBundle(replica: Replica, { about, runs }: Bundle, path: string): UnpackReport {
  checkDataset(replica, about, path);
  verifyRuns(replica, runs, path);
  const before = eventsOf(replica);
  let left = runs;
  for (let progress = true; progress && left.length > 0;) {
    progress = false;
    const again: Run[] = [];
    const results = replica.ingest(...left);
    for (const [i, result] of results.entries()) {
      if (result.status === "applied") progress = true;
      else if (result.status !== "known") again.push(left[i]!);
    }
    left = again;
  }
  const results = replica.ingest(...left);
  const future = results.flatMap((result) => result.status === "future" ? [result.wallMs] : []);
  return {
    applied: eventsOf(replica) - before,
    waiting: results.filter(({ status }) => status === "waiting" || status === "apart").length,
    ...(future.length > 0 && { futureMs: Math.max(...future) }),
    refused: results.flatMap((result, i) =>
      result.status === "refused" ? [{ device: left[i]!.device, reason: result.reason }] : []
    ),
  };
}

/** Whether a bundle is of this dataset. */
export function isOfDataset(replica: Pick<Replica, "info">, about: BundleAbout): boolean {
  return datasetId(about.info).toHex() === datasetId(replica.info).toHex();
}

function checkDataset(replica: Replica, about: BundleAbout, path: string): void {
  if (isOfDataset(replica, about)) return;
  throw new TinmanError(
    "CONFIG",
    `Cannot unpack ${path}: it is of another dataset, ${JSON.stringify(about.info.name)}`,
    {
      path,
      hint: "name the folder of that dataset: --data DIR",
    },
  );
}

/** Chains and signatures of all, in feeds that are thrown away, so that a bundle counts as a whole or not at all. */
function verifyRuns(replica: Replica, runs: readonly Run[], path: string): void {
  const scratch = new Feeds({ dataset: datasetId(replica.info), nowMs: () => 0, accepts: () => true });
  const hanging = new Set(runs.filter(({ from }) => from > 1).map(({ device }) => device));
  for (const device of hanging) {
    const ours = [...replica.feeds.of(device)].sort((a, b) => a.base - b.base);
    for (const feed of ours) for (const run of runsOf(feed)) scratch.load(run);
  }
  for (const run of runs) {
    const result = scratch.ingest(run);
    if (result.status === "applied" || result.status === "known") continue;
    const who = `${run.device.slice(0, 8)}, event ${run.from}`;
    if (result.status === "refused") {
      throw new TinmanError(
        "INTEGRITY",
        `Cannot unpack ${path}: a part of it (${who}) is not right: ${result.reason}`,
        {
          path,
          hint: "nothing of it was used; have it packed again",
        },
      );
    }
    throw new TinmanError("UNAVAILABLE", `Cannot unpack ${path}: what comes before a part of it (${who}) is not here`, {
      what: "events before those in the bundle",
      hint: "it was packed for another peer; have all packed: `tinman mesh pack FILE` without --for",
    });
  }
}

function eventsOf({ feeds }: Replica): number {
  return [...feeds.all()].reduce((sum, { last, base }) => sum + last - base + 1, 0);
}

function firstUnknown(feed: Feed, known: readonly FeedHead[]): number {
  const seqs = known.filter(({ feed: name, seq, check }) =>
    name.startsWith(feed.device) && seq >= feed.base && feed.checkAt(seq) === check
  );
  return Math.max(feed.base, ...seqs.map(({ seq }) => seq + 1));
}
