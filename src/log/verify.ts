import type { Files } from "../files/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Finding } from "./finding.ts";
import { isMcapFile } from "./folders.ts";
import { FRAME_HEADER_BYTES, joinTime, lengthAt, viewOf } from "./frame.ts";
import type { Block } from "./index.ts";
import { verifyMcap } from "./mcap_verify.ts";
import { findRecording, type OpenLog, openLogs } from "./open_logs.ts";

/** What {@linkcode verifyRecording} found. */
export interface VerifyReport {
  /** Where the recording is. */
  readonly folder: string;
  /** Whether there is no finding of severity `error`. */
  readonly ok: boolean;
  /** Everything that is not as it should be. */
  readonly findings: readonly Finding[];
  /** What was read. */
  readonly totals: {
    readonly channels: number;
    /** Frames with data in good blocks and behind the last entry of an index. */
    readonly frames: number;
    readonly bytes: number;
    readonly blocks: number;
    /** Blocks that are not what was written. */
    readonly damagedBlocks: number;
    /** Frames in these, as the index says. */
    readonly damagedFrames: number;
    /** Frames that have no checksum. */
    readonly uncheckedFrames: number;
    /** Bytes behind the last whole frames. */
    readonly cutBytes: number;
  };
}

const RECOVER = "tinman log recover writes what is whole to a new recording";

/**
 * Reads a recording from end to end: checksums of blocks, structure of frames, the order of times, indexes against
 * frames, torn tails. Damage is a finding, never an error.
 *
 * @throws {TinmanError} `NOT_FOUND` or `FOREIGN_LOG` when there is no recording.
 */
export function verifyRecording(files: Files, folder: string): VerifyReport {
  const steps = verifySteps(files, folder);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same block by block, for who has other things to do between. Its files are closed at the end, or by `return()`.
 *
 * @throws {TinmanError} `NOT_FOUND` or `FOREIGN_LOG` when there is no recording.
 */
export function* verifySteps(files: Files, folder: string): Generator<undefined, VerifyReport> {
  const path = findRecording(files, folder);
  if (isMcapFile(files, path)) return yield* verifyMcap(files, path);
  const { logs, problems, manifest: { clean } } = openLogs(files, path);
  const checks = logs.map((each) => new ChannelCheck(each, clean));
  try {
    for (const check of checks) yield* check.run();
  } finally {
    for (const { log } of logs) log.close();
  }
  const findings = [...problems, ...checks.flatMap((check) => check.findings)];
  const sum = (count: (check: ChannelCheck) => number) => checks.reduce((total, check) => total + count(check), 0);
  return {
    folder: path,
    ok: findings.every(({ severity }) => severity !== "error"),
    findings,
    totals: {
      channels: logs.length,
      frames: sum((check) => check.frames),
      bytes: sum(({ opened: { log } }) => log.bytes),
      blocks: sum(({ opened: { log } }) => log.blocks.length),
      damagedBlocks: sum((check) => check.damagedBlocks),
      damagedFrames: sum((check) => check.damagedFrames),
      uncheckedFrames: sum((check) => check.uncheckedFrames),
      cutBytes: sum(({ opened: { log } }) => log.tail.cutBytes),
    },
  };
}

class ChannelCheck {
  readonly opened: OpenLog;
  readonly findings: Finding[] = [];
  frames = 0;
  damagedBlocks = 0;
  damagedFrames = 0;
  uncheckedFrames = 0;
  #last: { readonly hi: number; readonly lo: number } | undefined;
  #disorder = 0;
  readonly #isClean: boolean;

  constructor(opened: OpenLog, isClean: boolean) {
    this.opened = opened;
    this.#isClean = isClean;
  }

  *run(): Generator<undefined, void> {
    const { log, entry } = this.opened;
    const { indexProblem, frames } = log.tail;
    // Nobody promised an index for logs of others.
    if (log.format !== "python" && indexProblem !== undefined && log.bytes > 0) {
      const message = `its index cannot be used, ${indexProblem}: ${frames} frames have no checksum`;
      this.#add({ severity: "warning", message, fix: RECOVER });
    }
    if (entry.header !== undefined && log.bytes > 0 && log.headerIsCopy) {
      const message = "its codec header is damaged; the copy in recording.json is used";
      this.#add({ severity: "error", at: 0, message, fix: RECOVER });
    }
    if (this.#isClean && entry.header !== undefined && log.bytes === 0) {
      this.#add({ severity: "error", at: 0, message: "its file is empty", fix: "bring the file back from a copy" });
    }
    if (this.#isClean && indexProblem === undefined && frames > 0) {
      const message = `its index ends early: ${frames} frames have no checksum`;
      this.#add({ severity: "warning", message, fix: RECOVER });
    }
    if (entry.drops !== undefined) {
      this.#add({ severity: "info", message: `${entry.drops} frames were not recorded, ~events says why` });
    }
    for (const block of log.blocks) {
      this.#checkBlock(block);
      yield;
    }
    if (this.#disorder > 1) {
      this.#add({ severity: "info", message: `in all ${this.#disorder} frames are not later than the one before` });
    }
  }

  #checkBlock(block: Block): void {
    const { log } = this.opened;
    try {
      const bytes = log.readBlock(block);
      this.#checkFrames(block, bytes);
    } catch (error) {
      if (!isTinmanError(error, "CORRUPT_LOG")) throw error;
      this.#damaged(block, error.details.at, error.message);
      return;
    }
    if (block.crc === undefined) this.uncheckedFrames += block.frames;
    this.frames += block.frames - (block.firstFrame === 0 ? log.headerFrames : 0);
  }

  /** Frames of a block that has the right checksum are as they were written: what is wrong then is the index, or a time. */
  #checkFrames(block: Block, bytes: Uint8Array): void {
    const { log } = this.opened;
    const view = viewOf(bytes);
    let [at, frames] = [0, 0];
    while (at < bytes.length) {
      const whole = at + FRAME_HEADER_BYTES <= bytes.length &&
        at + FRAME_HEADER_BYTES + lengthAt(view, at) <= bytes.length;
      if (!whole) throw log.corrupt(block.at + at, "a frame is longer than its block");
      const time = { hi: view.getUint32(at + 4, true), lo: view.getUint32(at, true) };
      this.#checkTime(time, { block, at, isHeader: block.firstFrame + frames < log.headerFrames });
      frames++;
      at += FRAME_HEADER_BYTES + lengthAt(view, at);
    }
    if (frames !== block.frames) {
      throw log.corrupt(block.at, `the block has ${frames} frames, its index says ${block.frames}`);
    }
  }

  #checkTime(time: { hi: number; lo: number }, place: { block: Block; at: number; isHeader: boolean }): void {
    const { log } = this.opened;
    const last = this.#last;
    // The header has the time at which the recording began: the first frame may have the same.
    this.#last = place.isHeader ? undefined : time;
    if (last === undefined || time.hi > last.hi || time.hi === last.hi && time.lo > last.lo) return;
    if (log.format !== "tinman" && time.hi === last.hi && time.lo === last.lo) return;
    if (this.#disorder++ > 0) return;
    const [now, before] = [joinTime(time.hi, time.lo), joinTime(last.hi, last.lo)];
    this.#add({
      severity: log.format === "tinman" ? "error" : "warning",
      at: place.block.at + place.at,
      message: `a frame of time ${now} stands behind one of ${before}`,
      fix: "read it with care: seeking and merging take it for sorted",
    });
  }

  #damaged(block: Block, at: number, message: string): void {
    this.damagedBlocks++;
    this.damagedFrames += block.frames;
    const problem = message.replace(/^Cannot read .* at byte \d+: /, "");
    this.#add({ severity: "error", at, message: `${problem}: ${block.frames} frames are damaged`, fix: RECOVER });
  }

  #add(finding: Finding): void {
    this.findings.push({ ...finding, channel: this.opened.entry.name });
  }
}
