import { type ChannelHeader, decodeHeader } from "../codec/mod.ts";
import { crc32 } from "../bytes/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { FRAME_HEADER_BYTES, joinTime, lengthAt, MAX_PAYLOAD_BYTES, splitTime, viewOf } from "./frame.ts";
import { type Block, decodeIndex } from "./index.ts";
import { LogBytes } from "./log_bytes.ts";
import { indexPathOf } from "./names.ts";
import { scanFrames, type ScanPoint } from "./scan.ts";

/** Options of {@linkcode LogReader}. */
export interface LogReaderOptions {
  /** Longest payload to take, so that a flipped bit cannot make us allocate for ever. @default {1073741824} */
  readonly maxPayloadBytes?: number;
  /** Whether blocks are compared with their checksum when they are read. @default {true} */
  readonly verify?: boolean;
  /** Whether the file may be mapped into memory: only when nobody writes to it any more. @default {false} */
  readonly map?: boolean;
  /** The name of the channel, when it is known from elsewhere. @default {what the header says} */
  readonly channel?: string | undefined;
  /** A copy of the codec header, for when the one in the log is damaged. */
  readonly header?: Uint8Array | undefined;
}

/**
 * Who wrote a log, as its first frame tells: the first frame of `raw` logs is data like all others. `mcap`: another tool,
 * into an MCAP file.
 */
export type LogFormat = "tinman" | "python" | "raw" | "mcap";

/** What stands behind the last entry of the index. */
export interface LogTail {
  /** Whole frames there, which are read like all others, but have no checksum. */
  readonly frames: number;
  /** Bytes behind the last whole frame, which are not read. */
  readonly cutBytes: number;
  /** Why they are not, such as `ends inside a frame`. */
  readonly problem: string | undefined;
  /** What is wrong with the index, when something is. */
  readonly indexProblem: string | undefined;
}

/** One log file, open for reading: its blocks, its header, and what is wrong at its end. Reads frames by cursors. */
export class LogReader implements Disposable {
  /** The log file. */
  readonly path: string;
  /** The channel that its frames say they are of. */
  channel: string;
  /** Who wrote it. */
  readonly format: LogFormat;
  /** The codec header, when the first frame is one of ours. */
  readonly header: ChannelHeader | undefined;
  /** Whether the header is the copy that was given, because the one in the log is damaged. */
  readonly headerIsCopy: boolean;
  /** The time of the first frame with data. */
  readonly firstNs: bigint | undefined;
  /** Whether no time is before the one in front of it, as far as the blocks tell. */
  readonly sorted: boolean;
  readonly #bytes: LogBytes;
  readonly #verify: boolean;
  readonly #blocks: Block[];
  readonly #indexed: number;
  readonly #indexProblem: string | undefined;
  // Blocks of a mapped file stay as they are: each is checked once.
  readonly #checked = new Set<Block>();
  readonly #end: ScanPoint;
  readonly #problem: string | undefined;

  /** Opens the log at `path`, which must be there. */
  constructor(files: Files, path: string, options: LogReaderOptions = {}) {
    const { maxPayloadBytes = MAX_PAYLOAD_BYTES, verify = true, map = false, channel, header } = options;
    this.path = path;
    this.#verify = verify;
    this.#bytes = new LogBytes(files, path, { map });
    const { blocks, problem } = readIndex(files, indexPathOf(path), this.#bytes.size);
    this.#blocks = [...blocks];
    this.#indexed = blocks.length;
    this.#indexProblem = problem;
    const last = blocks.at(-1);
    const indexed = last === undefined
      ? { at: 0, frames: 0, hi: 0, lo: 0 }
      : { at: last.at + last.length, frames: last.firstFrame + last.frames, ...splitTime(last.lastNs) };
    const { blocks: found, end, sorted, problem: cut } = scanFrames(this.#bytes, indexed, maxPayloadBytes);
    for (const block of found) this.#blocks.push(block);
    this.#end = end;
    this.#problem = cut;
    this.sorted = sorted && this.#blocks.every((block, i) => i === 0 || block.firstNs >= this.#blocks[i - 1]!.lastNs);
    const own = this.#readHeader();
    const copy = header && formatOf(header);
    this.headerIsCopy = own[0] === "raw" && copy?.[0] === "tinman";
    [this.format, this.header] = this.headerIsCopy ? copy! : own;
    this.firstNs = this.#readFirstNs();
    this.channel = channel ?? this.header?.channel ?? path;
  }

  /** Frames with data: the codec header is not counted. */
  get frames(): number {
    return Math.max(0, this.#end.frames - this.headerFrames);
  }

  /** 1 when the first frame is a header, else 0. */
  get headerFrames(): number {
    return this.format === "raw" ? 0 : 1;
  }

  /** Bytes of whole frames. */
  get bytes(): number {
    return this.#end.at;
  }

  /** All blocks, those that were found by a scan included. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** What stands behind the last entry of the index. */
  get tail(): LogTail {
    const indexedFrames = this.#blocks[this.#indexed]?.firstFrame ?? this.#end.frames;
    return {
      frames: this.#end.frames - indexedFrames,
      cutBytes: this.#bytes.size - this.#end.at,
      problem: this.#problem,
      indexProblem: this.#indexProblem,
    };
  }

  /** The latest time. */
  get lastNs(): bigint | undefined {
    return this.frames === 0 ? undefined : this.#blocks.at(-1)!.lastNs;
  }

  /** The bytes of a block. `CORRUPT_LOG` when they are not what was written, unless `check` is false. */
  readBlock(block: Block, check: boolean = this.#verify): Uint8Array {
    const bytes = this.#bytes.read(block.at, block.length);
    if (bytes.length < block.length) {
      throw this.corrupt(block.at, `the file ends ${block.length - bytes.length} bytes early`);
    }
    if (!check || block.crc === undefined || this.#checked.has(block)) return bytes;
    const crc = crc32(bytes);
    if (crc !== block.crc) {
      throw this.corrupt(block.at, `the checksum of ${block.length} bytes is ${hex(crc)}, not ${hex(block.crc)}`);
    }
    if (this.#bytes.mapped) this.#checked.add(block);
    return bytes;
  }

  /** A `CORRUPT_LOG` error at this byte. */
  corrupt(at: number, problem: string): TinmanError<"CORRUPT_LOG"> {
    return new TinmanError("CORRUPT_LOG", `Cannot read ${this.path} at byte ${at}: ${problem}`, {
      path: this.path,
      at,
      hint: "tinman log verify lists what is damaged, tinman log recover saves what is whole to a new recording",
    });
  }

  /** Releases the file; frames that were read stay valid. Twice is fine. */
  close(): void {
    this.#bytes.close();
  }

  /** The same as {@linkcode LogReader.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #readFirstNs(): bigint | undefined {
    const { headerFrames } = this;
    const block = this.#blocks.find(({ firstFrame, frames }) => firstFrame + frames > headerFrames);
    if (block === undefined || block.firstFrame >= headerFrames) return block?.firstNs;
    // The header stands in front of it in the same block.
    const at = FRAME_HEADER_BYTES + lengthAt(viewOf(this.#bytes.read(0, FRAME_HEADER_BYTES)), 0);
    const next = viewOf(this.#bytes.read(at, FRAME_HEADER_BYTES));
    // A damaged length leads anywhere.
    return next.byteLength < FRAME_HEADER_BYTES
      ? block.firstNs
      : joinTime(next.getUint32(4, true), next.getUint32(0, true));
  }

  #readHeader(): [LogFormat, ChannelHeader | undefined] {
    if (this.#blocks.length === 0) return ["raw", undefined];
    return readFormat(this.#bytes);
  }
}

/** Who wrote a log, and its codec header if it has one. The first frame must be whole. */
export function readFormat(bytes: LogBytes): [LogFormat, ChannelHeader | undefined] {
  const length = lengthAt(viewOf(bytes.read(0, FRAME_HEADER_BYTES)), 0);
  return length > MAX_HEADER_BYTES ? ["raw", undefined] : formatOf(bytes.read(FRAME_HEADER_BYTES, length));
}

// A first frame that is longer is data.
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

function formatOf(first: Uint8Array): [LogFormat, ChannelHeader | undefined] {
  // Pickle of protocol 2 and later: its number first, a full stop last.
  if (first[0] === 0x80 && first[1]! >= 2 && first[1]! <= 5 && first.at(-1) === 0x2e) return ["python", undefined];
  if (!OUR_KEY.every((byte, i) => first[i + 1] === byte)) return ["raw", undefined];
  try {
    return ["tinman", decodeHeader(first)];
  } catch (error) {
    if (isTinmanError(error, "CODEC")) return ["raw", undefined];
    throw error;
  }
}

// `tinman: 1` is the first field of each header, behind the byte that says how many fields the map has.
const OUR_KEY = [0xa6, ...new TextEncoder().encode("tinman"), 1];

function readIndex(files: Files, path: string, logBytes: number) {
  if (files.stat(path)?.kind !== "file") return { blocks: [], problem: "it is missing" };
  const index = new LogBytes(files, path);
  try {
    return decodeIndex(index.read(0, index.size), logBytes);
  } finally {
    index.close();
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
