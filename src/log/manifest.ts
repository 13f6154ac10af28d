import { crc32 } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { LOG_SUFFIX } from "./names.ts";
import type { PartOf } from "./parts.ts";

/** The file that says what a recording is. */
export const MANIFEST_NAME = "recording.json";

/** What `recording.json` says of one channel. */
export interface ManifestChannel {
  /** The name of the channel. */
  readonly name: string;
  /** Its log, a file in the same folder. */
  readonly file: string;
  /** The id of its codec, for people; undefined for bytes of unknown kind. */
  readonly codec?: string;
  /** A copy of the first frame in base64, for when the one in the log is damaged. */
  readonly header?: string;
  /** Whether its last value is its state. @default {false} */
  readonly latched?: boolean;
  /** How many frames it had at the end, the header not counted. */
  readonly frames?: number;
  /** How many frames could not be written. */
  readonly drops?: number;
}

/** What `recording.json` says. */
export interface Manifest {
  /** The version of the format. */
  readonly tinman: 1;
  /** The program that wrote it, such as `tinman 0.1.0`. */
  readonly tool?: string;
  /** A name for this recording that no other has. */
  readonly id: string;
  /** Which part of a run it is, if that was recorded in several. */
  readonly part?: PartOf;
  /** When it was begun, in nanoseconds since 1970. */
  readonly startedNs: bigint;
  /** When it was ended; undefined while it is written, and when that was cut short. */
  readonly endedNs?: bigint;
  /** Whether it was ended in good order. */
  readonly clean: boolean;
  /** What the random numbers of the run were made from. */
  readonly seed?: string;
  /** The graph that was run, as whoever recorded it described it. */
  readonly graph?: unknown;
  /** The channels in the order in which they were begun. */
  readonly channels: readonly ManifestChannel[];
}

/**
 * What came of reading a manifest. `damage`: it can be used, and is not what was written. `foreign` means that whoever
 * wrote it knows better than we do.
 */
export type ManifestResult =
  | { readonly manifest: Manifest; readonly damage?: string }
  | { readonly problem: string; readonly foreign?: true };

/** The text of a `recording.json`: sorted by nothing but sense, times as decimal text, its own checksum last. */
export function formatManifest(manifest: Manifest): string {
  const { tinman, tool, id, part, startedNs, endedNs, clean, seed, graph, channels } = manifest;
  const fields = {
    tinman,
    tool,
    id,
    part,
    startedNs: `${startedNs}`,
    endedNs: endedNs?.toString(),
    clean,
    seed,
    channels,
    graph,
  };
  const asText = (_: string, value: unknown) => typeof value === "bigint" ? value.toString() : value;
  const text = JSON.stringify(fields, asText, 2);
  return `${text.slice(0, -"\n}".length)},\n  "crc32": "${checksum(text)}"\n}\n`;
}

/** What a `recording.json` says, or the reason why it cannot be used. Never throws: the text may be anything. */
export function parseManifest(text: string): ManifestResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  if (!isObject(value) || typeof value.tinman !== "number") return { problem: "it does not say { tinman: 1, … }" };
  const damage = damageOf(text);
  if (value.tinman !== 1) {
    const problem = `it is of version ${value.tinman}, and only 1 can be read`;
    return damage === undefined || damage === NO_CHECKSUM ? { problem, foreign: true } : { problem: damage };
  }
  const { tool, id, seed, graph, clean, channels } = value;
  const [startedNs, endedNs] = [parseTime(value.startedNs), parseTime(value.endedNs)];
  const part = parsePart(value.part);
  if (typeof id !== "string" || startedNs === undefined || !Array.isArray(channels)) {
    return { problem: "it has no id, startedNs and channels" };
  }
  const manifest: Manifest = {
    tinman: 1,
    ...(typeof tool === "string" && { tool }),
    id,
    ...(part && { part }),
    startedNs,
    ...(endedNs !== undefined && { endedNs }),
    clean: clean === true,
    ...(typeof seed === "string" && { seed }),
    ...(graph !== undefined && { graph }),
    channels: channels.flatMap(parseChannel),
  };
  return { manifest, ...(damage !== undefined && { damage }) };
}

/** The manifest in `folder`, or the reason why there is none that can be used. */
export function readManifest(files: Files, folder: string): ManifestResult {
  const path = `${folder}/${MANIFEST_NAME}`;
  const { kind, size } = files.stat(path) ?? { kind: undefined, size: 0 };
  if (kind !== "file") return { problem: "it is missing" };
  if (size > MAX_MANIFEST_BYTES) return { problem: `it has ${size} bytes, more than ${MAX_MANIFEST_BYTES}` };
  using file = files.open(path, "read");
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let more = -1; more !== 0; length += more) more = file.read(bytes.subarray(length), length);
  return parseManifest(new TextDecoder().decode(bytes.subarray(0, length)));
}

/** Puts the first manifest into `folder`. Nothing is lost when it is torn by a crash, so nobody waits for the disk. */
export function createManifest(files: Files, folder: string, manifest: Manifest): void {
  const path = `${folder}/${MANIFEST_NAME}`;
  const bytes = new TextEncoder().encode(formatManifest(manifest));
  using file = files.open(path, "create");
  if (file.write(bytes) === bytes.length) return;
  files.remove(path);
  throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path, hint: "free some space" });
}

/** Puts the manifest into `folder`, whole or not at all. */
export function writeManifest(files: Files, folder: string, manifest: Manifest): void {
  files.replace(`${folder}/${MANIFEST_NAME}`, new TextEncoder().encode(formatManifest(manifest)));
}

const NO_CHECKSUM = "it has no checksum";

/** Why a text is not what was written, if it is not. */
function damageOf(text: string): string | undefined {
  const found = /,\n {2}"crc32": "([0-9a-f]{8})"\n\}\n$/.exec(text);
  if (found === null) return NO_CHECKSUM;
  const sum = checksum(text.slice(0, found.index) + "\n}");
  return sum === found[1] ? undefined : `its checksum is ${sum}, not ${found[1]}`;
}

function checksum(text: string): string {
  return crc32(new TextEncoder().encode(text)).toString(16).padStart(8, "0");
}

const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

function parseChannel(value: unknown): ManifestChannel[] {
  if (!isObject(value)) return [];
  const { name, file, codec, header, latched, frames, drops } = value;
  // The name of a file comes from outside: it must not lead out of the folder.
  if (typeof name !== "string" || typeof file !== "string" || !isLogName(file)) return [];
  return [{
    name,
    file,
    ...(typeof codec === "string" && { codec }),
    ...(typeof header === "string" && { header }),
    ...(latched === true && { latched }),
    ...(isCount(frames) && { frames }),
    ...(isCount(drops) && { drops }),
  }];
}

/** Which part of a run it is; undefined for what does not say it. */
export function parsePart(value: unknown): PartOf | undefined {
  if (!isObject(value)) return undefined;
  const { of, number } = value;
  return typeof of === "string" && isCount(number) && number > 0 ? { of, number } : undefined;
}

function isLogName(file: string): boolean {
  return file.endsWith(LOG_SUFFIX) && !/[/\\\0]/.test(file) && !file.startsWith(".");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function parseTime(value: unknown): bigint | undefined {
  const time = typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  return time === undefined || time < 2n ** 64n ? time : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
