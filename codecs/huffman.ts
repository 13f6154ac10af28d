import { type Codec, codecFailure, type CodecKind, unfitError } from "tinman/codec";
import { ByteReader, ByteWriter } from "tinman/codec";
import { checkCode, ESCAPE, type HuffmanCode, trainCode } from "./_huffman_code.ts";

/** Bits of a character that stands for itself. */
const RAW_BITS = 21;

/** Characters that are put together at a time. */
const CHUNK = 1024;

/**
 * Text in as few bits as its characters are frequent in `trainingText`. Characters that the training did not have cost
 * 21 bits more than an escape. The code stands in the header, so that a reader needs no training text.
 *
 * Layout: `varint characters | their codes, the highest bit first | zero bits up to a whole byte`.
 */
export function huffman(trainingText: string): Codec<string> {
  return create(trainCode(trainingText));
}

function create(code: HuffmanCode): Codec<string> {
  const codes = codesOf(code);
  return {
    id: "huffman",
    version: 1,
    params: { code },
    encode(value) {
      if (typeof value !== "string") throw unfitError("huffman", value, { expected: "text" });
      const characters = [...value];
      const bits = new BitWriter(new ByteWriter(16 + value.length).varint(characters.length));
      const escape = codes.get(ESCAPE)!;
      for (const character of characters) {
        const symbol = character.codePointAt(0)!;
        const known = codes.get(symbol);
        bits.write(known ?? escape);
        if (known === undefined) bits.write({ bits: symbol, length: RAW_BITS });
      }
      return bits.end().take();
    },
    decode(bytes) {
      try {
        return decode(bytes, code);
      } catch (cause) {
        throw codecFailure("huffman", { direction: "decode", cause });
      }
    },
  };
}

function decode(bytes: Uint8Array, code: HuffmanCode): string {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  // Each character takes a bit or more: a larger count cannot be.
  if (count > reader.left * 8) throw new RangeError(`${count} characters do not fit into ${reader.left} bytes`);
  const bits = new BitReader(reader.bytes(reader.left));
  let text = "";
  for (let i = 0; i < count; i += CHUNK) {
    // Character by character, the text would be a tree thirty times its size.
    const chunk = Array.from({ length: Math.min(CHUNK, count - i) }, () => {
      const symbol = readSymbol(bits, code);
      return symbol === ESCAPE ? bits.read(RAW_BITS) : symbol;
    });
    text += String.fromCodePoint(...chunk);
  }
  if (bits.left >= 8) throw new RangeError(`${bits.left >> 3} bytes are left over`);
  return text;
}

// In a canonical code, the codes of one length are consecutive numbers, and begin behind those of the length before.
function readSymbol(bits: BitReader, code: HuffmanCode): number {
  let offset = 0;
  for (const symbols of code) {
    offset = offset * 2 + bits.read(1);
    if (offset < symbols.length) return symbols[offset]!;
    offset -= symbols.length;
  }
  throw new RangeError("these bits are no character");
}

interface Bits {
  readonly bits: number;
  readonly length: number;
}

function codesOf(code: HuffmanCode): Map<number, Bits> {
  const codes = new Map<number, Bits>();
  let next = 0;
  for (const [i, symbols] of code.entries()) {
    next *= 2;
    for (const symbol of symbols) codes.set(symbol, { bits: next++, length: i + 1 });
  }
  return codes;
}

class BitWriter {
  #waiting = 0;
  #count = 0;
  constructor(readonly bytes: ByteWriter) {}

  write({ bits, length }: Bits): void {
    this.#waiting = (this.#waiting << length) | bits;
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.bytes.u8((this.#waiting >>> this.#count) & 0xff);
    }
    this.#waiting &= (1 << this.#count) - 1;
  }

  end(): ByteWriter {
    if (this.#count > 0) this.write({ bits: 0, length: 8 - this.#count });
    return this.bytes;
  }
}

class BitReader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length * 8 - this.#at;
  }

  read(length: number): number {
    if (length > this.left) throw new RangeError(`the text is cut at bit ${this.bytes.length * 8}`);
    let value = 0;
    for (const end = this.#at + length; this.#at < end; this.#at++) {
      value = value * 2 + ((this.bytes[this.#at >>> 3]! >>> (7 - this.#at % 8)) & 1);
    }
    return value;
  }
}

/** Brings {@linkcode huffman} back from a header. */
export const huffmanKind: CodecKind = {
  id: "huffman",
  version: 1,
  revive({ params }) {
    try {
      return create(checkCode((params as { code?: unknown } | undefined)?.code));
    } catch (cause) {
      throw codecFailure("huffman", { direction: "revive", cause });
    }
  },
};
