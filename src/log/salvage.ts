import { encodeHeader } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { type BlockSource, Cursor, type FrameCursor, loadedBlock } from "./cursor.ts";
import { HeldCursor } from "./held_cursor.ts";
import { FRAME_HEADER_BYTES, joinTime, lengthAt, viewOf } from "./frame.ts";
import type { Block } from "./index.ts";
import type { Manifest } from "./manifest.ts";
import { openLogs } from "./open_logs.ts";
import type { NewChannel } from "./recording_store.ts";
import type { LogReader } from "./reader.ts";

/** What is whole of a recording, and what is not. */
export interface Salvage {
  readonly manifest: Manifest;
  /** The channels by name, the reserved ones too. */
  readonly channels: readonly SalvagedChannel[];
  /** Bytes behind the last whole record of a file that all channels share. */
  readonly cutBytes: number;
  /** Cursors that together go through all frames that can be kept. */
  cursors(): readonly FrameCursor[];
  /** Releases the files. */
  close(): void;
}

/** One channel of it. */
export interface SalvagedChannel {
  readonly name: string;
  /** Its codec header; undefined when it has none. */
  readonly header: Uint8Array | undefined;
  /** What another tool said of it in MCAP, where that is more than a header. */
  readonly mcap?: NonNullable<NewChannel["mcap"]>;
  readonly latched: boolean;
  /** Frames that could not be written in the first place. */
  readonly drops: number;
  readonly lostFrames: number;
  readonly damagedBlocks: number;
  /** Bytes behind the last whole frame of its own file. */
  readonly cutBytes: number;
}

/** What is whole of a folder of logs. With `keepDamaged` also frames of damaged blocks that have the form of frames. */
export function salvageFolder(files: Files, path: string, { keepDamaged }: { readonly keepDamaged: boolean }): Salvage {
  const { manifest, logs } = openLogs(files, path);
  const parts = logs.map(({ entry: { name, latched = false, drops = 0 }, log }) => {
    const bad = log.blocks.filter((block) => !isGood(log, block));
    const held = keepDamaged ? bad.flatMap((block) => framesOf(log, block, name)) : [];
    const headers = bad.some(({ firstFrame }) => firstFrame === 0) ? log.headerFrames : 0;
    const lostFrames = bad.reduce((sum, { frames }) => sum + frames, 0) - held.length - headers;
    const header = log.header && encodeHeader({ ...log.header, channel: name, latched });
    const { cutBytes } = log.tail;
    const source: BlockSource = {
      channel: name,
      blocks: log.blocks.filter((block) => !bad.includes(block)),
      headerFrames: log.headerFrames,
      sorted: log.sorted,
      readBlock: (block) => log.readBlock(block, false),
      corrupt: (at, problem) => log.corrupt(at, problem),
    };
    const channel = { name, header, latched, drops, lostFrames, damagedBlocks: bad.length, cutBytes };
    return { channel, source, held };
  });
  return {
    manifest,
    channels: parts.map(({ channel }) => channel),
    cutBytes: 0,
    cursors: () => parts.flatMap(({ source, held }) => [new Cursor(source), new HeldCursor(held)]),
    close: () => logs.forEach(({ log }) => log.close()),
  };
}

/** Whether the bytes are what was written, and what the index says of them. */
function isGood(log: LogReader, block: Block): boolean {
  try {
    const bytes = log.readBlock(block, true);
    const view = viewOf(bytes);
    let [at, frames] = [0, 0];
    for (; at + FRAME_HEADER_BYTES <= bytes.length; frames++) at += FRAME_HEADER_BYTES + lengthAt(view, at);
    return at === bytes.length && frames === block.frames;
  } catch (error) {
    if (isTinmanError(error, "CORRUPT_LOG")) return false;
    throw error;
  }
}

/** What has the form of frames, and a time that fits the block and the frame before. */
function framesOf(log: LogReader, { at: blockAt, length, firstFrame, firstNs, lastNs }: Block, channel: string) {
  const frames: Omit<FrameCursor, "next">[] = [];
  const bytes = log.readBlock({ at: blockAt, length, frames: 0, firstFrame, firstNs, lastNs, crc: undefined }, false);
  const block = loadedBlock(channel, blockAt, bytes);
  const { view } = block;
  let before = -1n;
  for (let at = 0, index = firstFrame; at + FRAME_HEADER_BYTES <= bytes.length; index++) {
    const start = at + FRAME_HEADER_BYTES;
    const length = lengthAt(view, at);
    if (start + length > bytes.length) break;
    const [hi, lo] = [view.getUint32(at + 4, true), view.getUint32(at, true)];
    const timeNs = joinTime(hi, lo);
    if (index >= log.headerFrames && timeNs >= firstNs && timeNs <= lastNs && timeNs > before) {
      frames.push({ hi, lo, start, length, index: index - log.headerFrames, block });
      before = timeNs;
    }
    at = start + length;
  }
  return frames;
}
