import type { SegmentBytes, SegmentFolder } from "./segment_folder.ts";

/** Segments in memory. Reading gives views and copies nothing. */
export class MemorySegments implements SegmentFolder {
  readonly isDurable = false;
  readonly path = "memory://";
  readonly #segments = new Map<number, MemoryBytes>();

  list(): number[] {
    return [...this.#segments.keys()].sort((a, b) => a - b);
  }

  open(baseOffset: number): SegmentBytes {
    return this.#segments.get(baseOffset) ?? new MemoryBytes((made) => this.#segments.set(baseOffset, made));
  }

  make(baseOffset: number): void {
    this.open(baseOffset).append(new Uint8Array());
  }

  replace(baseOffset: number, bytes: Uint8Array): SegmentBytes {
    this.#segments.delete(baseOffset);
    const made = this.open(baseOffset);
    made.append(bytes);
    return made;
  }

  remove(baseOffset: number): void {
    this.#segments.delete(baseOffset);
  }

  readBeside(): undefined {
    return undefined;
  }

  writeBeside(): void {}

  listBeside(): number[] {
    return [];
  }

  removeBeside(): void {}
}

class MemoryBytes implements SegmentBytes {
  length = 0;
  #bytes = new Uint8Array(0);
  readonly #onFirst: (made: MemoryBytes) => void;

  constructor(onFirst: (made: MemoryBytes) => void) {
    this.#onFirst = onFirst;
  }

  append(bytes: Uint8Array): void {
    const at = this.length;
    if (at === 0) this.#onFirst(this);
    if (at + bytes.length > this.#bytes.length) {
      // Readers may hold a slice of this buffer, so it is replaced, never grown.
      const grown = new Uint8Array(Math.max(at + bytes.length, this.#bytes.length * 2, 4096));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, at);
    this.length = at + bytes.length;
  }

  read(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, Math.min(at + length, this.length));
  }

  cut(length: number): void {
    // What was read stays as it is, so what is cut off is not written over.
    if (length < this.length) this.#bytes = this.#bytes.slice(0, length);
    this.length = Math.min(this.length, length);
  }

  mend(): void {}

  sync(): void {}

  syncLater(): Promise<void> {
    return Promise.resolve();
  }
}
