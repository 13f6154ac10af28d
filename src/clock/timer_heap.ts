/** What a {@linkcode TimerHeap} needs of its items: room to note where they are, so that removal does not search. */
export interface HeapItem {
  /** Where the item is in the heap, -1 when it is in none. Kept by the heap. */
  position: number;
}

/** A binary heap (Williams 1964): the item that comes `before` all others is first, and any item can be taken out. */
export class TimerHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before` has to be a strict order of all items. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  /** How many items there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The item before all others, left in the heap. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Puts in an item that is in no heap yet. */
  add(item: T): void {
    this.#items.push(item);
    this.#up(item, this.#items.length - 1);
  }

  /** Takes an item out; nothing happens when it is not in. */
  remove(item: T): void {
    const position = item.position;
    if (position < 0) return;
    item.position = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#down(last, position);
    this.#up(last, last.position);
  }

  #up(item: T, position: number): void {
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#before(item, this.#items[parent]!)) break;
      this.#put(this.#items[parent]!, position);
      position = parent;
    }
    this.#put(item, position);
  }

  #down(item: T, position: number): void {
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#before(this.#items[child + 1]!, this.#items[child]!)) child++;
      if (!this.#before(this.#items[child]!, item)) break;
      this.#put(this.#items[child]!, position);
      position = child;
    }
    this.#put(item, position);
  }

  #put(item: T, position: number): void {
    this.#items[position] = item;
    item.position = position;
  }
}
