import type { Files } from "../files/mod.ts";
import { MANIFEST_NAME, readManifest } from "./manifest.ts";
import { escapeName, LOG_SUFFIX } from "./names.ts";

/** One recording among others, as its `recording.json` tells without a look at the frames. */
export interface RecordingSummary {
  /** Where it is. */
  readonly folder: string;
  /** The name of the folder. */
  readonly name: string;
  /** Its id; undefined when recording.json cannot be used. */
  readonly id: string | undefined;
  /** When it was begun; undefined when nobody wrote it down. */
  readonly startedNs: bigint | undefined;
  /** When it was ended. */
  readonly endedNs: bigint | undefined;
  /** Whether it was ended in good order. */
  readonly clean: boolean;
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
  const folders = files.list(folder).filter((name) => holdsRecording(files, `${folder}/${name}`));
  return folders.map((name) => summarize(files, `${folder}/${name}`, name)).sort((a, b) => {
    const [left, right] = [a.startedNs ?? -1n, b.startedNs ?? -1n];
    return left === right ? compareNames(a.name, b.name) : left < right ? -1 : 1;
  });
}

/**
 * A folder for one more recording below `parent`, named after the time (UTC) such as `2026-11-20T23-59-59Z`, or `name`;
 * with `-2`, `-3` … when that is taken. It is not made yet.
 */
export function newRecordingFolder(
  files: Files,
  parent: string,
  options: { readonly nowNs: bigint; readonly name?: string },
): string {
  const { nowNs, name = timeName(nowNs) } = options;
  const first = `${parent}/${escapeName(name)}`;
  let folder = first;
  for (let n = 2; files.stat(folder) !== undefined; n++) folder = `${first}-${n}`;
  return folder;
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
  const { id, startedNs, endedNs, clean, channels } = found.manifest;
  const shown = channels.filter((channel) => !isReserved(channel.name));
  const frames = endedNs === undefined ? undefined : shown.reduce((sum, channel) => sum + (channel.frames ?? 0), 0);
  return { folder, name, id, startedNs, endedNs, clean, channels: shown.length, frames };
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
