import { type FrameCursor, type LoadedBlock, loadedBlock, NO_BLOCK, type TimeRange } from "./cursor.ts";
import { joinTime, splitTime, viewOf } from "./frame.ts";
import type { McapChunk, McapTopic } from "./mcap_contents.ts";
import type { ChunkReader } from "./mcap_chunks.ts";
import { MESSAGE_HEADER_BYTES, Op, RECORD_HEADER_BYTES } from "./mcap_format.ts";

/** A chunk among those of a file, and how many frames of each channel are in front of it: pairs of order and count. */
export interface PlacedChunk {
  readonly chunk: McapChunk;
  readonly before: readonly number[];
}

/** One channel in the chunk that a cursor is in. */
interface Track {
  readonly topic: McapTopic;
  block: LoadedBlock;
  /** The number of the next frame. */
  next: number;
}

/**
 * Goes through the messages of chunks that follow each other in time. Where the messages of a chunk are not in order,
 * which only files of others have, they are sorted by time, channel and place.
 */
export class McapCursor implements FrameCursor {
  hi = 0;
  lo = 0;
  start = 0;
  length = 0;
  index = -1;
  block: LoadedBlock = NO_BLOCK;
  readonly #reader: ChunkReader;
  readonly #chunks: readonly PlacedChunk[];
  // By the id of the channel; undefined for those that nobody asked for.
  readonly #tracks: readonly (Track | undefined)[];
  readonly #byOrder: ReadonlyMap<number, Track>;
  readonly #range: { readonly fromNs: bigint; readonly toNs: bigint };
  #view: DataView = NO_BLOCK.view;
  // Where the payloads of the chunk's messages start, in the order of time.
  #starts = new Uint32Array(256);
  #at = 0;
  #end = 0;
  #nextChunk = 0;

  /** Stands before the first message of these channels. */
  constructor(
    reader: ChunkReader,
    chunks: readonly PlacedChunk[],
    options: TimeRange & {
      readonly topics: ReadonlyMap<number, McapTopic>;
    },
  ) {
    const { topics, fromNs = 0n, toNs = 2n ** 64n } = options;
    this.#reader = reader;
    this.#chunks = chunks;
    this.#range = { fromNs, toNs };
    this.#byOrder = new Map(Array.from(topics.values(), (topic) => [topic.order, { topic, block: NO_BLOCK, next: 0 }]));
    this.#tracks = tracksOf(topics, this.#byOrder);
  }

  next(): boolean {
    while (this.#at >= this.#end) if (!this.#load()) return false;
    const view = this.#view;
    const start = this.#starts[this.#at++]!;
    const track = this.#tracks[view.getUint16(start - 22, true)]!;
    this.lo = view.getUint32(start - 16, true);
    this.hi = view.getUint32(start - 12, true);
    this.start = start;
    this.length = view.getUint32(start - 30, true) - (MESSAGE_HEADER_BYTES - RECORD_HEADER_BYTES);
    this.block = track.block;
    this.index = track.next++;
    return true;
  }

  /** Reads the next chunk that can have frames of the range; false when there is none. */
  #load(): boolean {
    const { fromNs, toNs } = this.#range;
    for (; this.#nextChunk < this.#chunks.length; this.#nextChunk++) {
      const { chunk, before } = this.#chunks[this.#nextChunk]!;
      if (chunk.lastNs < fromNs || chunk.firstNs >= toNs || !this.#mayHave(chunk)) continue;
      this.#open(chunk, before);
      this.#nextChunk++;
      return true;
    }
    return false;
  }

  #mayHave({ counts }: McapChunk): boolean {
    return counts === undefined || counts.some((id, i) => i % 2 === 0 && this.#tracks[id] !== undefined);
  }

  #open(chunk: McapChunk, before: readonly number[]): void {
    const bytes = this.#reader.load(chunk);
    const view = viewOf(bytes);
    for (const track of this.#byOrder.values()) {
      track.block = loadedBlock(track.topic.name, chunk.at, bytes, view);
      track.next = 0;
    }
    for (let i = 0; i < before.length; i += 2) {
      const track = this.#byOrder.get(before[i]!);
      if (track !== undefined) track.next = before[i + 1]!;
    }
    this.#view = view;
    this.#collect(chunk);
    if (this.#end > 0) this.#checkTimes(chunk);
    this.#at = 0;
    if (chunk.firstNs < this.#range.fromNs || chunk.lastNs >= this.#range.toNs) this.#narrow();
  }

  /** Finds the messages of the chunk. */
  #collect(chunk: McapChunk): void {
    const view = this.#view;
    const tracks = this.#tracks;
    const size = view.byteLength;
    let starts = this.#starts;
    let [count, lastHi, lastLo, lastOrder, isSorted] = [0, 0, 0, -1, true];
    for (let at = 0; at < size;) {
      const start = at + MESSAGE_HEADER_BYTES;
      if (at + RECORD_HEADER_BYTES > size) throw this.#corrupt(chunk, "it ends inside the header of a record");
      const length = view.getUint32(at + 1, true) + view.getUint32(at + 5, true) * 2 ** 32;
      const next = at + RECORD_HEADER_BYTES + length;
      if (next > size) throw this.#corrupt(chunk, `it has a record of ${length} bytes, which is longer than it is`);
      if (view.getUint8(at) === Op.message) {
        if (start > next) throw this.#corrupt(chunk, "it has a message without a time");
        const track = tracks[view.getUint16(start - 22, true)];
        if (track !== undefined) {
          const lo = view.getUint32(start - 16, true);
          const hi = view.getUint32(start - 12, true);
          const { order } = track.topic;
          if (hi < lastHi || hi === lastHi && (lo < lastLo || lo === lastLo && order < lastOrder)) isSorted = false;
          lastHi = hi;
          lastLo = lo;
          lastOrder = order;
          if (count === starts.length) starts = this.#growStarts();
          starts[count++] = start;
        }
      }
      at = next;
    }
    this.#end = count;
    if (!isSorted) this.#sort();
  }

  #growStarts(): Uint32Array<ArrayBuffer> {
    const larger = new Uint32Array(this.#starts.length * 2);
    larger.set(this.#starts);
    return this.#starts = larger;
  }

  #sort(): void {
    const view = this.#view;
    const order = (start: number) => this.#tracks[view.getUint16(start - 22, true)]!.topic.order;
    this.#starts.subarray(0, this.#end).sort((a, b) =>
      view.getUint32(a - 12, true) - view.getUint32(b - 12, true) ||
      view.getUint32(a - 16, true) - view.getUint32(b - 16, true) || order(a) - order(b) || a - b
    );
  }

  #checkTimes(chunk: McapChunk): void {
    if (this.#timeAt(0) >= chunk.firstNs && this.#timeAt(this.#end - 1) <= chunk.lastNs) return;
    throw this.#corrupt(chunk, "it has a message of another time than it says");
  }

  /** Leaves out what lies outside the range, at both ends; it counts all the same. */
  #narrow(): void {
    const [from, to] = [splitTime(this.#range.fromNs), splitTime(this.#range.toNs)];
    const view = this.#view;
    const isBefore = (start: number, time: { hi: number; lo: number }) => {
      const hi = view.getUint32(start - 12, true);
      return hi < time.hi || hi === time.hi && view.getUint32(start - 16, true) < time.lo;
    };
    for (; this.#at < this.#end && isBefore(this.#starts[this.#at]!, from); this.#at++) {
      this.#tracks[view.getUint16(this.#starts[this.#at]! - 22, true)]!.next++;
    }
    while (this.#end > this.#at && !isBefore(this.#starts[this.#end - 1]!, to)) this.#end--;
  }

  #timeAt(i: number): bigint {
    const start = this.#starts[i]!;
    return joinTime(this.#view.getUint32(start - 12, true), this.#view.getUint32(start - 16, true));
  }

  #corrupt(chunk: McapChunk, problem: string): Error {
    this.#end = this.#at = 0;
    return this.#reader.corrupt(chunk.at, `the chunk is not what was written: ${problem}`);
  }
}

function tracksOf(
  topics: ReadonlyMap<number, McapTopic>,
  byOrder: ReadonlyMap<number, Track>,
): readonly (Track | undefined)[] {
  const tracks: (Track | undefined)[] = new Array(Math.max(0, ...topics.keys()) + 1).fill(undefined);
  for (const [id, { order }] of topics) tracks[id] = byOrder.get(order);
  return tracks;
}

/** Counts the frames of each channel from chunk to chunk, on from the counts that the channels have. */
export function place(chunks: readonly McapChunk[], topics: ReadonlyMap<number, McapTopic>): PlacedChunk[] {
  return chunks.map((chunk) => {
    const before: number[] = [];
    const seen = new Set<McapTopic>();
    const counts = chunk.counts ?? [];
    for (let i = 0; i < counts.length; i += 2) {
      const topic = topics.get(counts[i]!);
      if (topic === undefined) continue;
      if (!seen.has(topic)) before.push(topic.order, topic.frames);
      seen.add(topic);
      topic.frames += counts[i + 1]!;
    }
    return { chunk, before };
  });
}

/**
 * Parts chunks into as few runs as possible, the chunks of each behind one another in time. A cursor for each run holds
 * one chunk, so what is in memory is as many chunks as overlap at the same time: one, in a file of ours.
 */
export function lanesOf(chunks: readonly PlacedChunk[]): PlacedChunk[][] {
  const byStart = chunks.toSorted((a, b) => compare(a.chunk.firstNs, b.chunk.firstNs));
  const byEnd = chunks.toSorted((a, b) => compare(a.chunk.lastNs, b.chunk.lastNs));
  const laneOf = new Map<PlacedChunk, PlacedChunk[]>();
  const lanes: PlacedChunk[][] = [];
  const free: PlacedChunk[][] = [];
  let ended = 0;
  for (const placed of byStart) {
    for (; byEnd[ended]!.chunk.lastNs < placed.chunk.firstNs; ended++) free.push(laneOf.get(byEnd[ended]!)!);
    const lane = free.pop() ?? lanes[lanes.push([]) - 1]!;
    lane.push(placed);
    laneOf.set(placed, lane);
  }
  return lanes;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
