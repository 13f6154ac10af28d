/** One thing to measure, ours or a peer's. */
export interface Case {
  readonly name: string;
  /** Does the work once and returns what was measured: units per second, milliseconds, megabytes or bytes, as its rows say. */
  run(): number | Promise<number>;
}

/** One claim: ours beside a peer, and the floor it must reach. */
export interface Row {
  readonly work: string;
  /** Names of {@linkcode Case}s of the same part. */
  readonly ours: string;
  readonly peer?: string | undefined;
  /** `per second`: more is better. `ms`, `MB` and `bytes`: less is better. */
  readonly unit: "per second" | "ms" | "MB" | "bytes";
  /** Smallest ratio to the peer, or the least rate, or the longest time. Without one, the row only informs. */
  readonly floor?: { readonly ratio: number } | { readonly atLeast: number } | { readonly atMost: number } | undefined;
  /** A figure that is cited rather than measured, with where it is from. */
  readonly cited?: string;
}

/**
 * Cases that are measured round by round in one process, so that a slow minute of the machine meets all of them. Whatever
 * is not compared with each other belongs into different parts: the compiler makes faster code where it sees one use.
 */
export interface Part extends Partial<AsyncDisposable> {
  readonly cases: readonly Case[];
  readonly rows: readonly Row[];
}

/** Makes a part when its turn comes. `scale` shrinks the work. */
export type PartMaker = (options: { readonly scale: number }) => Part | Promise<Part>;

/** Parts that are shown in one table. */
export interface Group {
  readonly title: string;
  readonly parts: readonly PartMaker[];
}

/** What the rounds of one case gave. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A row with its numbers. */
export interface Result {
  readonly row: Row;
  readonly ours: Spread;
  readonly peer?: Spread;
  /** How many times better than the peer in the same round: the median over the rounds. */
  readonly ratio?: number;
  /** By how much the floor is met (0.2: a fifth better than it) or missed (negative). */
  readonly margin?: number;
}

/** Times `body`, which does `count` units of work: units per second. */
export async function perSecond(count: number, body: () => unknown): Promise<number> {
  const startMs = performance.now();
  const pending = body();
  if (pending instanceof Promise) await pending;
  return count / (performance.now() - startMs) * 1000;
}

/** Times `body`: milliseconds. */
export async function milliseconds(body: () => unknown): Promise<number> {
  return 1000 / await perSecond(1, body);
}

/** Runs two rounds to warm up and then `rounds`, each in another order. */
export async function measure({ cases, rows }: Part, { rounds }: { rounds: number }): Promise<Result[]> {
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const [i] of cases.entries()) {
      const each = cases[(i + Math.max(0, round)) % cases.length]!;
      const value = await each.run();
      if (round >= 0) samples.get(each.name)!.push(value);
      await new Promise((resolve) => setTimeout(resolve, 1)); // what one case left to do shall not burden the next
    }
  }
  return rows.map((row) => judge(row, samples));
}

function judge(row: Row, samples: ReadonlyMap<string, readonly number[]>): Result {
  const ours = lookUp(samples, row.ours);
  if (row.peer === undefined) return { row, ours: spreadOf(ours), ...marginOf(row, spreadOf(ours).median, undefined) };
  const peer = lookUp(samples, row.peer);
  const better = (i: number) => row.unit === "per second" ? ours[i]! / peer[i]! : peer[i]! / ours[i]!;
  const ratio = spreadOf(ours.map((_, i) => better(i))).median;
  return { row, ours: spreadOf(ours), peer: spreadOf(peer), ratio, ...marginOf(row, spreadOf(ours).median, ratio) };
}

function marginOf({ floor }: Row, median: number, ratio: number | undefined): { margin?: number } {
  if (floor === undefined) return {};
  if ("ratio" in floor) return { margin: ratio! / floor.ratio - 1 };
  return { margin: "atLeast" in floor ? median / floor.atLeast - 1 : 1 - median / floor.atMost };
}

function lookUp(samples: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  const found = samples.get(name);
  if (found === undefined) throw new Error(`Cannot find the case "${name}": the part has ${[...samples.keys()]}`);
  return found;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
