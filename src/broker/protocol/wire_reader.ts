import { decodeUtf8 } from "../../bytes/mod.ts";
import { protocolError } from "./protocol_error.ts";

/**
 * Reads the primitive types of the Kafka protocol, front to back: big-endian, checked. Whatever a stranger sent, it throws
 * `PROTOCOL` and never reads past the end. Numbers of 64 bits come as `number`: exact up to 2^53.
 *
 * Source: https://kafka.apache.org/protocol#protocol_types
 */
export class WireReader {
  /** Where the next read starts. */
  at = 0;
  /** Whether this version of the message has compact lengths and tagged fields (KIP-482). */
  flexible = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** Reads `bytes`, and gives views of them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  int64(): number {
    const at = this.#take(8);
    return this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** Unsigned LEB128 of 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value < 2 ** 32) return value;
        break;
      }
    }
    throw protocolError(`a number of more than 32 bits at byte ${this.at}`);
  }

  /** Zigzag LEB128 of 32 bits, as in records. */
  varint(): number {
    const raw = this.uvarint();
    return raw >>> 1 ^ -(raw & 1);
  }

  /** Zigzag LEB128 of 64 bits, as in records. */
  varlong(): number {
    let raw = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      raw += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    throw protocolError(`a number of more than 64 bits at byte ${this.at}`);
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Bytes with their length before them; `null` where there are none. */
  bytes(): Uint8Array | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int32();
    return length === -1 ? null : this.take(this.#length(length, "bytes"));
  }

  /** Text with its length before it; `null` where there is none. */
  string(): string | null {
    const length = this.flexible ? this.uvarint() - 1 : this.int16();
    return length === -1 ? null : this.utf8(this.#length(length, "a text"));
  }

  /** Text of `length` bytes. */
  utf8(length: number): string {
    const bytes = this.take(length);
    try {
      return decodeUtf8(bytes);
    } catch (cause) {
      throw protocolError(`a text at byte ${this.at} that is not UTF-8`, cause);
    }
  }

  /** How many items follow; `null` where there is no list. Each takes a byte at least, so there cannot be more. */
  count(): number | null {
    const count = this.flexible ? this.uvarint() - 1 : this.int32();
    if (count === -1) return null;
    if (count > this.left) throw protocolError(`a list of ${count} items in ${this.left} bytes`);
    return this.#length(count, "a list");
  }

  #length(length: number, what: string): number {
    if (length >= 0) return length;
    throw protocolError(`${what} of length ${length} at byte ${this.at}`);
  }

  #take(length: number): number {
    const { at } = this;
    if (length > this.#bytes.length - at) {
      throw protocolError(`${length} bytes expected at byte ${at}, found ${this.#bytes.length - at}`);
    }
    this.at = at + length;
    return at;
  }
}
