import { FRAME_HEADER_BYTES, lengthAt, viewOf } from "./frame.ts";
import type { Block } from "./index.ts";
import type { LogBytes } from "./log_bytes.ts";
import { OpenBlock } from "./open_block.ts";

/** Where a scan starts or has come to. */
export interface ScanPoint {
  /** The byte. */
  readonly at: number;
  /** How many frames are in front of it. */
  readonly frames: number;
  /** The time of the last of them, in its two halves. */
  readonly hi: number;
  readonly lo: number;
}

/** What a scan found. */
export interface Scan {
  /** The whole frames, in blocks without a checksum. */
  readonly blocks: readonly Block[];
  /** Where the last whole frame ends. */
  readonly end: ScanPoint;
  /** Whether no time was before the one in front of it. */
  readonly sorted: boolean;
  /** Why the scan ended there, undefined at the end of the file. */
  readonly problem: string | undefined;
}

const WINDOW_BYTES = 256 * 1024;

/** Goes from frame to frame to the end of the file, or to the first place where no whole frame stands. */
export function scanFrames(bytes: LogBytes, start: ScanPoint, maxPayloadBytes: number): Scan {
  const header = new HeaderWindow(bytes);
  const blocks: Block[] = [];
  let { at, frames, hi, lo } = start;
  let [sorted, problem]: [boolean, string | undefined] = [true, undefined];
  let block = new OpenBlock(at, frames);
  while (at < bytes.size) {
    problem = header.moveTo(at) ? problemOf(header, { at, hi, lo, size: bytes.size, maxPayloadBytes }) : CUT_HEADER;
    if (problem !== undefined) break;
    const length = FRAME_HEADER_BYTES + header.length;
    if (block.frames > 0 && block.length + length > WINDOW_BYTES) {
      blocks.push(block.end());
      block = new OpenBlock(at, frames);
    }
    block.count(header.hi, header.lo);
    block.length += length;
    sorted &&= header.hi > hi || header.hi === hi && header.lo >= lo;
    ({ hi, lo } = header);
    at += length;
    frames++;
  }
  if (block.frames > 0) blocks.push(block.end());
  return { blocks, end: { at, frames, hi, lo }, sorted, problem };
}

const CUT_HEADER = "ends inside the header of a frame";

function problemOf(
  header: HeaderWindow,
  known: { at: number; hi: number; lo: number; size: number; maxPayloadBytes: number },
): string | undefined {
  const { hi, lo, length } = header;
  // After a power cut some file systems leave zeros where the last bytes should be: they look like empty frames of 1970.
  if (hi === 0 && lo === 0 && length === 0 && known.hi > 0) return "goes on with zeros";
  if (length > known.maxPayloadBytes) return `has a frame of ${length} bytes, more than maxPayloadBytes`;
  return known.at + FRAME_HEADER_BYTES + length > known.size ? "ends inside a frame" : undefined;
}

/** The header of one frame after the other, through a piece of the file that moves along. */
class HeaderWindow {
  hi = 0;
  lo = 0;
  length = 0;
  readonly #bytes: LogBytes;
  readonly #buffer: Uint8Array;
  #view: DataView;
  #at = 0;
  #end = 0;

  constructor(bytes: LogBytes) {
    this.#bytes = bytes;
    this.#buffer = new Uint8Array(bytes.mapped ? 0 : Math.min(WINDOW_BYTES, bytes.size));
    this.#view = viewOf(this.#buffer);
  }

  /** False when the file ends inside the header. */
  moveTo(at: number): boolean {
    if (at < this.#at || at + FRAME_HEADER_BYTES > this.#end) this.#load(at);
    if (at + FRAME_HEADER_BYTES > this.#end) return false;
    const view = this.#view;
    const from = at - this.#at;
    this.lo = view.getUint32(from, true);
    this.hi = view.getUint32(from + 4, true);
    this.length = lengthAt(view, from);
    return true;
  }

  #load(at: number): void {
    this.#at = at;
    if (!this.#bytes.mapped) {
      this.#end = at + this.#bytes.fill(this.#buffer, at);
      return;
    }
    const part = this.#bytes.read(at, WINDOW_BYTES);
    this.#view = viewOf(part);
    this.#end = at + part.length;
  }
}
