/** An array of a pool, and who has it. It belongs to the memory, so that views of the array count as the array. */
export interface Lease {
  readonly array: Float64Array<ArrayBuffer>;
  readonly buffer: ArrayBuffer;
  /** How many readers have not let go of it yet. */
  readers: number;
  /** Whether it went back: nobody may look at it. */
  isBack: boolean;
}

/** Most different lengths that are kept. */
const MAX_LENGTHS = 64;

interface Shelf {
  readonly length: number;
  readonly leases: Lease[];
  /** When somebody last asked for this length. */
  usedAt: number;
}

/** Arrays that wait to be used again, by length, up to a number of bytes. What was not asked for the longest goes first. */
export class Shelves {
  readonly #maxBytes: number;
  readonly #shelves = new Map<number, Shelf>();
  // Most stages ask for one length alone.
  #last: Shelf | undefined;
  #asked = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How often somebody asked. */
  get asked(): number {
    return this.#asked;
  }

  /** Bytes of the arrays that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Arrays for which there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The array that came back last, since it is most likely still in a cache. */
  take(length: number): Lease | undefined {
    const shelf = this.#find(length);
    shelf.usedAt = ++this.#asked;
    const lease = shelf.leases.pop();
    if (lease !== undefined) this.#bytes -= lease.array.byteLength;
    return lease;
  }

  /** Keeps an array until it is asked for. */
  put(lease: Lease): void {
    const { length, byteLength } = lease.array;
    if (byteLength > this.#maxBytes) return void this.#dropped++;
    const shelf = this.#find(length);
    while (this.#bytes + byteLength > this.#maxBytes) {
      const oldest = this.#oldest((each) => each.leases.length > 0 && each !== shelf);
      if (oldest === undefined) return void this.#dropped++;
      this.#drop(oldest, 1);
    }
    shelf.leases.push(lease);
    this.#bytes += byteLength;
  }

  #find(length: number): Shelf {
    if (this.#last?.length === length) return this.#last;
    let shelf = this.#shelves.get(length);
    if (shelf === undefined) {
      if (this.#shelves.size >= MAX_LENGTHS) {
        const oldest = this.#oldest(() => true)!;
        this.#drop(oldest, oldest.leases.length);
        this.#shelves.delete(oldest.length);
      }
      shelf = { length, leases: [], usedAt: this.#asked };
      this.#shelves.set(length, shelf);
    }
    return this.#last = shelf;
  }

  #oldest(isMeant: (shelf: Shelf) => boolean): Shelf | undefined {
    let oldest: Shelf | undefined;
    for (const shelf of this.#shelves.values()) {
      if (isMeant(shelf) && shelf.usedAt < (oldest?.usedAt ?? Infinity)) oldest = shelf;
    }
    return oldest;
  }

  #drop({ leases, length }: Shelf, count: number): void {
    leases.length -= count;
    this.#bytes -= count * length * Float64Array.BYTES_PER_ELEMENT;
    this.#dropped += count;
  }
}
