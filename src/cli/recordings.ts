import { basename, dirname, join } from "node:path";
import { closest, didYouMean, TinmanError } from "../errors/mod.ts";
import { type ChannelInfo, listRecordings, openRecording, openRecordingWith, type Recording } from "../log/mod.ts";
import { matchesAny } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { registryFor } from "./plugin_codecs.ts";
import { resolveTime, type TimeSpec } from "./time.ts";

/** The folder under which runs record when no other is named. */
export const RECORDINGS = "recordings";

/** What the help says about the argument RECORDING. */
export const recordingArgument = {
  name: "RECORDING",
  summary: "a recording, an .mcap file, a folder with recordings (the newest), or: latest (the newest in ./recordings)",
  completes: "folder",
} as const;

/**
 * The folder that RECORDING means: one that is there, one of that name in ./recordings, or `latest`.
 *
 * @throws {TinmanError} `NOT_FOUND`, with the name that was probably meant.
 */
export function findRecordingFolder(text: string, { io, path }: Pick<Context, "io" | "path">): string {
  const folder = path(text);
  if (io.files.stat(folder) !== undefined) return folder;
  const parent = path(RECORDINGS);
  const recorded = listRecordings(io.files, parent);
  if (text === "latest") {
    const newest = recorded.at(-1);
    if (newest !== undefined) return newest.folder;
    throw new TinmanError("NOT_FOUND", `Cannot find the latest recording: there is none in ${parent}`, {
      kind: "recording",
      id: text,
      hint: "tinman run FILE --record makes one; -C DIR looks in another folder",
    });
  }
  const byName = recorded.find(({ name }) => name === text);
  if (byName !== undefined) return byName.folder;
  const names = recorded.map(({ name }) => name);
  const beside = io.files.list(dirname(folder));
  const near = closest(basename(folder), beside);
  const hint = near !== undefined
    ? `did you mean "${join(dirname(text), near)}"?`
    : didYouMean(text, [...names, "latest"]) ??
      (names.length > 0 ? `in ${RECORDINGS} there are ${newestOf(names)}` : undefined);
  throw new TinmanError("NOT_FOUND", `Cannot find a recording at ${folder}: nothing is there`, {
    kind: "recording",
    id: text,
    hint: hint ?? "tinman log list DIR shows the recordings in a folder",
  });
}

/** Opens the recording that RECORDING means, for reading its values: with the codecs of plugins that it names. */
export function openDecodedArgument(text: string, context: Pick<Context, "io" | "path" | "out">): Promise<Recording> {
  return openDecoded(findRecordingFolder(text, context), context);
}

/** The same for a folder that was found. */
export function openDecoded(folder: string, context: Pick<Context, "io" | "path" | "out">): Promise<Recording> {
  return openRecordingWith(context.io.files, folder, { registryFor: registryFor(context) });
}

/** Opens the recording that RECORDING means, for all but the values of its channels. */
export function openRecordingArgument(text: string, context: Pick<Context, "io" | "path">): Recording {
  const { environment: { registry }, files } = context.io;
  return openRecording(files, findRecordingFolder(text, context), { registry });
}

/**
 * The channels whose names fit the globs; all but the reserved ones when there is no glob. A reserved channel has to be
 * asked for with its `~`.
 *
 * @throws {TinmanError} `NOT_FOUND` when a glob fits nothing.
 */
export function chooseChannels(recording: Recording, globs: readonly string[]): readonly ChannelInfo[] {
  return chooseAmong([recording], globs);
}

/** The same among the channels of several recordings. */
export function chooseAmong(recordings: readonly Recording[], globs: readonly string[]): readonly ChannelInfo[] {
  if (globs.length === 0) return recordings.flatMap(({ channels }) => channels);
  const reserved = globs.some((glob) => glob.startsWith("~"));
  const all = recordings.flatMap((
    { channels, reservedChannels },
  ) => [...channels, ...reserved ? reservedChannels : []]);
  for (const glob of globs) {
    if (all.some(({ name }) => matchesAny(name, [glob]))) continue;
    const names = all.map(({ name }) => name);
    const where = recordings.map(({ folder }) => folder).join(" and ");
    throw new TinmanError("NOT_FOUND", `Cannot find channel "${glob}" in ${where}`, {
      kind: "channel",
      id: glob,
      hint: didYouMean(glob, names) ?? (names.length === 0 ? "it has no channels" : `it has ${names.join(", ")}`),
    });
  }
  return all.filter(({ name }) => matchesAny(name, globs));
}

/** First and last time of some channels; of an empty recording, when it was begun. */
export function boundsOf(recording: Recording, channels = recording.channels): { firstNs: bigint; lastNs: bigint } {
  const firsts = channels.flatMap(({ firstNs }) => firstNs ?? []);
  const lasts = channels.flatMap(({ lastNs }) => lastNs ?? []);
  const { startedNs } = recording.manifest;
  // A part of a recording has the last values of latched channels, which are from before it.
  const firstNs = later(firsts.reduce((a, b) => a < b ? a : b, firsts[0] ?? startedNs), startedNs);
  return { firstNs, lastNs: later(lasts.reduce((a, b) => a > b ? a : b, lasts[0] ?? startedNs), firstNs) };
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** `--from` and `--to` as times of this recording. */
export function rangeOf(
  recording: Recording,
  { from, to }: { readonly from: TimeSpec | undefined; readonly to: TimeSpec | undefined },
): { readonly fromNs?: bigint; readonly toNs?: bigint } {
  return rangeIn(boundsOf(recording), { from, to });
}

/** The same as times between two others. */
export function rangeIn(
  bounds: { readonly firstNs: bigint; readonly lastNs: bigint },
  { from, to }: { readonly from: TimeSpec | undefined; readonly to: TimeSpec | undefined },
): { readonly fromNs?: bigint; readonly toNs?: bigint } {
  return {
    ...(from !== undefined && { fromNs: resolveTime(from, bounds) }),
    ...(to !== undefined && { toNs: resolveTime(to, bounds) }),
  };
}

/** `--from` and `--to`, the same for every command that has them. */
export const rangeFlags = {
  from: { type: "time", value: "TIME", summary: "Begin here: 10s, -5m, 50%, an ISO date, @ns (tinman help time)" },
  to: { type: "time", value: "TIME", summary: "End before this time" },
} as const;

/** `--channels`, the same for every command that has it. */
export const channelsFlag = {
  type: "list",
  short: "c",
  value: "GLOB",
  summary: "Only these channels: names or globs, with commas or several times",
} as const;

function newestOf(names: readonly string[]): string {
  const shown = names.slice(-3).toReversed().join(", ");
  return names.length > 3 ? `${shown}, …` : shown;
}
