import { TinmanError } from "../errors/mod.ts";
import { type Bundle, type BundleAbout, encodeBundle, type FeedHead } from "./bundle.ts";
import { type Base, openBase } from "./base.ts";
import { datasetId } from "./dataset.ts";
import type { Feed } from "./feed.ts";
import { Feeds } from "./feeds.ts";
import { isBehind, runsBehind } from "./rebase.ts";
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
    // What is before a snapshot is in that.
    return branches.some((branch) => branch.checkAt(seq) === check || isBefore(seq, branch));
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
  const { base } = replica;
  const isKnown = [...feeds.all()].every((feed) =>
    feed.base === 1 || feed.parent !== undefined || knownOf(feed, known).length > 0
  );
  return encodeBundle({ about, runs, blobs, ...(base && !isKnown && { base }) });
}

/**
 * Checks all of a bundle, then takes it in.
 *
 * @throws {TinmanError} `CONFIG` for another dataset, `INTEGRITY` when something in it is not what its device signed,
 * `UNAVAILABLE` when it begins behind what is here; nothing has changed then. `WRITE_FAILED`.
 */
export function unpackBundle(replica: Replica, bundle: Bundle, path: string): UnpackReport {
  checkDataset(replica, bundle.about, path);
  const base = bundle.base && openBase(bundle.base, replica.info);
  const isNeeded = base !== undefined && isBehind(replica.feeds, base.snapshot);
  const runs = isNeeded ? bundle.runs : runsFromHere(replica, bundle.runs, base);
  verifyRuns(replica, { runs, path, base: isNeeded ? base : undefined });
  const before = eventsOf(replica);
  if (isNeeded) replica.adopt(base.bytes);
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
function verifyRuns(
  replica: Replica,
  { runs, path, base }: { readonly runs: readonly Run[]; readonly path: string; readonly base: Base | undefined },
): void {
  const scratch = new Feeds({ dataset: datasetId(replica.info), nowMs: () => 0, accepts: () => true });
  const hanging = new Set(runs.filter(({ from }) => from > 1).map(({ device }) => device));
  const cut = [...replica.feeds.all()].filter(({ base, parent }) => base > 1 && parent === undefined);
  scratch.begin(base?.snapshot.frontier ?? cut.map((feed) => [feed.device, startOf(feed)] as const));
  const inOrder = [...replica.feeds.all()].sort((a, b) => a.base - b.base);
  const ours = base === undefined
    ? inOrder.filter(({ device }) => hanging.has(device)).flatMap((feed) => [...runsOf(feed)])
    : runsBehind(replica.feeds, base.snapshot);
  for (const run of ours) if (hanging.has(run.device)) scratch.load(run);
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
  // Those in a snapshot are here, too.
  return [...feeds.all()].reduce(
    (sum, { last, base, parent }) => sum + last - (parent === undefined ? 0 : base - 1),
    0,
  );
}

function firstUnknown(feed: Feed, known: readonly FeedHead[]): number {
  return Math.max(feed.base, ...knownOf(feed, known).map(({ seq }) => seq + 1));
}

/** Places of a feed that the reader has; what is before a snapshot is none. */
function knownOf(feed: Feed, known: readonly FeedHead[]): FeedHead[] {
  return known.filter(({ feed: name, seq, check }) =>
    name.startsWith(feed.device) && seq >= feed.base - 1 && seq > 0 && feed.checkAt(seq) === check
  );
}

/** Runs that begin before our snapshot does end: what is behind that, when they are what it is of. */
function runsFromHere({ feeds }: Replica, runs: readonly Run[], base: Base | undefined): readonly Run[] {
  const starts = new Map(
    [...feeds.all()].filter((feed) => feed.parent === undefined && feed.base > 1).map((feed) => [feed.device, feed]),
  );
  const early = new Set(
    runs.filter(({ device, from }) => from < (starts.get(device)?.base ?? 1)).map(({ device }) => device),
  );
  if (early.size === 0) return runs;
  const whole = new Feeds({ dataset: feeds.dataset, nowMs: () => 0, accepts: () => true });
  if (base !== undefined) whole.begin(base.snapshot.frontier);
  for (const run of runs) if (early.has(run.device)) whole.ingest(run);
  const tails = [...early].flatMap((device) => {
    const { base: from } = starts.get(device)!;
    const check = starts.get(device)!.checkAt(from - 1);
    const same = whole.of(device).find((feed) => feed.parent === undefined && feed.checkAt(from - 1) === check);
    // What cannot be compared stays as it is, and so does not count.
    return same === undefined ? runs.filter((run) => run.device === device) : [...runsOf(same, { from })];
  });
  return [...runs.filter(({ device }) => !early.has(device)), ...tails];
}

/** Where a feed begins behind a snapshot. */
function startOf(feed: Feed): { readonly seq: number; readonly id: Uint8Array } {
  const seq = feed.base - 1;
  return { seq, id: feed.idAt(seq)! };
}

function isBefore(seq: number, { base, parent }: Feed): boolean {
  return parent === undefined && seq < base - 1;
}
