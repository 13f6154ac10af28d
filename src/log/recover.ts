import { type ChannelHeader, encodeHeader } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { eventCodec, EVENTS_CHANNEL, eventsHeader } from "./events.ts";
import { holdsRecording, isMcapFile, isMcapPath, isReserved } from "./folders.ts";
import { FRAME_HEADER_BYTES, joinTime, lengthAt, viewOf } from "./frame.ts";
import type { Block } from "./index.ts";
import { type ManifestChannel, writeManifest } from "./manifest.ts";
import { logFileName } from "./names.ts";
import { findRecording, openLogs } from "./open_logs.ts";
import type { LogReader } from "./reader.ts";
import { recoverInto } from "./recover_into.ts";
import { verifyRecording, type VerifyReport } from "./verify.ts";
import { LogWriter } from "./writer.ts";

/** Options of {@linkcode recoverRecording}. */
export interface RecoverOptions {
  /** Also keeps what still has the form of frames in blocks that have the wrong checksum. @default {false} */
  readonly keepDamaged?: boolean;
  /** Whether the new recording is compressed, see {@linkcode RecordingOptions.compress}. @default {"none"} */
  readonly compress?: "zstd" | "none";
}

/** What came of one channel. */
export interface RecoveredChannel {
  /** The channel. */
  readonly name: string;
  /** Frames with data in the new recording. */
  readonly frames: number;
  /** Frames that were left out because their block is damaged. */
  readonly lostFrames: number;
  /** Blocks that are not what was written. */
  readonly damagedBlocks: number;
  /** Bytes behind the last whole frame, which were left out. */
  readonly cutBytes: number;
}

/** What {@linkcode recoverRecording} did. */
export interface RecoverReport {
  /** The recording that was read. */
  readonly from: string;
  /** The new recording. */
  readonly to: string;
  /** What came of each channel, by name. */
  readonly channels: readonly RecoveredChannel[];
  /** Bytes behind the last whole frames, of all channels; in MCAP they belong to none. */
  readonly cutBytes: number;
  /** What a check of the new recording found. */
  readonly verify: VerifyReport;
}

/**
 * Copies what is whole into a new recording in `to`: the frames of all good blocks, and the whole frames behind the last
 * entry of each index. What is left out is counted, and noted as gaps in `~events`. The source is only read; the new
 * recording has indexes, is marked as whole, and is verified before this returns. Its form is the one that `to` names,
 * so this also turns a folder into an MCAP file, and back.
 *
 * @throws {TinmanError} `EXISTS` when there is a recording in `to`; `CONFIG` when a folder is to be compressed;
 * `WRITE_FAILED`.
 */
export function recoverRecording(files: Files, from: string, to: string, options: RecoverOptions = {}): RecoverReport {
  const source = findRecording(files, from);
  if (isMcapPath(to) ? files.stat(to) !== undefined : holdsRecording(files, to)) {
    throw new TinmanError("EXISTS", `Cannot recover into ${to}: there is a recording in it`, {
      path: to,
      hint: "name a folder or an .mcap file that is not there yet",
    });
  }
  if (isMcapFile(files, source) || isMcapPath(to) || options.compress === "zstd") {
    const { channels, cutBytes } = recoverInto(files, source, to, options);
    return { from: source, to, channels, cutBytes, verify: verifyRecording(files, to) };
  }
  const { manifest, logs } = openLogs(files, source);
  const copies: ChannelCopy[] = [];
  try {
    files.makeFolder(to);
    for (const { entry, log } of logs) {
      const file = logFileName(entry.name, files.list(to));
      const copy = new ChannelCopy({ ...entry, file }, new LogWriter(files, `${to}/${file}`));
      copies.push(copy);
      copy.take(log, { keepDamaged: options.keepDamaged ?? false, startedNs: manifest.startedNs });
    }
    const channels = copies.map((copy) => copy.report());
    const endedNs = noteLosses(files, to, { copies, startedNs: manifest.startedNs });
    for (const { writer } of copies) writer.close();
    writeManifest(files, to, { ...manifest, endedNs, clean: true, channels: copies.map((copy) => copy.described()) });
    const shown = channels.filter(({ name }) => !isReserved(name));
    const cutBytes = channels.reduce((sum, each) => sum + each.cutBytes, 0);
    return { from: source, to, channels: shown, cutBytes, verify: verifyRecording(files, to) };
  } finally {
    for (const { log } of logs) log.close();
    for (const { writer } of copies) releaseQuietly(writer);
  }
}

/** One channel on its way into the new recording. */
class ChannelCopy {
  readonly entry: ManifestChannel;
  readonly writer: LogWriter;
  headerFrames = 0;
  lostFrames = 0;
  damagedBlocks = 0;
  cutBytes = 0;
  #header: ChannelHeader | undefined;

  constructor(entry: ManifestChannel, writer: LogWriter) {
    this.entry = entry;
    this.writer = writer;
  }

  take(log: LogReader, { keepDamaged, startedNs }: { keepDamaged: boolean; startedNs: bigint }): void {
    this.headerFrames = log.headerFrames;
    this.#header = log.header && { ...log.header, channel: this.entry.name, latched: this.entry.latched ?? false };
    this.cutBytes = log.tail.cutBytes;
    for (const block of log.blocks) {
      const isGood = this.#isGood(log, block);
      const skip = block.firstFrame === 0 && (!isGood || log.headerIsCopy) ? this.#writeHeader(block.firstNs) : 0;
      const bytes = log.readBlock(block, false);
      const kept = isGood ? this.#copy(bytes, skip) : keepDamaged ? this.#copy(bytes, skip, block) : 0;
      if (isGood) continue;
      this.damagedBlocks++;
      this.lostFrames += block.frames - skip - kept;
    }
    if (this.writer.frames === 0) this.#writeHeader(startedNs);
  }

  /** Counts, before losses are noted. */
  report(): RecoveredChannel {
    const { entry: { name }, lostFrames, damagedBlocks, cutBytes } = this;
    return { name, frames: this.writer.frames - this.headerFrames, lostFrames, damagedBlocks, cutBytes };
  }

  /** What the new recording.json says of the channel. */
  described(): ManifestChannel {
    // A copy of the header that nobody could read is of no use to the next one either.
    const { drops = 0, header: _, ...entry } = this.entry;
    const lost = drops + this.lostFrames;
    return {
      ...entry,
      ...(this.#header && { codec: this.#header.codec, header: encodeHeader(this.#header).toBase64() }),
      frames: this.writer.frames - this.headerFrames,
      ...(lost > 0 && { drops: lost }),
    };
  }

  /** Whether the bytes are what was written, and what the index says of them. */
  #isGood(log: LogReader, block: Block): boolean {
    try {
      return countFrames(log.readBlock(block, true)) === block.frames;
    } catch (error) {
      if (isTinmanError(error, "CORRUPT_LOG")) return false;
      throw error;
    }
  }

  /** Writes the header anew where the one in the log cannot be trusted; returns how many frames it stands for. */
  #writeHeader(timeNs: bigint): number {
    if (this.#header === undefined) return 0;
    this.writer.writeBytes(encodeHeader(this.#header), timeNs);
    return 1;
  }

  /** Copies all frames but the first `skip`. In a damaged block only those whose time fits are taken. */
  #copy(bytes: Uint8Array, skip: number, damaged?: Block): number {
    const view = viewOf(bytes);
    let [at, kept] = [0, 0];
    for (let i = 0; at + FRAME_HEADER_BYTES <= bytes.length; i++) {
      const start = at + FRAME_HEADER_BYTES;
      const end = start + lengthAt(view, at);
      if (end > bytes.length) break;
      const [hi, lo] = [view.getUint32(at + 4, true), view.getUint32(at, true)];
      if (i >= skip && (damaged === undefined || this.#fits(joinTime(hi, lo), damaged))) {
        this.writer.append(bytes.subarray(start, end), hi, lo);
        kept++;
      }
      at = end;
    }
    return kept;
  }

  #fits(timeNs: bigint, { firstNs, lastNs }: Block): boolean {
    return timeNs >= firstNs && timeNs <= lastNs && timeNs > (this.writer.lastNs ?? -1n);
  }
}

/** Notes what was left out as events behind all frames; returns the last time of the recording. */
function noteLosses(
  files: Files,
  to: string,
  { copies, startedNs }: { copies: ChannelCopy[]; startedNs: bigint },
): bigint {
  const losses = copies.filter(({ lostFrames, cutBytes }) => lostFrames > 0 || cutBytes > 0);
  let lastNs = copies.reduce(
    (last, { writer: { lastNs } }) => lastNs !== undefined && lastNs > last ? lastNs : last,
    startedNs,
  );
  if (losses.length === 0) return lastNs;
  let events = copies.find(({ entry }) => entry.name === EVENTS_CHANNEL);
  if (events === undefined) {
    const file = logFileName(EVENTS_CHANNEL, files.list(to));
    events = new ChannelCopy(
      { name: EVENTS_CHANNEL, file, codec: eventCodec.id },
      new LogWriter(files, `${to}/${file}`),
    );
    events.headerFrames = 1;
    events.writer.writeBytes(eventsHeader(), startedNs);
    copies.push(events);
  }
  for (const { entry, lostFrames, damagedBlocks, cutBytes } of losses) {
    const why = damagedBlocks > 0 ? `${damagedBlocks} damaged blocks were left out` : "the end of the log was torn";
    const event = { kind: "gap", channel: entry.name, frames: lostFrames, cutBytes, why };
    if (lastNs < MAX_TIME_NS) lastNs++;
    events.writer.writeBytes(eventCodec.encode(event), lastNs);
  }
  return lastNs;
}

// A damaged time may be the last there is.
const MAX_TIME_NS = 2n ** 64n - 1n;

/** How many frames the bytes are, undefined when they are no whole number of frames. */
function countFrames(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  let [at, frames] = [0, 0];
  for (; at + FRAME_HEADER_BYTES <= bytes.length; frames++) at += FRAME_HEADER_BYTES + lengthAt(view, at);
  return at === bytes.length ? frames : undefined;
}

/** Releases what an error left open; the error itself is on its way already. */
function releaseQuietly(writer: LogWriter): void {
  try {
    writer.close();
  } catch {
    // A full disk, which the caller is being told of.
  }
}
