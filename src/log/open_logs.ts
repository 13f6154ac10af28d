import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Finding } from "./finding.ts";
import { holdsRecording, isMcapFile, listRecordings } from "./folders.ts";
import { type Manifest, MANIFEST_NAME, type ManifestChannel, readManifest } from "./manifest.ts";
import { channelOfFile, LOG_SUFFIX } from "./names.ts";
import { LogReader, type LogReaderOptions } from "./reader.ts";

/** One channel of a recording and its log. */
export interface OpenLog {
  /** What is known of it besides its log. */
  readonly entry: ManifestChannel;
  /** Its log, open. */
  readonly log: LogReader;
}

/** All that a folder holds. */
export interface OpenLogs {
  /** What recording.json says, or what could be put together without it. */
  readonly manifest: Manifest;
  /** The channels by name. */
  readonly logs: readonly OpenLog[];
  /** What is not as it should be. */
  readonly problems: readonly Finding[];
}

/** The folder of the recording that is meant by `folder`: itself, or the newest one directly below it. */
export function findRecording(files: Files, folder: string): string {
  const path = folder.length > 1 ? folder.replace(/\/+$/, "") : folder;
  const found = files.stat(path);
  if (found === undefined) throw missing(path, "there is no such folder");
  if (isMcapFile(files, path)) return path;
  if (found.kind === "file") throw foreign(path, "it is a file, and does not end in .mcap");
  if (holdsRecording(files, path)) return path;
  const newest = listRecordings(files, path).at(-1);
  if (newest !== undefined) return newest.folder;
  throw files.list(path).length === 0 ? missing(path, "the folder is empty") : foreign(path, "no recording is in it");
}

/** Opens all logs of the recording in exactly this folder. Whoever calls closes them. */
export function openLogs(files: Files, folder: string, options: LogReaderOptions = {}): OpenLogs {
  const found = readManifest(files, folder);
  const names = files.list(folder).filter((name) => name.endsWith(LOG_SUFFIX));
  if ("problem" in found && (found.foreign || names.length === 0)) {
    throw foreign(folder, `${MANIFEST_NAME} cannot be used: ${found.problem}`);
  }
  const problems: Finding[] = [];
  const logs = new Map<string, OpenLog>();
  try {
    if ("problem" in found) {
      const message = `${MANIFEST_NAME} cannot be used (${found.problem}): the channels were taken from their files`;
      problems.push({ severity: "warning", message, fix: RECOVER });
    } else {
      if (found.damage !== undefined) {
        const message = `${MANIFEST_NAME} is not what was written: ${found.damage}`;
        problems.push({ severity: "error", message, fix: "compare it with a copy; what it says may be wrong" });
      }
      if (!found.manifest.clean) {
        problems.push({ severity: "warning", message: "the recording was not ended in good order", fix: RECOVER });
      }
      openListed(files, { folder, manifest: found.manifest, names, options, logs, problems });
    }
    openOthers(files, { folder, names, options, logs });
    const listed = "manifest" in found ? found.manifest.channels : undefined;
    for (const { entry, log } of logs.values()) problems.push(...problemsOf(entry, log, listed));
  } catch (error) {
    for (const { log } of logs.values()) log.close();
    throw error;
  }
  const sorted = [...logs.values()].sort((a, b) => a.entry.name < b.entry.name ? -1 : 1);
  const rebuilt = rebuildManifest(folder, sorted);
  if ("problem" in found) return { manifest: rebuilt, logs: sorted, problems };
  const manifest = found.damage === undefined ? found.manifest : distrust(found.manifest, rebuilt);
  return { manifest, logs: sorted, problems };
}

/** What is left of a manifest that was changed. A wrong time of start or end would make a replay last for centuries. */
function distrust({ endedNs: _, ...manifest }: Manifest, { startedNs }: Manifest): Manifest {
  return { ...manifest, startedNs, clean: false };
}

interface Opening {
  readonly folder: string;
  readonly names: readonly string[];
  readonly options: LogReaderOptions;
  readonly logs: Map<string, OpenLog>;
}

function openListed(files: Files, opening: Opening & { manifest: Manifest; problems: Finding[] }): void {
  const { folder, manifest, names, options, logs, problems } = opening;
  for (const entry of manifest.channels) {
    if (logs.has(entry.name) || isOpen(logs, entry.file)) continue;
    if (!names.includes(entry.file)) {
      const message = `its file ${entry.file} is missing`;
      problems.push({ severity: "error", channel: entry.name, message, fix: "bring the file back from a copy" });
      continue;
    }
    // Only a file that nobody writes to any more may be mapped: a shorter one would end this process.
    const known = { map: manifest.clean, channel: entry.name, header: headerBytes(entry) };
    logs.set(entry.name, { entry, log: new LogReader(files, `${folder}/${entry.file}`, { ...options, ...known }) });
  }
}

/** Logs that recording.json does not name: all of a foreign folder, and those begun just before a crash. */
function openOthers(files: Files, { folder, names, options, logs }: Opening): void {
  for (const file of names) {
    if (isOpen(logs, file)) continue;
    const log = new LogReader(files, `${folder}/${file}`, options);
    const ours = log.header?.channel ?? channelOfFile(file, log.format);
    const name = logs.has(ours) ? `${ours} (${file})` : ours;
    log.channel = name;
    logs.set(name, { entry: { name, file, ...(log.header?.latched && { latched: true }) }, log });
  }
}

function isOpen(logs: ReadonlyMap<string, OpenLog>, file: string): boolean {
  for (const { entry } of logs.values()) if (entry.file === file) return true;
  return false;
}

function problemsOf(entry: ManifestChannel, log: LogReader, listed: readonly ManifestChannel[] | undefined): Finding[] {
  const { name: channel, file, frames } = entry;
  const { cutBytes, problem } = log.tail;
  const found: Finding[] = [];
  const add = (severity: Finding["severity"], message: string) =>
    found.push({ severity, channel, message, fix: RECOVER });
  if (listed !== undefined && !listed.some((each) => each.file === file)) {
    add("warning", `it is not in ${MANIFEST_NAME} and was taken from its file ${file}`);
  }
  if (cutBytes > 0) {
    const message = `the last ${cutBytes} bytes are left out: behind ${log.frames} whole frames its file ${problem}`;
    found.push({ severity: "warning", channel, at: log.bytes, message, fix: RECOVER });
  }
  if (frames !== undefined && log.frames !== frames) {
    add(log.frames < frames ? "error" : "warning", `${frames} frames were written, ${log.frames} are there`);
  }
  return found;
}

const RECOVER = "tinman log recover writes what is whole to a new recording";

function rebuildManifest(folder: string, logs: readonly OpenLog[]): Manifest {
  const times = logs.flatMap(({ log }) => log.firstNs ?? []);
  const startedNs = times.reduce((first, time) => time < first ? time : first, times[0] ?? 0n);
  const id = folder.split("/").at(-1)!;
  return { tinman: 1, id, startedNs, clean: false, channels: logs.map(({ entry }) => entry) };
}

function headerBytes({ header }: ManifestChannel): Uint8Array | undefined {
  try {
    return header === undefined ? undefined : Uint8Array.fromBase64(header);
  } catch {
    return undefined;
  }
}

function missing(folder: string, problem: string): TinmanError<"NOT_FOUND"> {
  return new TinmanError("NOT_FOUND", `Cannot open a recording in ${folder}: ${problem}`, {
    kind: "recording",
    id: folder,
    hint: "tinman log list shows the recordings below a folder",
  });
}

function foreign(folder: string, problem: string): TinmanError<"FOREIGN_LOG"> {
  return new TinmanError("FOREIGN_LOG", `Cannot open a recording in ${folder}: ${problem}`, {
    path: folder,
    hint:
      "a recording is a folder with recording.json and .blog files, an MCAP file, or one below the folder that is named",
  });
}
