import { decodeCbor, encodeCbor } from "../cbor/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Event } from "./event.ts";

/** An event of a run, as it was written down. */
export interface TranscriptEntry {
  /** The name of its kind, and of those that this one refines. */
  readonly lineage: readonly string[];
  /** Who emitted it. Undefined: it came from outside, or is tinman's own. */
  readonly by: string | undefined;
  /** How far the run was when it came from outside. */
  readonly step: number | undefined;
  /** What it carried, as CBOR, its fields in the order in which they were. */
  readonly bytes: Uint8Array;
}

/** What happened in a run: all events in the order in which they were on their way. */
export interface Transcript {
  /** The seed of the run, on which its chance depended. */
  readonly seed: string;
  /** The events, in order. */
  readonly entries: readonly TranscriptEntry[];
}

/** Where two transcripts part. */
export interface TranscriptDifference {
  /** Which event, from 1. */
  readonly event: number;
  /** The event in the first transcript, undefined when it is at its end. */
  readonly expected: TranscriptEntry | undefined;
  /** The event in the second. */
  readonly actual: TranscriptEntry | undefined;
  /** Both, as a sentence: `first difference at event 7: expected …`. */
  readonly message: string;
}

/** What a transcript in memory may take. */
const MAX_BYTES = 1024 ** 3;
/** What an entry takes besides its bytes, about. */
const ENTRY_BYTES = 200;
/** Longest text of an event in a message. */
const MAX_SHOWN = 200;

/** Writes an event down. What it carries has to be data, as for `encodeCbor()`. */
export function describeEvent(
  event: Event<object>,
  { by, step }: Pick<TranscriptEntry, "by" | "step">,
): TranscriptEntry {
  const { kindName, lineage } = event.kind;
  try {
    return { lineage, by, step, bytes: encodeCbor(event.data, { keepOrder: true }) };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new TinmanError("CODEC", `Cannot write event ${JSON.stringify(kindName)} down: ${problem}`, {
      codec: "cbor",
      direction: "encode",
      cause,
      hint: "Run without a transcript, or let events carry plain data",
    });
  }
}

/** Keeps entries in memory. */
export function createRecorder(): { readonly entries: TranscriptEntry[]; add(entry: TranscriptEntry): void } {
  const entries: TranscriptEntry[] = [];
  let bytes = 0;
  return {
    entries,
    add(entry) {
      bytes += entry.bytes.length + ENTRY_BYTES;
      if (bytes > MAX_BYTES) {
        throw new TinmanError("TOO_LARGE", `Cannot keep a transcript of ${entries.length + 1} events in memory`, {
          limit: MAX_BYTES,
          actual: bytes,
          hint: "Pass a function as `transcript`, which writes formatTranscriptEntry() of each to a file",
        });
      }
      entries.push(entry);
    },
  };
}

/** What an event of a transcript carried. */
export function readEntry(entry: TranscriptEntry): object {
  return decodeCbor(entry.bytes, { anyOrder: true }) as object;
}

/**
 * Where two runs part; undefined when they are the same, byte for byte.
 *
 * @example
 * ```ts
 * import { compareTranscripts, createEventPipeline, defineEvent } from "tinman/reactive";
 *
 * const Tick = defineEvent<{ n: number }>("tick");
 * const transcribe = async (n: number) => {
 *   const pipeline = createEventPipeline([]);
 *   pipeline.submit(Tick({ n }));
 *   return (await pipeline.run({ transcript: true })).transcript!;
 * };
 * console.log(compareTranscripts(await transcribe(1), await transcribe(2))?.message);
 * // first difference at event 2: expected tick {"n":1} from outside, got tick {"n":2} from outside
 * ```
 */
export function compareTranscripts(expected: Transcript, actual: Transcript): TranscriptDifference | undefined {
  const [before, after] = [expected.entries, actual.entries];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [a, b] = [before[i], after[i]];
    if (a !== undefined && b !== undefined && isSameEntry(a, b)) continue;
    const message = `first difference at event ${i + 1}: expected ${showEntry(a)}, got ${showEntry(b)}`;
    return { event: i + 1, expected: a, actual: b, message };
  }
  return undefined;
}

function isSameEntry(a: TranscriptEntry, b: TranscriptEntry): boolean {
  return a.by === b.by && (a.step === undefined) === (b.step === undefined) &&
    a.lineage.length === b.lineage.length && a.lineage.every((name, i) => name === b.lineage[i]) &&
    a.bytes.length === b.bytes.length && a.bytes.every((byte, i) => byte === b.bytes[i]);
}

function showEntry(entry: TranscriptEntry | undefined): string {
  if (entry === undefined) return "the end";
  const { lineage, by, step } = entry;
  const from = by === undefined ? step === undefined ? "" : " from outside" : ` by ${JSON.stringify(by)}`;
  return `${lineage[0]} ${showData(entry)}${from}`;
}

function showData(entry: TranscriptEntry): string {
  const text = JSON.stringify(readEntry(entry), (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
    if (value instanceof Map || value instanceof Set) return [...value];
    return typeof value === "number" && !Number.isFinite(value) ? `${value}` : value;
  });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
