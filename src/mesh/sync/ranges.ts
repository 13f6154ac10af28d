import { createHash } from "node:crypto";
import { ByteWriter } from "../../bytes/mod.ts";
import { compareIds } from "../event.ts";
import { type Frontier, type FrontierEntry, MAX_ENTRIES } from "./frontier.ts";
import {
  asksOf,
  decodeRanges,
  encodeRanges,
  MAX_DEPTH,
  partsOf,
  PRINT_BITS,
  type Range,
  type RangeAnswer,
  type RangeAsk,
} from "./range_messages.ts";
import { refuse, within } from "./refuse.ts";

/**
 * Finds what the other has without being told all of it: fingerprints of ranges of the devices by their tags, again of the
 * parts of ranges that differ, and at last the heads in what is left (Meyer, "Range-Based Set Reconciliation", 2022). A
 * fingerprint is a part of a SHA-256 with the salt of the contact, so nobody can prepare two sets that have the same.
 */
export class Ranges {
  readonly #entries: readonly FrontierEntry[];
  readonly #starts: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #salt: Uint8Array;
  readonly #own: number | undefined;
  #other: number | undefined;
  /** What we have said and the other is to answer. */
  #asks: readonly RangeAsk[] = [{ range: WHOLE, kind: "print" }];
  #isFirst = true;
  #isDone = false;
  readonly #found: FrontierEntry[] = [];

  /** `mine` has tags, and whole ids. */
  constructor(mine: Frontier, salt: Uint8Array) {
    this.#salt = salt;
    this.#own = mine.own === undefined ? undefined : mine.entries[mine.own]!.tag;
    // Two with one tag stay in the order of their keys, which both know.
    this.#entries = mine.entries.toSorted((a, b) => a.tag! - b.tag!);
    const writer = new ByteWriter(64 * this.#entries.length);
    this.#starts = this.#entries.map((entry) => {
      const start = writer.length;
      writeEntry(writer, entry);
      return start;
    });
    this.#bytes = writer.take();
  }

  /** What the one says who begins. */
  begin(): Uint8Array {
    return this.#say([{ range: WHOLE, kind: "print" }], [this.#split(WHOLE)]);
  }

  /** Takes what the other says; gives what is to be said to that, if anything. @throws {TinmanError} `PROTOCOL` */
  read(bytes: Uint8Array): Uint8Array | undefined {
    const { own, answers } = decodeRanges(bytes, this.#asks);
    this.#other ??= own;
    const owed = answers.flatMap((answer, i) => this.#hear(this.#asks[i]!, answer));
    this.#asks = [];
    if (this.#found.length > MAX_ENTRIES) within("ranges", () => refuse("it has too many devices"));
    if (owed.length > 0) return this.#say(owed.map(({ ask }) => ask), owed.map((each) => this.#answer(each)));
    this.#isDone = true;
    return undefined;
  }

  /** What the other has, when that is known. */
  get frontier(): Frontier | undefined {
    if (!this.#isDone) return undefined;
    const entries = this.#found;
    const own = this.#other === undefined ? -1 : entries.findIndex(({ tag }) => tag === this.#other);
    return { own: own < 0 ? undefined : own, isPlain: false, entries };
  }

  #say(asks: readonly RangeAsk[], answers: readonly RangeAnswer[]): Uint8Array {
    const bytes = encodeRanges({ own: this.#isFirst ? this.#own : undefined, answers }, asks);
    this.#isFirst = false;
    this.#asks = asks.flatMap((ask, i) => asksOf(ask, answers[i]!));
    this.#isDone = this.#asks.length === 0;
    return bytes;
  }

  /** What is to be said to an answer. */
  #hear(ask: RangeAsk, answer: RangeAnswer): Owed[] {
    if (answer.kind === "same") this.#found.push(...this.#within(ask.range));
    if (answer.kind === "entries") this.#found.push(...answer.entries);
    return asksOf(ask, answer).map((next, i) => ({
      ask: next,
      print: answer.kind === "split" ? answer.prints[i]! : undefined,
    }));
  }

  #answer({ ask: { range }, print }: Owed): RangeAnswer {
    const entries = this.#within(range);
    if (print !== undefined && print === this.#print(range)) {
      this.#found.push(...entries);
      return { kind: "same" };
    }
    const isShort = entries.length <= MAX_SHORT || range.depth === MAX_DEPTH;
    return print === undefined || isShort ? { kind: "entries", entries } : this.#split(range);
  }

  #split(range: Range): RangeAnswer {
    return { kind: "split", prints: partsOf(range).map((part) => this.#print(part)) };
  }

  /** A fingerprint of what is here in a range. */
  #print(range: Range): number {
    const [from, to] = this.#bounds(range);
    const start = this.#starts[from] ?? this.#bytes.length;
    const end = this.#starts[to] ?? this.#bytes.length;
    const digest = createHash("sha256").update(this.#salt).update(this.#bytes.subarray(start, end)).digest();
    return digest.readUIntLE(0, PRINT_BITS / 8);
  }

  #within(range: Range): readonly FrontierEntry[] {
    return this.#entries.slice(...this.#bounds(range));
  }

  #bounds({ depth, path }: Range): [from: number, to: number] {
    const width = 2 ** (32 - 4 * depth);
    return [this.#find(path * width), this.#find((path + 1) * width)];
  }

  /** The first entry whose tag is not below. */
  #find(tag: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.tag! < tag) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Owed {
  readonly ask: RangeAsk;
  /** The other's fingerprint; undefined where it has said what it has. */
  readonly print: number | undefined;
}

const WHOLE: Range = { depth: 0, path: 0 };
/** As many are told rather than split: sixteen fingerprints take 96 bytes, a device about seven. */
const MAX_SHORT = 16;

function writeEntry(writer: ByteWriter, { tag, heads }: FrontierEntry): void {
  writer.u32(tag!).u8(heads.length);
  // Branches stand in the order in which they came.
  for (const { seq, prefix } of heads.toSorted((a, b) => compareIds(a.prefix, b.prefix))) writer.u32(seq).bytes(prefix);
}
