/** One line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Lines of a file from pieces of any size; they end with LF, and a CR before it does not belong to them. */
export class Lines {
  readonly #maxBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #number = 0;

  /** A line of more than `maxBytes` is a RangeError. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that are whole now. */
  *push(piece: Uint8Array): Generator<Line> {
    let from = 0;
    for (let end: number; (end = piece.indexOf(/* LF */ 10, from)) >= 0; from = end + 1) {
      this.#keep(piece.subarray(from, end));
      yield this.#take();
    }
    // The piece belongs to whoever gave it.
    this.#keep(piece.slice(from));
  }

  /** The last line, if it has no end. */
  *end(): Generator<Line> {
    if (this.#restBytes > 0) yield this.#take();
  }

  #keep(part: Uint8Array): void {
    this.#restBytes += part.length;
    if (this.#restBytes > this.#maxBytes + 1) {
      throw new RangeError(`line ${this.#number + 1} is longer than ${this.#maxBytes} bytes`);
    }
    if (part.length > 0) this.#rest.push(part);
  }

  #take(): Line {
    const bytes = this.#rest.length === 1 ? this.#rest[0]! : join(this.#rest, this.#restBytes);
    [this.#rest, this.#restBytes] = [[], 0];
    const isCr = bytes.at(-1) === 13;
    if (bytes.length - (isCr ? 1 : 0) > this.#maxBytes) {
      throw new RangeError(`line ${this.#number + 1} is longer than ${this.#maxBytes} bytes`);
    }
    return { number: ++this.#number, bytes: isCr ? bytes.subarray(0, -1) : bytes };
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
