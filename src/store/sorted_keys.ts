/** A run is cut in two when it is longer: moving so many is cheap, and so is finding the run. */
const MAX_RUN = 512;

/** Texts in order, in runs: adding and removing one moves no more than a run. */
export class SortedKeys {
  /** None is empty. */
  readonly #runs: string[][] = [];

  /** Adds a key that is not there. */
  add(key: string): void {
    const at = Math.min(this.#runOf(key), this.#runs.length - 1);
    const run = this.#runs[at];
    if (run === undefined) return void this.#runs.push([key]);
    if (run.at(-1)! < key) run.push(key);
    else run.splice(indexIn(run, key), 0, key);
    // The end of the last run is where most keys are added, so it is left almost full.
    const cut = at === this.#runs.length - 1 ? MAX_RUN - 8 : MAX_RUN / 2;
    if (run.length > MAX_RUN) this.#runs.splice(at + 1, 0, run.splice(cut));
  }

  /** Removes a key that is there. */
  remove(key: string): void {
    const at = this.#runOf(key);
    const run = this.#runs[at]!;
    run.splice(indexIn(run, key), 1);
    if (run.length === 0) this.#runs.splice(at, 1);
  }

  /** The first key from `from` on and before `to`. */
  first(from: string, to: string): string | undefined {
    const run = this.#runs[this.#runOf(from)];
    const key = run?.[indexIn(run, from)];
    return key !== undefined && key < to ? key : undefined;
  }

  /** The last key from `from` on and before `to`. */
  last(from: string, to: string): string | undefined {
    const at = this.#runOf(to);
    const index = at < this.#runs.length ? indexIn(this.#runs[at]!, to) - 1 : -1;
    const key = index >= 0 ? this.#runs[at]![index] : this.#runs[at - 1]?.at(-1);
    return key !== undefined && key >= from ? key : undefined;
  }

  /** Removes all. */
  clear(): void {
    this.#runs.length = 0;
  }

  /** The first run that ends with `key` or behind it; their number where there is none. */
  #runOf(key: string): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.at(-1)! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where `key` is among sorted keys, or would be. */
function indexIn(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
