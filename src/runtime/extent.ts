import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Recording } from "../log/mod.ts";
import { JOURNAL_CHANNEL } from "./journal.ts";
import type { RecordedGraph } from "./recorded_graph.ts";

/*
 * A recording that was cut off has lost what was still in memory, of one channel more than of another. So each time
 * everything is written out, a mark is put behind it in the channel of journals, which is written last:
 *
 *   mark = nodes:varint end:varint     `nodes` is how many nodes there are, a number that no node has
 *
 * Whoever finds a mark finds all that was recorded before it. `end` is 1 when nothing comes any more, else 0.
 */

/** The payload of a mark. */
export function encodeMark(nodes: number, isEnd: boolean): Uint8Array {
  return new ByteWriter(16).varint(nodes).varint(isEnd ? 1 : 0).take();
}

/** How much of a run its recording holds. */
export interface Extent {
  /** What was recorded before this time is there, in all channels. */
  readonly untilNs: bigint;
  /** Whether this is all that ever was. */
  readonly isWhole: boolean;
  /** No frame can have been recorded after this time. */
  readonly latestNs: bigint;
}

/** The end of the year 2262, far from where a time of 64 bits begins anew. */
const LATEST_NS = 2n ** 63n - 1n;
/** How long after its last mark a run may have gone on, at the very most: until it was cut off, or had ended. */
const UNMARKED_NS = { cut: 3_600_000_000_000n, ended: 60_000_000_000n };

/** How much of a run `recording` holds, by its last mark; everything, when it was ended in good order without any. */
export function extentOf(recording: Recording): Extent {
  const { clean, graph, endedNs = LATEST_NS } = recording.manifest;
  const nodes = (graph as Partial<RecordedGraph> | undefined)?.nodes;
  const isThere = recording.reservedChannels.some(({ name }) => name === JOURNAL_CHANNEL);
  const whole: Extent = { untilNs: 2n ** 64n, isWhole: clean, latestNs: earlier(endedNs, LATEST_NS) };
  if (!isThere || !Array.isArray(nodes)) return whole;
  let found: Extent = clean ? whole : { untilNs: 0n, isWhole: false, latestNs: whole.latestNs };
  try {
    for (const { data, timeNs } of recording.frames({ channels: [JOURNAL_CHANNEL] })) {
      const isEnd = readMark(data, nodes.length);
      if (isEnd === undefined) continue;
      const latestNs = earlier(timeNs + UNMARKED_NS[isEnd ? "ended" : "cut"], whole.latestNs);
      found = isEnd ? { ...whole, latestNs } : { untilNs: timeNs, isWhole: false, latestNs };
    }
  } catch (error) {
    // Whoever follows the journal up to there is told.
    if (!isTinmanError(error, "CORRUPT_LOG")) throw error;
  }
  return found;
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Whether a mark is the end; undefined for what is no mark. */
function readMark(data: Uint8Array, nodes: number): boolean | undefined {
  try {
    const reader = new ByteReader(data);
    return reader.varint() === nodes ? reader.varint() === 1 : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
