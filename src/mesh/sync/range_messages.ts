import { Coder, mix } from "../wire/coder.ts";
import { codeBytes, codeWhole } from "../wire/numbers.ts";
import { type FrontierEntry, type Head, MAX_ENTRIES, MAX_HEADS, PREFIX_BYTES } from "./frontier.ts";
import { refuse, within } from "./refuse.ts";

/** Devices whose tags begin with the same bits: four times `depth` of them, which are `path`. */
export interface Range {
  readonly depth: number;
  readonly path: number;
}

/** Something that was said of a range, and is to be answered: a fingerprint, or what somebody has there. */
export interface RangeAsk {
  readonly range: Range;
  readonly kind: "print" | "entries";
}

/** What is said of a range: both have the same; the fingerprints of its sixteen parts; what there is. */
export type RangeAnswer =
  | { readonly kind: "same" }
  | { readonly kind: "split"; readonly prints: readonly number[] }
  | { readonly kind: "entries"; readonly entries: readonly FrontierEntry[] };

/** Answers to all that was asked, in that order. */
export interface RangeMessage {
  /** The tag of the device that says it, if it has one. */
  readonly own: number | undefined;
  readonly answers: readonly RangeAnswer[];
}

/** The parts of a range. */
export function partsOf({ depth, path }: Range): Range[] {
  return Array.from({ length: PARTS }, (_, i) => ({ depth: depth + 1, path: path * PARTS + i }));
}

/** What is to be answered of what was said about `range`; nothing of what is the last word. */
export function asksOf({ range, kind }: RangeAsk, answer: RangeAnswer): RangeAsk[] {
  if (answer.kind === "split") return partsOf(range).map((part) => ({ range: part, kind: "print" }));
  return answer.kind === "entries" && kind === "print" ? [{ range, kind: "entries" }] : [];
}

/** See {@linkcode RangeMessage}. */
export function encodeRanges(message: RangeMessage, asks: readonly RangeAsk[]): Uint8Array {
  const coder = new Coder("write", { tableBits: TABLE_BITS });
  codeRanges(coder, asks, message);
  return coder.finish();
}

/** What {@linkcode encodeRanges} wrote. @throws {TinmanError} `PROTOCOL` */
export function decodeRanges(bytes: Uint8Array, asks: readonly RangeAsk[]): RangeMessage {
  return within("ranges", () => {
    const coder = new Coder("read", { tableBits: TABLE_BITS, bytes });
    const message = codeRanges(coder, asks, undefined);
    coder.end();
    return message;
  });
}

function codeRanges(coder: Coder, asks: readonly RangeAsk[], given: RangeMessage | undefined): RangeMessage {
  const hasOwn = coder.bit(mix(RANGES, 0), given?.own === undefined ? 0 : 1) === 1;
  const own = hasOwn ? coder.direct(32, given?.own ?? 0) : undefined;
  const left = { entries: MAX_ENTRIES };
  const answers = asks.map((ask, i): RangeAnswer => {
    const answer = given?.answers[i];
    const kind = ask.kind === "entries" ? "entries" : KINDS[codeKind(coder, ask.range, answer)]!;
    if (kind === "same") return { kind };
    if (kind === "entries") {
      return {
        kind,
        entries: codeEntries(coder, ask.range, { given: answer?.kind === kind ? answer.entries : undefined, left }),
      };
    }
    const prints = answer?.kind === kind ? answer.prints : undefined;
    return { kind, prints: Array.from({ length: PARTS }, (_, at) => coder.direct(PRINT_BITS, prints?.[at] ?? 0)) };
  });
  return { own, answers };
}

function codeKind(coder: Coder, { depth }: Range, answer: RangeAnswer | undefined): number {
  const kind = coder.symbol(mix(RANGES, 1 + depth), 2, answer === undefined ? 0 : KINDS.indexOf(answer.kind));
  if (kind >= KINDS.length) refuse(`an answer has kind ${kind}`);
  if (KINDS[kind] === "split" && depth >= MAX_DEPTH) refuse("one device cannot be split");
  return kind;
}

function codeEntries(
  coder: Coder,
  { depth, path }: Range,
  { given, left }: { readonly given: readonly FrontierEntry[] | undefined; readonly left: { entries: number } },
): FrontierEntry[] {
  const count = codeWhole(coder, mix(RANGES, 16), given?.length ?? 0);
  if ((left.entries -= count) < 0) refuse("it has too many devices");
  const bits = 32 - 4 * depth;
  let last = -1;
  return Array.from({ length: count }, (_, i): FrontierEntry => {
    const entry = given?.[i];
    const tag = path * 2 ** bits + coder.direct(bits, (entry?.tag ?? 0) % 2 ** bits);
    if (tag < last) refuse("its devices are not in order");
    last = tag;
    const branches = codeWhole(coder, mix(RANGES, 17), entry?.heads.length ?? 0);
    if (branches > MAX_HEADS) refuse(`a device has ${branches} branches`);
    return { tag, heads: Array.from({ length: branches }, (_, at) => codeHead(coder, entry?.heads[at])) };
  });
}

function codeHead(coder: Coder, head: Head | undefined): Head {
  const seq = codeWhole(coder, mix(RANGES, 18), head?.seq ?? 0);
  if (seq < 1 || seq >= 2 ** 32) refuse(`an event has number ${seq}`);
  return { seq, prefix: codeBytes(coder, head?.prefix, PREFIX_BYTES) };
}

/** Ranges so deep hold one tag. */
export const MAX_DEPTH = 8;
/** Bits of a fingerprint. */
export const PRINT_BITS = 48;
const PARTS = 16;
const KINDS = ["same", "split", "entries"] as const;
const TABLE_BITS = 12;
const RANGES = 0x72616e67;
