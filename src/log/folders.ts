import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { MANIFEST_NAME, readManifest } from "./manifest.ts";
import { McapSource } from "./mcap_source.ts";
import { escapeName, LOG_SUFFIX } from "./names.ts";
import type { PartOf } from "./parts.ts";

/** One recording among others, as it tells without a look at the frames. */
export interface RecordingSummary {
  /** Where it is. */
  readonly folder: string;
  /** The name of the folder, or of the file. */
  readonly name: string;
  /** Its id; undefined when what it says of itself cannot be used. */
  readonly id: string | undefined;
  /** When it was begun; undefined when nobody wrote it down. */
  readonly startedNs: bigint | undefined;
  /** When it was ended. */
  readonly endedNs: bigint | undefined;
  /** Whether it was ended in good order. */
  readonly clean: boolean;
  /** Which part of a run it is, if that was recorded in several. */
  readonly part?: PartOf;
  /** How many channels it has, reserved ones not counted. */
  readonly channels: number;
  /** Frames in these channels, if the recording was ended. */
  readonly frames: number | undefined;
}

/** Whether a folder holds a recording, ours or one of the Python original. */
export function holdsRecording(files: Files, folder: string): boolean {
  return files.list(folder).some((name) => name === MANIFEST_NAME || name.endsWith(LOG_SUFFIX));
}

/** The ending of a recording that is one MCAP file. */
export const MCAP_SUFFIX = ".mcap";

/** The recordings directly below `folder`, newest last; those that say no time come first, by name. */
export function listRecordings(files: Files, folder: string): RecordingSummary[] {
  const found = files.list(folder).flatMap((name) => recordingAt(files, `${folder}/${name}`, name) ?? []);
  return found.sort((a, b) => {
    const [left, right] = [a.startedNs ?? -1n, b.startedNs ?? -1n];
    return left === right ? compareNames(a.name, b.name) : left < right ? -1 : 1;
  });
}

/** The recording at exactly this path, if there is one. */
export function recordingAt(files: Files, path: string, name: string = path): RecordingSummary | undefined {
  if (isMcapFile(files, path)) return summarizeMcap(files, path, name);
  return holdsRecording(files, path) ? summarize(files, path, name) : undefined;
}

/**
 * A place for one more recording: below `parent`, named after the time (UTC) such as `2026-11-20T23-59-59Z`, or `name`;
 * `parent` itself when it ends in `.mcap` and is no folder. With `-2`, `-3` … when that is taken, in front of `.mcap`.
 * It is not made yet.
 */
export function newRecordingFolder(
  files: Files,
  parent: string,
  options: { readonly nowNs: bigint; readonly name?: string },
): string {
  const { nowNs, name } = options;
  const isFile = name === undefined && isMcapPath(parent) && files.stat(parent)?.kind !== "folder";
  const first = isFile ? parent : `${parent}/${escapeName(name ?? timeName(nowNs))}`;
  let path = first;
  for (let n = 2; files.stat(path) !== undefined; n++) path = numberedPlace(first, n);
  return path;
}

/** The same place with a number, in front of `.mcap`. */
export function numberedPlace(path: string, n: number): string {
  const suffix = isMcapPath(path) ? path.slice(-MCAP_SUFFIX.length) : "";
  return `${path.slice(0, path.length - suffix.length)}-${n}${suffix}`;
}

function timeName(nowNs: bigint): string {
  return new Date(Number(nowNs / 1_000_000n)).toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-");
}

// With numbers in names as numbers: the tenth recording of a second comes after its second one.
function compareNames(a: string, b: string): number {
  return a.length === b.length || !/-\d+$/.test(a + b) ? (a < b ? -1 : 1) : a.length - b.length;
}

function summarize(files: Files, folder: string, name: string): RecordingSummary {
  const found = readManifest(files, folder);
  if ("problem" in found) {
    const channels = files.list(folder).filter((file) => file.endsWith(LOG_SUFFIX) && !/^(%7E|~)/.test(file)).length;
    return {
      folder,
      name,
      id: undefined,
      startedNs: undefined,
      endedNs: undefined,
      clean: false,
      channels,
      frames: undefined,
    };
  }
  const { id, startedNs, endedNs, clean, part, channels } = found.manifest;
  const shown = channels.filter((channel) => !isReserved(channel.name));
  const frames = endedNs === undefined ? undefined : shown.reduce((sum, channel) => sum + (channel.frames ?? 0), 0);
  return { folder, name, id, startedNs, endedNs, clean, ...(part && { part }), channels: shown.length, frames };
}

function summarizeMcap(files: Files, folder: string, name: string): RecordingSummary {
  try {
    const source = new McapSource(files, folder, {});
    source.close();
    const { manifest: { id, startedNs, endedNs, clean, part }, topics } = source;
    const shown = topics.filter((topic) => !isReserved(topic.name));
    const frames = endedNs === undefined ? undefined : shown.reduce((sum, topic) => sum + topic.frames, 0);
    return { folder, name, id, startedNs, endedNs, clean, ...(part && { part }), channels: shown.length, frames };
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    const [id, startedNs, endedNs, frames] = [undefined, undefined, undefined, undefined];
    return { folder, name, id, startedNs, endedNs, clean: false, channels: 0, frames };
  }
}

/** Whether a channel is tinman's own: hidden unless it is asked for. */
export function isReserved(channel: string): boolean {
  return channel.startsWith("~");
}

/** Whether a recording at this path is one MCAP file: the ending says so. */
export function isMcapPath(path: string): boolean {
  return path.toLowerCase().endsWith(MCAP_SUFFIX);
}

/** Whether there is a file at this path that ends in `.mcap`. */
export function isMcapFile(files: Files, path: string): boolean {
  return isMcapPath(path) && files.stat(path)?.kind === "file";
}
