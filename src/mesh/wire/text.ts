import { type Coder, mix } from "./coder.ts";
import { codeWhole } from "./numbers.ts";

/** Codes texts as words that came before, new words, numbers and signs. */
export class TextModel {
  readonly #coder: Coder;
  readonly #spend: (units: number) => void;
  readonly #words: string[] = [];
  readonly #places = new Map<string, number>();

  /** `spend` is told how much was read, and throws when it is too much. */
  constructor(coder: Coder, spend: (units: number) => void) {
    [this.#coder, this.#spend] = [coder, spend];
  }

  /** A text, in the context of what such texts were before. */
  code(context: number, text: string): string {
    const tokens = this.#coder.isReading ? undefined : tokenize(text);
    let [result, before, position, isProse] = ["", 0, 0, true];
    for (let i = 0;; i++) {
      const token = tokens?.[i];
      const kind = this.#coder.symbol(mix(context, before), 3, token === undefined ? KIND.END : this.#kindOf(token));
      if (kind === KIND.END) return result;
      this.#spend(1);
      if (isWordLike(kind) && isWordLike(before)) {
        result += " ";
        [position, isProse] = [0, true];
      }
      // In dates and codes it counts where a word stands; in prose it does not.
      const place = mix(context, isProse ? 16 : 16 + Math.min(position, 15));
      const part = this.#part(place, kind, token?.text ?? "");
      if (kind === KIND.CHAR) isProse = part === " ";
      result += part;
      [before, position] = [kind, position + 1];
    }
  }

  #kindOf({ kind, text }: Token): number {
    return kind === KIND.NEW && this.#places.has(text) ? KIND.KNOWN : kind;
  }

  #part(context: number, kind: number, text: string): string {
    switch (kind) {
      case KIND.KNOWN:
        return this.#knownWord(context, text);
      case KIND.NEW:
        return this.#newWord(text);
      case KIND.NUMBER:
        return String(codeWhole(this.#coder, mix(context, KIND.NUMBER), Number(text)));
      case KIND.HEX:
        return this.#digits(text, codeWhole(this.#coder, mix(context, KIND.HEX), text.length));
      case KIND.UUID:
        return this.#digits(text.replaceAll("-", ""), 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      case KIND.CHAR:
        return this.#char(mix(context, KIND.CHAR), text);
      default:
        return "";
    }
  }

  #knownWord(context: number, text: string): string {
    const place = this.#coder.symbol(mix(context, KIND.KNOWN), WORD_BITS, this.#places.get(text) ?? 0);
    const word = this.#words[place];
    if (word === undefined) throw new RangeError("a word that was not said is meant");
    this.#spend(word.length);
    return word;
  }

  #newWord(text: string): string {
    let [beforeLast, last, word] = [0, 0, ""];
    for (let i = 0;; i++) {
      const unit = this.#unit(mix(mix(KIND.NEW, beforeLast), last), i < text.length ? text.charCodeAt(i) : 0);
      if (unit === 0) break;
      this.#spend(1);
      word += String.fromCharCode(unit);
      [beforeLast, last] = [last, unit];
    }
    if (word.length <= MAX_KEPT_WORD && this.#words.length < 1 << WORD_BITS && !this.#places.has(word)) {
      this.#places.set(word, this.#words.length);
      this.#words.push(word);
    }
    return word;
  }

  #digits(text: string, length: number): string {
    this.#spend(length);
    let digits = "";
    for (let i = 0; i < length; i++) digits += DIGITS[this.#coder.direct(4, DIGITS.indexOf(text[i] ?? "0"))]!;
    return digits;
  }

  #char(context: number, text: string): string {
    const first = this.#unit(context, text.charCodeAt(0));
    if (first < 0xd800 || first > 0xdbff) return String.fromCharCode(first);
    return String.fromCharCode(first, this.#unit(mix(context, first), text.charCodeAt(1)));
  }

  /** A UTF-16 unit; most are below 128. */
  #unit(context: number, unit: number): number {
    if (this.#coder.bit(context, unit < 128 ? 0 : 1) === 0) return this.#coder.symbol(context + 1, 7, unit);
    const high = this.#coder.symbol(mix(context, 1), 9, unit >>> 7);
    return high << 7 | this.#coder.symbol(mix(context, 2 + high), 7, unit & 127);
  }
}

/** What a text is made of. Between two that are like words there is a space, unless they are joined. */
const KIND = { END: 0, KNOWN: 1, NEW: 2, NUMBER: 3, HEX: 4, UUID: 5, CHAR: 6, JOIN: 7 } as const;
const DIGITS = "0123456789abcdef";
const WORD_BITS = 12;
const MAX_KEPT_WORD = 32;

interface Token {
  readonly kind: number;
  readonly text: string;
}

const PARTS =
  /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|([1-9][0-9]{4,14}(?![0-9]))|([0-9a-f]{8,})|(\p{L}[\p{L}\p{M}]{0,63}|[0-9]{1,4})|([\s\S])/gu;
const KINDS = [KIND.UUID, KIND.NUMBER, KIND.HEX, KIND.NEW, KIND.CHAR];

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const found of text.matchAll(PARTS)) {
    const token = { kind: KINDS[found.slice(1).findIndex((each) => each !== undefined)]!, text: found[0] };
    const before = tokens.at(-1);
    if (isWordLike(token.kind) && before !== undefined) {
      if (isWordLike(before.kind)) tokens.push({ kind: KIND.JOIN, text: "" });
      else if (before.text === " " && isWordLike(tokens.at(-2)?.kind ?? 0)) tokens.pop();
    }
    tokens.push(token);
  }
  return tokens;
}

function isWordLike(kind: number): boolean {
  return kind >= KIND.KNOWN && kind <= KIND.UUID;
}
