import { isTinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { isBase, openBase } from "./base.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import { type Damage, feedLogBytes, type FeedLogContents, scanFeedLog } from "./feed_log.ts";
import { Feeds } from "./feeds.ts";
import { type FolderMachine, readFolder, readOwn, writeOwn } from "./folder.ts";
import type { Run } from "./run.ts";
import { decodeRun } from "./wire/mod.ts";

/** What {@linkcode verifyFolder} found. */
export interface VerifyReport {
  /** The folder. */
  readonly path: string;
  /** How long the log is. */
  readonly bytes: number;
  readonly events: number;
  readonly feeds: number;
  /** Runs with a signature that holds. */
  readonly runs: number;
  /** Bytes behind the last whole entry: a write that was cut off, and promised to nobody. */
  readonly cutOff: number;
  /** What is wrong, in words; empty when all is as its devices have signed it. */
  readonly problems: readonly string[];
}

/** What {@linkcode repairFolder} did. */
export interface RepairReport extends VerifyReport {
  /** Where what was there before is kept; undefined when nothing had to be done. */
  readonly saved?: string;
  /** Bytes that are not in the new log. */
  readonly dropped: number;
  /** Events of this very device that are missing now: it writes again when a peer has given them back. */
  readonly ownMissing: number;
}

const MAX_BYTES = 2 ** 31 - 1;

/** Reads all of the log in a folder and checks each checksum, chain and signature. Changes nothing. */
export function verifyFolder(path: string, machine: Pick<FolderMachine, "files" | "passphrase">): VerifyReport {
  return check(path, machine).report;
}

/**
 * Writes the log anew from what is whole in it, when something is not; the old one is kept beside it. What is left out
 * comes back from any peer that has it. @throws {TinmanError} `UNAVAILABLE` while another process has the folder.
 */
export function repairFolder(
  path: string,
  machine: Pick<FolderMachine, "files" | "lock" | "passphrase">,
): RepairReport {
  const { files } = machine;
  using _lock = machine.lock(path);
  const { report, bytes, good, own } = check(path, machine);
  if (report.problems.length === 0 && report.cutOff === 0) {
    return { ...report, dropped: 0, ownMissing: Math.max(readOwn(path, files) - own.whole, 0) };
  }
  const saved = freeName(`${path}/feeds.log.damaged`, files);
  files.replace(saved, bytes);
  const whole = feedLogBytes(good);
  files.replace(`${path}/feeds.log`, whole);
  const known = Math.max(own.known, readOwn(path, files));
  if (known > own.whole) writeOwn(path, files, known);
  return { ...report, saved, dropped: bytes.length - whole.length, ownMissing: Math.max(known - own.whole, 0) };
}

function check(path: string, machine: Pick<FolderMachine, "files" | "passphrase">) {
  const { files } = machine;
  const { info, key: { device }, vault } = readFolder(path, machine);
  const bytes = readFile(files, `${path}/feeds.log`, MAX_BYTES) ?? new Uint8Array();
  const problems: string[] = [];
  const { entries, damage, end } = scan(bytes, path, problems);
  problems.push(...damage.map(({ at, bytes: length }: Damage) => `${length} bytes at ${at} are damaged`));
  const feeds = new Feeds({ dataset: datasetId(info), nowMs: () => 0, accepts: () => true });
  const good: Uint8Array[] = [];
  let known = 0;
  for (const [i, entry] of entries.entries()) {
    const plain = vault === undefined ? entry : vault.open(entry);
    const isFirst = i === 0 && plain !== undefined && isBase(plain);
    const { run, problem } = isFirst ? begin(feeds, plain, info) : take(feeds, plain);
    if (problem === undefined) good.push(entry);
    else problems.push(`entry ${i + 1}: ${problem}`);
    if (run?.device === device) known = Math.max(known, run.from + run.events.length - 1);
  }
  const all = [...feeds.all()];
  const report: VerifyReport = {
    path,
    bytes: bytes.length,
    events: all.reduce((sum, { last, base }) => sum + last - base + 1, 0),
    feeds: all.length,
    runs: good.length,
    cutOff: bytes.length - end,
    problems,
  };
  // What is damaged in the middle was written before what is whole behind it.
  return { report, bytes, good, own: { whole: feeds.get(device)?.last ?? 0, known } };
}

function scan(bytes: Uint8Array, path: string, problems: string[]): FeedLogContents {
  try {
    return scanFeedLog(bytes, path);
  } catch (error) {
    if (!isTinmanError(error, "FOREIGN_LOG")) throw error;
    problems.push("it does not begin as a log of a mesh does");
    return { entries: [], damage: [], end: bytes.length };
  }
}

/** A log that was compacted begins with a snapshot. */
function begin(feeds: Feeds, entry: Uint8Array, info: DatasetInfo): { readonly run?: Run; readonly problem?: string } {
  try {
    feeds.begin(openBase(entry, info).snapshot.frontier);
    return {};
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    return { problem: error.message };
  }
}

function take(feeds: Feeds, entry: Uint8Array | undefined): { readonly run?: Run; readonly problem?: string } {
  if (entry === undefined) return { problem: "it was encrypted with another key" };
  let run: Run;
  try {
    run = decodeRun(entry);
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    return { problem: error.message };
  }
  const result = feeds.ingest(run);
  if (result.status === "applied" || result.status === "known") return { run };
  return { run, problem: result.status === "refused" ? result.reason : "what comes before it in its feed is missing" };
}

function freeName(path: string, files: Files): string {
  for (let i = 1;; i++) if (files.stat(`${path}-${i}`) === undefined) return `${path}-${i}`;
}
