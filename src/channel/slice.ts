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
  /** Operations between two looks at the clock, or between two turns without a clock. @default {256} */
  readonly operations?: number;
}

/** Operations go on for ever; for channels outside of a run. */
export const endlessSlice: Slice = { budget: Infinity, spent: () => undefined };

/** A slice for one run. All its channels share it: while one waits for a turn, whoever publishes next waits for the same. */
export function createSlice(options: SliceOptions): Slice & { readonly turning: boolean } {
  const { nextTurn, elapsedNs, limitNs = 4e6, operations = 256 } = options;
  let turn: Promise<void> | undefined;
  let startedNs = elapsedNs?.() ?? 0;
  return {
    budget: operations,
    get turning() {
      return turn !== undefined;
    },
    spent() {
      if (turn !== undefined) return turn;
      if (elapsedNs !== undefined && elapsedNs() - startedNs < limitNs) {
        this.budget = operations;
        return undefined;
      }
      return turn = nextTurn().then(() => {
        turn = undefined;
        startedNs = elapsedNs?.() ?? 0;
        this.budget = operations;
      });
    },
  };
}
