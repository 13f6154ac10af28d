/** Things to do at a time, unless they become needless before. At most so many. */
export class Dues<Key, What> {
  readonly #dues = new Map<Key, { atMs: number; readonly what: What }>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many there are. */
  get size(): number {
    return this.#dues.size;
  }

  /** What is to be done under this name. */
  get(key: Key): What | undefined {
    return this.#dues.get(key)?.what;
  }

  /** Puts something down, in place of what was there. */
  set(key: Key, what: What, atMs: number): void {
    if (this.#dues.has(key) || this.#dues.size < this.#max) this.#dues.set(key, { atMs, what });
  }

  /** It is needless. */
  delete(key: Key): void {
    this.#dues.delete(key);
  }

  /** Not before then. */
  postpone(key: Key, atMs: number): void {
    const due = this.#dues.get(key);
    if (due !== undefined) due.atMs = Math.max(due.atMs, atMs);
  }

  /** When the first is due. */
  get nextMs(): number {
    return Math.min(Infinity, ...this.#dues.values().map(({ atMs }) => atMs));
  }

  /** Takes what is due, and with it what will be before `untilMs`, as that goes along at no cost. */
  take(nowMs: number, options: TakeOptions<Key, What> = {}): [Key, What][] {
    const { untilMs = nowMs, max = Infinity, rank, below = Infinity } = options;
    if (this.nextMs > nowMs) return [];
    let all = [...this.#dues];
    if (rank !== undefined) {
      const ranks = new Map(all.map(([key, { what }]) => [key, rank(key, what)]));
      all = all.filter(([key]) => ranks.get(key)! < below).sort(([a], [b]) => ranks.get(a)! - ranks.get(b)!);
    }
    if (!all.some(([, { atMs }]) => atMs <= nowMs)) return [];
    const taken = all.filter(([, { atMs }]) => atMs <= untilMs).slice(0, max);
    for (const [key] of taken) this.#dues.delete(key);
    return taken.map(([key, { what }]) => [key, what]);
  }
}

/** Options of {@linkcode Dues.take}. */
export interface TakeOptions<Key, What> {
  readonly untilMs?: number;
  readonly max?: number;
  /** What goes first: lower numbers do. @default {what was put down first} */
  rank?(key: Key, what: What): number;
  /** Only what has a lower rank. @default {Infinity} */
  readonly below?: number;
}
