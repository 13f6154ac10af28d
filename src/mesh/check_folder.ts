import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, readFile } from "../files/mod.ts";
import { type BlobsReport, checkBlobs, type DamagedBlob, freeName, setAside } from "./attachments/mod.ts";
import { isBase, openBase } from "./base.ts";
import { datasetId, type DatasetInfo } from "./dataset.ts";
import { type Damage, feedLogBytes, type FeedLogContents, scanFeedLog } from "./feed_log.ts";
import { Feeds } from "./feeds.ts";
import { type FolderMachine, readFolder, readOwn, writeOwn } from "./folder_files.ts";
import { Replica } from "./replica.ts";
import { ownInDamaged } from "./replica_log.ts";
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
  /** What is wrong, in words; empty when all is as its devices have signed it, and files as they were attached. */
  readonly problems: readonly string[];
  /** What is attached; undefined where what is left of the log cannot be opened, which is a problem of its own. */
  readonly files?: BlobsReport | undefined;
}

/** What {@linkcode repairFolder} did. */
export interface RepairReport extends VerifyReport {
  /** Where what was there before is kept; undefined when nothing had to be done. */
  readonly saved?: string;
  /** Bytes that are not in the new log. */
  readonly dropped: number;
  /** Events of this very device that are missing now: it writes again when a peer has given them back. */
  readonly ownMissing: number;
  /** Where files of attachments are now that are not what was attached, so that they can come again. */
  readonly aside: readonly string[];
  /** How many problems are left: files that could not be read, or that were not looked at. */
  readonly left: number;
}

const MAX_BYTES = 2 ** 31 - 1;
type Reader = Pick<FolderMachine, "files" | "passphrase" | "clock">;

/**
 * Reads all of the log in a folder and checks each checksum, chain and signature, and reads each file of an attachment
 * and compares it with its name. Changes nothing, and another process may have the folder.
 *
 * @throws {TinmanError} `NOT_FOUND`, `CONFIG`; `DENIED` without the passphrase of one that is encrypted.
 */
export function verifyFolder(path: string, machine: Reader): VerifyReport {
  return check(path, machine).report;
}

/**
 * Writes the log anew from what is whole in it, when something is not; the old one is kept beside it. Files of
 * attachments that are damaged are moved beside where they were. What is left out comes back from any peer that has it.
 *
 * @throws {TinmanError} `UNAVAILABLE` while another process has the folder, `WRITE_FAILED`
 */
export function repairFolder(path: string, machine: Reader & Pick<FolderMachine, "lock">): RepairReport {
  using _lock = machine.lock(path);
  const checked = check(path, machine);
  const log = repairLog(path, machine, checked);
  const damaged = checked.report.files?.damaged ?? [];
  const aside = damaged.filter(({ unread }) => unread === undefined).map((each) => setAside(machine.files, each.path));
  const left = checked.report.files === undefined ? 1 : damaged.length - aside.length;
  return { ...checked.report, ...log, aside, left };
}

function repairLog(
  path: string,
  { files }: Reader,
  { report, bytes, good, own, isWhole }: ReturnType<typeof check>,
): Pick<RepairReport, "saved" | "dropped" | "ownMissing"> {
  if (isWhole && report.cutOff === 0) {
    return { dropped: 0, ownMissing: Math.max(readOwn(path, files) - own.whole, 0) };
  }
  const saved = freeName(`${path}/feeds.log.damaged`, files);
  files.replace(saved, bytes);
  const whole = feedLogBytes(good);
  files.replace(`${path}/feeds.log`, whole);
  const known = Math.max(own.known, readOwn(path, files));
  if (known > own.whole) writeOwn(path, files, known);
  return { saved, dropped: bytes.length - whole.length, ownMissing: Math.max(known - own.whole, 0) };
}

function check(path: string, machine: Reader) {
  const { files } = machine;
  const { info, key, vault } = readFolder(path, machine);
  const { device } = key;
  const bytes = readFile(files, `${path}/feeds.log`, MAX_BYTES) ?? new Uint8Array();
  const problems: string[] = [];
  const { entries, damage, end, isTorn } = scan(bytes, path, problems);
  problems.push(...damage.map(({ at, bytes: length }: Damage) => `${length} bytes at ${at} are damaged`));
  if (!isTorn) problems.push(`${bytes.length - end} bytes at ${end}, the last that were written, are damaged`);
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
  if (!isTorn) known = Math.max(known, ownInDamaged(bytes.subarray(end), { vault, feeds, device }));
  const isWhole = problems.length === 0;
  const blobs = checkFiles({ path, machine, info, key, vault }, { good, problems });
  const all = [...feeds.all()];
  const report: VerifyReport = {
    path,
    bytes: bytes.length,
    events: all.reduce((sum, { last, base }) => sum + last - base + 1, 0),
    feeds: all.length,
    runs: good.length,
    cutOff: isTorn ? bytes.length - end : 0,
    problems,
    files: blobs,
  };
  // What is damaged in the middle was written before what is whole behind it.
  return { report, bytes, good, isWhole, own: { whole: feeds.get(device)?.last ?? 0, known } };
}

/** Who has what is known from the log as it will be opened: a copy in memory, for another process may have the folder. */
function checkFiles(
  { path, machine: { files, clock }, info, key, vault }: ReturnType<typeof readFolder> & {
    readonly path: string;
    readonly machine: Reader;
  },
  { good, problems }: { readonly good: readonly Uint8Array[]; readonly problems: string[] },
): BlobsReport | undefined {
  const copy = createMemoryFiles();
  copy.makeFolder(path);
  copy.replace(`${path}/feeds.log`, feedLogBytes(good));
  try {
    const folder = { files: copy, path, ...(vault && { vault }) };
    using replica = new Replica({ info, key, clock, folder, sync: "never" });
    const report = checkBlobs(replica, { files, path: `${path}/blobs`, vault });
    problems.push(...report.damaged.map(describeDamage));
    return report;
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    problems.push(`files of attachments were not checked: ${error.message}`);
    return undefined;
  }
}

function scan(bytes: Uint8Array, path: string, problems: string[]): FeedLogContents {
  try {
    return scanFeedLog(bytes, path);
  } catch (error) {
    if (!isTinmanError(error, "FOREIGN_LOG")) throw error;
    problems.push("it does not begin as a log of a mesh does");
    // What stands behind the beginning may still be whole.
    const mended = bytes.slice();
    mended.set(feedLogBytes([]).subarray(0, bytes.length));
    const { entries, damage } = scanFeedLog(mended, path);
    return { entries, damage, end: bytes.length, isTorn: true };
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

function describeDamage({ path, name, unread }: DamagedBlob): string {
  const what = name === undefined ? "" : ` (${name})`;
  return unread ?? `${path}${what} is not what was attached`;
}
