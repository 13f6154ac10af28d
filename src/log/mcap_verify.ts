import { crc32 } from "../bytes/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { Finding } from "./finding.ts";
import { joinTime, viewOf } from "./frame.ts";
import type { McapChunk, McapTopic } from "./mcap_contents.ts";
import { Op } from "./mcap_format.ts";
import { walkRecords } from "./mcap_records.ts";
import { McapSource } from "./mcap_source.ts";
import type { VerifyReport } from "./verify.ts";

const RECOVER = "tinman log recover writes what is whole to a new recording";
const PIECE_BYTES = 1024 * 1024;

/** Reads an MCAP file from end to end: chunks, their checksums and messages, times that go back, the checksum of the data. */
export function* verifyMcap(files: Files, path: string): Generator<undefined, VerifyReport> {
  const source = new McapSource(files, path, {});
  try {
    return yield* new McapCheck(source).run();
  } finally {
    source.close();
  }
}

class McapCheck {
  readonly #source: McapSource;
  readonly #findings: Finding[];
  readonly #lastNs = new Map<McapTopic, bigint>();
  #frames = 0;
  #damagedBlocks = 0;
  #damagedFrames = 0;
  #uncheckedFrames = 0;

  constructor(source: McapSource) {
    this.#source = source;
    this.#findings = [...source.problems];
  }

  *run(): Generator<undefined, VerifyReport> {
    const { file, topics, channels, path } = this.#source;
    const { contents: { chunks, dataEnd }, cut } = file;
    for (const { name, drops } of channels) {
      if (drops === 0) continue;
      this.#add({ severity: "info", channel: name, message: `${drops} frames were not recorded, ~events says why` });
    }
    for (const chunk of chunks) {
      this.#checkChunk(chunk);
      yield;
    }
    yield* this.#checkData();
    return {
      folder: path,
      ok: this.#findings.every(({ severity }) => severity !== "error"),
      findings: this.#findings,
      totals: {
        channels: topics.length,
        frames: this.#frames,
        bytes: dataEnd?.at ?? cut.at,
        blocks: chunks.length,
        damagedBlocks: this.#damagedBlocks,
        damagedFrames: this.#damagedFrames,
        uncheckedFrames: this.#uncheckedFrames,
        cutBytes: cut.bytes,
      },
    };
  }

  #checkChunk(chunk: McapChunk): void {
    try {
      const frames = this.#countFrames(chunk);
      this.#frames += frames;
      if (!this.#hasChecksum(chunk)) this.#uncheckedFrames += frames;
    } catch (error) {
      if (!isTinmanError(error)) throw error;
      const frames = sumOf(chunk.counts);
      this.#damagedBlocks++;
      this.#damagedFrames += frames;
      const problem = error.message.replace(/^Cannot read .* at byte \d+: /, "");
      const message = `${problem}: ${frames} frames are damaged`;
      this.#add({ severity: "error", at: chunk.at, message, fix: RECOVER });
    }
  }

  /** Goes through the messages of a chunk; an error when they are not what the chunk and its index say. */
  #countFrames(chunk: McapChunk): number {
    const { chunks: reader } = this.#source.file;
    const records = reader.load(chunk, true);
    const view = viewOf(records);
    const counts = new Map<number, number>();
    const walk = walkRecords(records);
    let step = walk.next();
    let frames = 0;
    for (; !step.done; step = walk.next()) {
      const { op, at } = step.value;
      if (op !== Op.message) continue;
      const id = view.getUint16(at + 9, true);
      counts.set(id, (counts.get(id) ?? 0) + 1);
      frames++;
      this.#checkTime(chunk, joinTime(view.getUint32(at + 19, true), view.getUint32(at + 15, true)), id);
    }
    if (step.value !== undefined) throw reader.corrupt(chunk.at, step.value);
    const said = chunk.counts ?? [...counts].flat();
    if (sumOf(said) !== frames || said.some((id, i) => i % 2 === 0 && counts.get(id) !== said[i + 1])) {
      throw reader.corrupt(chunk.at, `the chunk has ${frames} messages, its index says ${sumOf(said)}`);
    }
    return frames;
  }

  #checkTime(chunk: McapChunk, timeNs: bigint, id: number): void {
    const { file: { chunks: reader }, topicsById } = this.#source;
    if (timeNs < chunk.firstNs || timeNs > chunk.lastNs) {
      throw reader.corrupt(chunk.at, "the chunk has a message of another time than it says");
    }
    const topic = topicsById.get(id);
    if (topic === undefined) throw reader.corrupt(chunk.at, `a message is of channel ${id}, which nobody described`);
    const lastNs = this.#lastNs.get(topic);
    this.#lastNs.set(topic, timeNs);
    // Messages of others may stand in any order: they are sorted when they are read.
    if (!topic.isOurs || lastNs === undefined || timeNs > lastNs) return;
    this.#add({
      severity: "error",
      channel: topic.name,
      at: chunk.at,
      message: `a frame of time ${timeNs} stands behind one of ${lastNs}`,
      fix: "it was not written by tinman as it stands; read it with care",
    });
  }

  #hasChecksum(chunk: McapChunk): boolean {
    const { file } = this.#source;
    if (file.contents.dataEnd?.crc) return true;
    return !chunk.bare && viewOf(file.read(chunk.at, 37)).getUint32(33, true) !== 0;
  }

  /** What stands between the chunks has no checksum but that of all data. */
  *#checkData(): Generator<undefined, void> {
    const { file } = this.#source;
    const { dataEnd } = file.contents;
    if (dataEnd === undefined || dataEnd.crc === 0 || this.#damagedBlocks > 0) return;
    let crc = 0;
    for (let at = 0; at < dataEnd.at; at += PIECE_BYTES) {
      crc = crc32(file.read(at, Math.min(PIECE_BYTES, dataEnd.at - at)), crc);
      yield;
    }
    if (crc === dataEnd.crc) return;
    const message =
      "the checksum of the data is wrong, and every chunk is as written: something between them is damaged";
    this.#add({ severity: "error", at: dataEnd.at, message, fix: RECOVER });
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
  }
}

function sumOf(counts: readonly number[] = []): number {
  return counts.reduce((sum, count, i) => i % 2 === 0 ? sum : sum + count, 0);
}
