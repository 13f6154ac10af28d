import type { BuildOutcome, BuildReason } from "./build_memo.ts";

/** What became of one set of inputs. */
export type BuildStep = BuildOutcome & {
  /** How many sets of inputs came before it in the run. */
  readonly input: number;
  /** How many artifacts it gave. */
  readonly artifacts: number;
};

/** What a builder did in a run, and why. */
export interface BuildReport {
  /** What it provides. */
  readonly provides: string;
  /** How often `build` ended well. */
  readonly built: number;
  /** How often for which reason. */
  readonly reasons: Readonly<Partial<Record<BuildReason, number>>>;
  /** Inputs whose artifacts came from the archive. */
  readonly archive: number;
  /** Inputs that were passed over, because they were there before. */
  readonly repeated: number;
  /** The first thousand, in order. */
  readonly steps: readonly BuildStep[];
}

const MAX_STEPS = 1_000;

/** Counts what becomes of inputs. */
export class BuildCounts {
  #archive = 0;
  #repeated = 0;
  #built = 0;
  readonly #reasons: Partial<Record<BuildReason, number>> = {};
  readonly #steps: BuildStep[] = [];

  /** Notes what became of one set of inputs. */
  add(outcome: BuildOutcome, artifacts: number): void {
    const input = this.#archive + this.#repeated + this.#built;
    if (input < MAX_STEPS) this.#steps.push({ ...outcome, input, artifacts });
    if (outcome.outcome === "archive") this.#archive++;
    else if (outcome.outcome === "repeated") this.#repeated++;
    else {
      this.#built++;
      this.#reasons[outcome.reason] = (this.#reasons[outcome.reason] ?? 0) + 1;
    }
  }

  /** All that was noted. */
  report(provides: string): BuildReport {
    return {
      provides,
      built: this.#built,
      reasons: { ...this.#reasons },
      archive: this.#archive,
      repeated: this.#repeated,
      steps: [...this.#steps],
    };
  }
}
