/** Decides when a busy graph lets the event loop turn, so that timers, signals and sockets get their share. */
export interface Slice {
  /** How many operations may pass before {@linkcode Slice.spent} is asked. */
  budget: number;
  /** A promise to wait for before going on, or undefined to go on at once. */
  spent(): Promise<void> | undefined;
}

/** Options of {@linkcode createSlice}. */
export interface SliceOptions {
  /** Resolves after the event loop has turned once. */
  readonly nextTurn: () => Promise<void>;
  /** Time for `limitNs`, in nanoseconds. Left out, the slice ends when the budget is spent: the same in every run. */
  readonly elapsedNs?: () => number;
  /** Longest time without a turn. @default {4000000} */
  readonly limitNs?: number;
  /** Operations between two looks at the clock, at most, or between two turns without a clock. @default {256} */
  readonly operations?: number;
}

/** Operations go on for ever; for channels outside of a run. */
export const endlessSlice: Slice = { budget: Infinity, spent: () => undefined };

/** A slice for one run. All its channels share it: while one waits for a turn, whoever publishes next waits for the same. */
export function createSlice(options: SliceOptions): Slice & { readonly turning: boolean } {
  const { nextTurn, elapsedNs, limitNs = 4e6, operations = 256 } = options;
  let turn: Promise<void> | undefined;
  let startedNs = elapsedNs?.() ?? 0;
  // Where operations take long, each is followed by a look at the clock; where they do not, looks cost more than they do.
  let budget = elapsedNs === undefined ? operations : 1;
  let lookedNs = startedNs;
  return {
    budget,
    get turning() {
      return turn !== undefined;
    },
    spent() {
      if (turn !== undefined) return turn;
      if (elapsedNs !== undefined) {
        const nowNs = elapsedNs();
        const tookNs = nowNs - lookedNs;
        lookedNs = nowNs;
        budget = tookNs * 8 < limitNs ? Math.min(operations, budget * 2) : Math.max(1, budget >> 1);
        this.budget = budget;
        if (nowNs - startedNs < limitNs) return undefined;
      }
      return turn = nextTurn().then(() => {
        turn = undefined;
        startedNs = lookedNs = elapsedNs?.() ?? 0;
        this.budget = budget;
      });
    },
  };
}
