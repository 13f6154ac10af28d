import { type Codec, codecError, type CodecHeader, type CodecRegistry } from "../codec/mod.ts";
import { didYouMean, isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { sentenceOf } from "./finding.ts";
import { FolderSource } from "./folder_source.ts";
import { isMcapFile, isReserved } from "./folders.ts";
import type { Frame } from "./frame.ts";
import { type BatchIterable, FrameIterable } from "./frames.ts";
import type { Manifest } from "./manifest.ts";
import { McapSource } from "./mcap_source.ts";
import { findRecording } from "./open_logs.ts";
import type { LogFormat } from "./reader.ts";
import type { ChannelInfo, CompressionInfo, FrameOptions, FrameRun, RecordingSource } from "./recording_source.ts";
import { ValueIterable } from "./values.ts";

/** Options of {@linkcode openRecording}. */
export interface OpenRecordingOptions {
  /** Codecs that may be brought back. Without it frames can be read, values cannot. */
  readonly registry?: CodecRegistry;
  /** Whether blocks are compared with their checksum when they are read. @default {true} */
  readonly verify?: boolean;
  /** Longest payload to take, so that a flipped bit cannot make us allocate for ever. @default {1073741824} */
  readonly maxPayloadBytes?: number;
}

/**
 * Opens the recording at `path`, a folder or an MCAP file of any tool, or the newest one directly below it. Folders of
 * the Python original are recordings too. A recording that was cut short, or lost its recording.json, opens all the same: `problems` says what is missing.
 *
 * @throws {TinmanError} `NOT_FOUND` when there is nothing, `FOREIGN_LOG` when it is something else.
 */
export function openRecording(files: Files, path: string, options: OpenRecordingOptions = {}): Recording {
  return new Recording(openSource(files, path, options), options.registry);
}

/** Options of {@linkcode openRecordingWith}. */
export interface OpenRecordingWithOptions extends Omit<OpenRecordingOptions, "registry"> {
  /** Gives the codecs, once it is known which ones the channels name. */
  readonly registryFor: (headers: readonly CodecHeader[]) => CodecRegistry | Promise<CodecRegistry>;
}

/** {@linkcode openRecording} for codecs that have to be loaded first, such as those of plugins. */
export async function openRecordingWith(
  files: Files,
  path: string,
  { registryFor, ...options }: OpenRecordingWithOptions,
): Promise<Recording> {
  const source = openSource(files, path, options);
  try {
    return new Recording(source, await registryFor(source.channels.flatMap(({ codec }) => codec ?? [])));
  } catch (error) {
    source.close();
    throw error;
  }
}

function openSource(files: Files, path: string, options: OpenRecordingOptions): RecordingSource {
  const found = findRecording(files, path);
  return isMcapFile(files, found) ? new McapSource(files, found, options) : new FolderSource(files, found, options);
}

/** One recording, open for reading. Close it, or dispose it; frames that were read stay valid. */
export class Recording implements Disposable {
  /** Where it is: a folder, or an MCAP file. */
  readonly folder: string;
  /** What recording.json says, or what could be put together without it. */
  readonly manifest: Manifest;
  /** What is not as it should be, in sentences; empty for a recording that was ended in good order. */
  readonly problems: readonly string[];
  readonly #source: RecordingSource;
  readonly #registry: CodecRegistry | undefined;
  readonly #codecs = new Map<string, Codec<unknown>>();
  #closed = false;

  /** Use {@linkcode openRecording}. */
  constructor(source: RecordingSource, registry: CodecRegistry | undefined) {
    this.folder = source.path;
    this.manifest = source.manifest;
    this.problems = source.problems.map(sentenceOf);
    this.#source = source;
    this.#registry = registry;
  }

  /** Its own name, which no other recording has. */
  get id(): string {
    return this.manifest.id;
  }

  /** Its channels by name, without the reserved ones. */
  get channels(): readonly ChannelInfo[] {
    return this.#source.channels.filter(({ name }) => !isReserved(name));
  }

  /** Its reserved channels by name: they begin with `~` and are tinman's own. */
  get reservedChannels(): readonly ChannelInfo[] {
    return this.#source.channels.filter(({ name }) => isReserved(name));
  }

  /** What its compression comes to, as its index says; undefined when nothing is compressed. */
  get compression(): CompressionInfo | undefined {
    return this.#source.compression;
  }

  /** The codec of a channel, brought back from its header. `CODEC_UNKNOWN` when the registry does not have it. */
  codec(name: string): Codec<unknown> {
    let codec = this.#codecs.get(name);
    if (codec === undefined) this.#codecs.set(name, codec = this.#revive(this.#find(name)));
    return codec;
  }

  /** Frames of one or more channels, merged by time; those of the same time by the name of the channel. */
  frames(options: FrameOptions = {}): FrameIterable {
    const { fromNs, toNs, latched = false } = options;
    const channels = this.#select(options);
    return new FrameIterable(() => {
      this.#checkOpen();
      return this.#source.cursors(channels, { fromNs, toNs, latched });
    });
  }

  /** The same, many frames at a time. */
  batches(options: FrameOptions = {}): BatchIterable {
    return this.frames(options).batches();
  }

  /** The decoded values of one channel. */
  values<T = unknown>(name: string, options: Omit<FrameOptions, "channels"> = {}): ValueIterable<T> {
    return new ValueIterable(this.frames({ ...options, channels: [name] }), this.codec(name) as Codec<T>);
  }

  /** The frames of one channel in runs that can be read in any order, for who goes to them by their number. */
  runs(name: string): readonly FrameRun[] {
    return this.#source.runs(this.#find(name).name).map((run) => ({ ...run, read: () => this.#whileOpen(run) }));
  }

  /** Releases all files. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#source.close();
  }

  /** The same as {@linkcode Recording.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #whileOpen(run: FrameRun): Frame[] {
    this.#checkOpen();
    return run.read();
  }

  #checkOpen(): void {
    if (this.#closed) throw new TinmanError("CLOSED", `Cannot read ${this.folder}: it is closed`, {});
  }

  #select({ channels, reserved = false }: FrameOptions): ReadonlySet<string> {
    if (channels !== undefined) return new Set(channels.map((name) => this.#find(name).name));
    const all = this.#source.channels.map(({ name }) => name);
    return new Set(all.filter((name) => reserved || !isReserved(name)));
  }

  #find(name: string): ChannelInfo {
    const all = this.#source.channels;
    const found = all.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = all.map((each) => each.name);
    throw new TinmanError("NOT_FOUND", `Cannot read channel "${name}": it is not in ${this.folder}`, {
      kind: "channel",
      id: name,
      hint: didYouMean(name, names) ??
        `the recording has: ${names.filter((each) => !isReserved(each)).join(", ") || "none"}`,
    });
  }

  #revive({ name, codec: header, format }: ChannelInfo): Codec<unknown> {
    if (header === undefined) {
      throw codecError(format === "python" ? "pickle" : "none", `Cannot decode channel "${name}": ${WHY_NOT[format]}`, {
        hint: "its frames can be read as bytes; pickled code is never run",
      });
    }
    if (this.#registry !== undefined) return reviveFor(name, header, this.#registry);
    throw new TinmanError("CONFIG", `Cannot decode channel "${name}": the recording was opened without a registry`, {
      hint: "pass { registry } to openRecording",
    });
  }
}

/** The codec of a channel. What is not here may be damage, so its place is named. */
function reviveFor(channel: string, header: CodecHeader, registry: CodecRegistry): Codec<unknown> {
  try {
    return registry.revive(header);
  } catch (error) {
    if (!isTinmanError(error, "CODEC_UNKNOWN")) throw error;
    const { message, details, hint } = error;
    throw new TinmanError("CODEC_UNKNOWN", `${message} (channel "${channel}")`, { ...details, hint });
  }
}

const WHY_NOT: Readonly<Record<LogFormat, string>> = {
  tinman: "its codec header is damaged",
  raw: "its log has no codec header",
  python: "it was written with Python's pickle",
  mcap: "its encoding is not known here",
};
