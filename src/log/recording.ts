import { type Codec, codecError, type CodecHeader, type CodecRegistry } from "../codec/mod.ts";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { Cursor, timeBefore, type TimeRange } from "./cursor.ts";
import { sentenceOf } from "./finding.ts";
import { isReserved } from "./folders.ts";
import { type BatchIterable, FrameIterable } from "./frames.ts";
import type { Manifest } from "./manifest.ts";
import { findRecording, type OpenLog, type OpenLogs, openLogs } from "./open_logs.ts";
import type { LogFormat, LogTail } from "./reader.ts";
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

/** What a recording has of one channel. */
export interface ChannelInfo {
  /** The name of the channel. */
  readonly name: string;
  /** Its log, a file in the recording's folder. */
  readonly file: string;
  /** Who wrote it: only a `tinman` log says its codec. */
  readonly format: LogFormat;
  /** Its codec, when the log says one. */
  readonly codec: CodecHeader | undefined;
  /** Whether its last value is its state. */
  readonly latched: boolean;
  /** How many frames it has, the codec header not counted. */
  readonly frames: number;
  /** How many bytes its log has. */
  readonly bytes: number;
  /** Frames that could not be written. */
  readonly drops: number;
  /** The time of the first frame. */
  readonly firstNs: bigint | undefined;
  /** The latest time. */
  readonly lastNs: bigint | undefined;
  /** What stands behind the last entry of its index. */
  readonly tail: LogTail;
}

/** Which frames to read. */
export interface FrameOptions extends TimeRange {
  /** Names of channels. @default {all that are not reserved} */
  readonly channels?: readonly string[] | undefined;
  /** Whether reserved channels are read too when no names are given. @default {false} */
  readonly reserved?: boolean | undefined;
  /** Whether each latched channel begins with its last value before `fromNs`. @default {false} */
  readonly latched?: boolean | undefined;
}

/**
 * Opens the recording in `folder`, or the newest one directly below it. Folders of the Python original are recordings
 * too. A recording that was cut short, or lost its recording.json, opens all the same: `problems` says what is missing.
 *
 * @throws {TinmanError} `NOT_FOUND` when there is nothing, `FOREIGN_LOG` when it is something else.
 */
export function openRecording(files: Files, folder: string, options: OpenRecordingOptions = {}): Recording {
  const path = findRecording(files, folder);
  return new Recording(path, openLogs(files, path, options), options.registry);
}

/** One recording, open for reading. Close it, or dispose it; frames that were read stay valid. */
export class Recording implements Disposable {
  /** Where it is. */
  readonly folder: string;
  /** What recording.json says, or what could be put together without it. */
  readonly manifest: Manifest;
  /** What is not as it should be, in sentences; empty for a recording that was ended in good order. */
  readonly problems: readonly string[];
  readonly #logs: readonly OpenLog[];
  readonly #registry: CodecRegistry | undefined;
  readonly #codecs = new Map<string, Codec<unknown>>();
  #closed = false;

  /** Use {@linkcode openRecording}. */
  constructor(folder: string, { manifest, problems, logs }: OpenLogs, registry: CodecRegistry | undefined) {
    this.folder = folder;
    this.manifest = manifest;
    this.problems = problems.map(sentenceOf);
    this.#logs = logs;
    this.#registry = registry;
  }

  /** Its own name, which no other recording has. */
  get id(): string {
    return this.manifest.id;
  }

  /** Its channels by name, without the reserved ones. */
  get channels(): readonly ChannelInfo[] {
    return this.#logs.filter(({ entry }) => !isReserved(entry.name)).map(describe);
  }

  /** Its reserved channels by name: they begin with `~` and are tinman's own. */
  get reservedChannels(): readonly ChannelInfo[] {
    return this.#logs.filter(({ entry }) => isReserved(entry.name)).map(describe);
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
    const logs = this.#select(options);
    return new FrameIterable(() => {
      if (this.#closed) throw new TinmanError("CLOSED", `Cannot read ${this.folder}: it is closed`, {});
      return logs.map(({ entry, log }) => {
        const state = latched && entry.latched && fromNs !== undefined ? timeBefore(log, fromNs) : undefined;
        return new Cursor(log, { fromNs: state ?? fromNs, toNs });
      });
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

  /** Releases all files. Twice is fine. */
  close(): void {
    this.#closed = true;
    for (const { log } of this.#logs) log.close();
  }

  /** The same as {@linkcode Recording.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #select({ channels, reserved = false }: FrameOptions): readonly OpenLog[] {
    if (channels === undefined) return this.#logs.filter(({ entry }) => reserved || !isReserved(entry.name));
    const wanted = new Set(channels.map((name) => this.#find(name)));
    return this.#logs.filter((each) => wanted.has(each));
  }

  #find(name: string): OpenLog {
    const found = this.#logs.find(({ entry }) => entry.name === name);
    if (found !== undefined) return found;
    const names = this.#logs.map(({ entry }) => entry.name);
    throw new TinmanError("NOT_FOUND", `Cannot read channel "${name}": it is not in ${this.folder}`, {
      kind: "channel",
      id: name,
      hint: didYouMean(name, names) ??
        `the recording has: ${names.filter((each) => !isReserved(each)).join(", ") || "none"}`,
    });
  }

  #revive({ entry: { name }, log: { header, format } }: OpenLog): Codec<unknown> {
    if (header === undefined) {
      const why = format === "python" ? "it was written with Python's pickle" : "its log has no codec header";
      throw codecError(format === "python" ? "pickle" : "none", `Cannot decode channel "${name}": ${why}`, {
        hint: "its frames can be read as bytes; pickled code is never run",
      });
    }
    if (this.#registry !== undefined) return this.#registry.revive(header);
    throw new TinmanError("CONFIG", `Cannot decode channel "${name}": the recording was opened without a registry`, {
      hint: "pass { registry } to openRecording",
    });
  }
}

function describe({ entry, log }: OpenLog): ChannelInfo {
  const { format, header, frames, bytes, firstNs, lastNs, tail } = log;
  const { name, file, latched = false, drops = 0 } = entry;
  return { name, file, format, codec: header, latched, frames, bytes, drops, firstNs, lastNs, tail };
}
