import { TinmanError } from "../errors/mod.ts";
import { boundsOf, decodeKey, encodeFullKey } from "./key.ts";
import type { Store, StoreEntry, StoreKey, StoreRange } from "./store.ts";
import { SortedKeys } from "./sorted_keys.ts";
import { refusePromise } from "./transaction.ts";

/** A store in memory, for tests and for what need not outlive the process. */
export function createMemoryStore(): Store {
  return new MemoryStore();
}

/** Keys are the hexadecimal digits of their bytes: in the same order, and found in a Map. */
class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>();
  readonly #order = new SortedKeys();
  /** What was under the keys that the transactions at hand have changed. */
  #undo: { readonly key: string; readonly before: Uint8Array | undefined }[] | undefined;
  #isClosed = false;

  get(key: StoreKey): Uint8Array | undefined {
    this.#check();
    return this.#values.get(encodeFullKey(key).toHex());
  }

  set(key: StoreKey, value: Uint8Array): void {
    this.#check();
    this.#put(encodeFullKey(key).toHex(), value.slice());
  }

  delete(key: StoreKey): boolean {
    this.#check();
    const text = encodeFullKey(key).toHex();
    const isThere = this.#values.has(text);
    if (isThere) this.#put(text, undefined);
    return isThere;
  }

  clear(prefix: StoreKey): number {
    this.#check();
    const found = [...this.#texts({ prefix })];
    for (const text of found) this.#put(text, undefined);
    return found.length;
  }

  *keys(range: StoreRange = {}): IterableIterator<StoreKey> {
    this.#check();
    for (const text of this.#texts(range)) yield decodeKey(Uint8Array.fromHex(text));
  }

  *entries(range: StoreRange = {}): IterableIterator<StoreEntry> {
    this.#check();
    for (const text of this.#texts(range)) {
      const value = this.#values.get(text);
      if (value !== undefined) yield { key: decodeKey(Uint8Array.fromHex(text)), value };
    }
  }

  transaction<T>(action: () => T): T {
    this.#check();
    const isOutermost = this.#undo === undefined;
    const undo = this.#undo ??= [];
    const start = undo.length;
    try {
      return refusePromise(action());
    } catch (error) {
      while (undo.length > start) {
        const { key, before } = undo.pop()!;
        this.#put(key, before);
        undo.pop();
      }
      throw error;
    } finally {
      if (isOutermost) this.#undo = undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#values.clear();
    this.#order.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #put(key: string, value: Uint8Array | undefined): void {
    const before = this.#values.get(key);
    this.#undo?.push({ key, before });
    if (value !== undefined) {
      this.#values.set(key, value);
      if (before === undefined) this.#order.add(key);
    } else if (this.#values.delete(key)) this.#order.remove(key);
  }

  *#texts(range: StoreRange): IterableIterator<string> {
    const { from, to } = boundsOf(range);
    let [low, high] = [from.toHex(), to.toHex()];
    for (;;) {
      const key = range.reverse ? this.#order.last(low, high) : this.#order.first(low, high);
      if (key === undefined) return;
      yield key;
      if (range.reverse) high = key;
      // The next key that there can be.
      else low = `${key}00`;
    }
  }

  #check(): void {
    if (this.#isClosed) throw new TinmanError("CLOSED", "Cannot use the store: it was closed", {});
  }
}
