const utf8 = new TextEncoder();

/**
 * Writes the primitive types of the Kafka protocol: big-endian, into a buffer that grows. Long runs of bytes are not
 * copied: they lie between the parts that {@linkcode WireWriter.parts} gives.
 */
export class WireWriter {
  /** Whether this version of the message has compact lengths and tagged fields (KIP-482). */
  flexible = false;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  /** What lies before the buffer. */
  readonly #parts: Uint8Array[] = [];
  #before = 0;

  /** Starts empty. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#before + this.#length;
  }

  int8(value: number): void {
    const at = this.#grow(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#grow(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  int64(value: number): void {
    const at = this.#grow(8);
    const high = Math.floor(value / 2 ** 32);
    this.#view.setInt32(at, high);
    this.#view.setUint32(at + 4, value - high * 2 ** 32);
  }

  float64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value);
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      const at = this.#grow(1);
      this.#view.setUint8(at, rest % 128 + 128);
      rest = Math.floor(rest / 128);
    }
    const at = this.#grow(1);
    this.#view.setUint8(at, rest);
  }

  /** Zigzag, up to 53 bits: {@linkcode WireReader.varint} and {@linkcode WireReader.varlong} read it. */
  varint(value: number): void {
    this.uvarint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** A run of bytes as it is. Long ones are kept, not copied: they are not to be changed until they were sent. */
  raw(bytes: Uint8Array): void {
    if (bytes.length < 4096) {
      const at = this.#grow(bytes.length);
      this.#bytes.set(bytes, at);
      return;
    }
    this.#cut();
    this.#parts.push(bytes);
    this.#before += bytes.length;
  }

  bytes(bytes: Uint8Array | null): void {
    const length = bytes?.length ?? -1;
    if (this.flexible) this.uvarint(length + 1);
    else this.int32(length);
    if (bytes !== null) this.raw(bytes);
  }

  string(text: string | null): void {
    const bytes = text === null ? null : utf8.encode(text);
    const length = bytes?.length ?? -1;
    if (this.flexible) this.uvarint(length + 1);
    else if (length > 32767) throw new RangeError(`Cannot write a text of ${length} bytes: expected at most 32767`);
    else this.int16(length);
    if (bytes !== null) this.raw(bytes);
  }

  /** How many items follow, or that there is no list. */
  count(count: number | null): void {
    if (this.flexible) this.uvarint((count ?? -1) + 1);
    else this.int32(count ?? -1);
  }

  /** All that was written, in pieces to be sent one after the other. It starts anew. */
  parts(): Uint8Array[] {
    this.#cut();
    const parts = this.#parts.splice(0);
    this.#before = 0;
    return parts;
  }

  /** All that was written, in one piece. It starts anew. */
  take(): Uint8Array {
    const { length } = this;
    const parts = this.parts();
    if (parts.length === 1) return parts[0]!;
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #cut(): void {
    if (this.#length === 0) return;
    this.#parts.push(this.#bytes.subarray(0, this.#length));
    this.#before += this.#length;
    this.#bytes = this.#bytes.subarray(this.#length);
    if (this.#bytes.length < 64) this.#bytes = new Uint8Array(256);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    this.#length = 0;
  }

  /** Makes room and says where. It may replace the view, so it is called before the view is named. */
  #grow(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      // What was cut off before lies in the same buffer, so it is replaced, never grown.
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }
}
