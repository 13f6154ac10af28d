import type { Clock } from "../clock/mod.ts";
import type { Files } from "../files/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type BlockSource, Cursor, type FrameCursor } from "./cursor.ts";
import { isMcapFile, isReserved } from "./folders.ts";
import { Frame, MAX_PAYLOAD_BYTES } from "./frame.ts";
import type { Block } from "./index.ts";
import { LogBytes } from "./log_bytes.ts";
import { readManifest } from "./manifest.ts";
import { FollowedMcap } from "./mcap_follow.ts";
import { Merge } from "./merge.ts";
import { channelOfFile, LOG_SUFFIX } from "./names.ts";
import { findRecording } from "./open_logs.ts";
import { readFormat } from "./reader.ts";
import { scanFrames, type ScanPoint } from "./scan.ts";

/** Options of {@linkcode followRecording}. */
export interface FollowOptions {
  /** Times the looks at the files. */
  readonly clock: Clock;
  /** Ends the loop; without it a recording whose writer died is followed for ever. */
  readonly signal?: AbortSignal;
  /** How often to look. @default {50} */
  readonly pollMs?: number;
  /** Names of channels, which may be yet to come. @default {all that are not reserved} */
  readonly channels?: readonly string[];
  /** Whether reserved channels are followed too when no names are given. @default {false} */
  readonly reserved?: boolean;
  /** Leaves out what is there when the loop begins. @default {false} */
  readonly onlyNew?: boolean;
}

/**
 * The frames of a recording while it is written, until it is ended and everything was read. New channels are taken in
 * as they appear. What one look finds comes in the order of time; a frame that was flushed later may be older.
 */
export async function* followRecording(
  files: Files,
  folder: string,
  options: FollowOptions,
): AsyncGenerator<Frame, void, void> {
  const { clock, signal, pollMs = 50, channels, reserved = false, onlyNew = false } = options;
  const path = findRecording(files, folder);
  const wanted = (name: string) => channels?.includes(name) ?? (reserved || !isReserved(name));
  const followed = isMcapFile(files, path) ? new FollowedMcap(files, path) : new FollowedFolder(files, path);
  try {
    for (let skip = onlyNew;; skip = false) {
      const added = followed.look(wanted);
      if (!skip) yield* framesOf(added);
      if (followed.isEnded || signal?.aborted) return;
      try {
        await clock.sleep(pollMs, { signal });
      } catch {
        return;
      }
    }
  } finally {
    followed.close();
  }
}

function* framesOf(cursors: readonly FrameCursor[]): Generator<Frame, void, void> {
  const merge = new Merge(cursors);
  for (let cursor = merge.next(); cursor !== undefined; cursor = merge.next()) {
    const { block, start, length, index, hi, lo } = cursor;
    yield new Frame(block.channel, index, block.bytes.subarray(start, start + length), hi, lo);
  }
}

function isEnded(files: Files, folder: string): boolean {
  const found = readManifest(files, folder);
  return "manifest" in found && found.manifest.endedNs !== undefined;
}

/** A folder that grows: its logs, and those that are yet to come. */
class FollowedFolder {
  /** Whether the recording is ended, by the last look. */
  isEnded = false;
  readonly #files: Files;
  readonly #path: string;
  readonly #logs = new Map<string, FollowedLog>();

  constructor(files: Files, path: string) {
    [this.#files, this.#path] = [files, path];
  }

  /** Cursors through what was added since the last look. */
  look(wanted: (channel: string) => boolean): readonly FrameCursor[] {
    const [files, path, logs] = [this.#files, this.#path, this.#logs];
    // Asked first: what was flushed before the end was written down is then seen in this round.
    this.isEnded = isEnded(files, path);
    for (const file of files.list(path)) {
      if (file.endsWith(LOG_SUFFIX) && !logs.has(file)) logs.set(file, new FollowedLog(files, path, file));
    }
    for (const log of logs.values()) log.look();
    return [...logs.values()].filter(({ channel }) => wanted(channel)).map((log) => new Cursor(log));
  }

  close(): void {
    for (const log of this.#logs.values()) log.close();
  }
}

/** A log that grows: remembers how far it was read and nothing of what is behind. */
class FollowedLog implements BlockSource {
  channel: string;
  blocks: readonly Block[] = [];
  headerFrames = 0;
  sorted = true;
  readonly #bytes: LogBytes;
  readonly #file: string;
  #end: ScanPoint = { at: 0, frames: 0, hi: 0, lo: 0 };

  constructor(files: Files, folder: string, file: string) {
    this.#bytes = new LogBytes(files, `${folder}/${file}`);
    this.#file = file;
    this.channel = channelOfFile(file, "raw");
  }

  /** Finds the whole frames that were added since the last look. A frame that is half written waits for the next one. */
  look(): void {
    this.#bytes.refresh();
    const { blocks, end, sorted } = scanFrames(this.#bytes, this.#end, MAX_PAYLOAD_BYTES);
    if (this.#end.frames === 0 && blocks.length > 0) this.#readHeader();
    [this.blocks, this.#end, this.sorted] = [blocks, end, sorted];
  }

  readBlock(block: Block): Uint8Array {
    const bytes = this.#bytes.read(block.at, block.length);
    if (bytes.length < block.length) throw this.corrupt(block.at, "the file became shorter while it was read");
    return bytes;
  }

  corrupt(at: number, problem: string): TinmanError<"CORRUPT_LOG"> {
    const { path } = this.#bytes;
    return new TinmanError("CORRUPT_LOG", `Cannot read ${path} at byte ${at}: ${problem}`, { path, at });
  }

  close(): void {
    this.#bytes.close();
  }

  #readHeader(): void {
    const [format, header] = readFormat(this.#bytes);
    this.headerFrames = format === "raw" ? 0 : 1;
    this.channel = header?.channel ?? channelOfFile(this.#file, format);
  }
}
