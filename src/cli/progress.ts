import type { Context } from "./command.ts";
import { count } from "./output.ts";
import { formatDuration } from "./time.ts";

// What a person can follow.
const SHOW_EVERY_NS = 100_000_000;

/** Options of {@linkcode LongJob}. */
export interface LongJobOptions {
  /** What is done: `copying`. */
  readonly verb: string;
  /** The time at which it begins, and the one at which it is done. @default {nobody knows when it is done} */
  readonly bounds?: { readonly firstNs: bigint; readonly lastNs: bigint };
}

/** A long job that a person can watch on a terminal and end with Ctrl-C. Dispose it when it is done. */
export class LongJob implements Disposable {
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly #context: Context;
  readonly #options: LongJobOptions;
  readonly #startNs: number;
  readonly #asked = new AbortController();
  readonly #cleanup = new DisposableStack();
  #signalled: string | undefined;
  #shownNs = 0;

  /** Begins to listen. */
  constructor(context: Context, options: LongJobOptions) {
    [this.#context, this.#options, this.signal] = [context, options, this.#asked.signal];
    this.#startNs = context.io.environment.clock.elapsedNs();
    this.#cleanup.defer(() => context.out.settle());
    const listener = context.io.environment.onSignals?.((signal) => {
      this.#signalled = signal;
      this.#asked.abort(new Error(signal));
    });
    if (listener !== undefined) this.#cleanup.use(listener);
  }

  /** Shows how far it is, and lets a Ctrl-C come through. `part` is how much of it was over before it began anew. */
  async step(frames: number, timeNs = 0n, { part = 0, of = 1 } = {}): Promise<void> {
    const { io: { environment: { clock, nextTurn } }, out } = this.#context;
    await nextTurn();
    const elapsedNs = clock.elapsedNs() - this.#startNs;
    if (elapsedNs - this.#shownNs < SHOW_EVERY_NS) return;
    this.#shownNs = elapsedNs;
    const { verb, bounds } = this.#options;
    const rate = Math.round(frames / (elapsedNs / 1e9)).toLocaleString("en-US");
    const so = `${count(frames, "frame")} · ${rate}/s`;
    if (bounds === undefined) return out.live(`${verb}: ${so}`);
    const { firstNs, lastNs } = bounds;
    const passed = lastNs > firstNs ? Number(timeNs - firstNs) / Number(lastNs - firstNs) : 1;
    const done = Math.min(1, part + Math.max(0, passed) * of);
    const left = done > 0.01 && done < 1 ? `, ${formatDuration(elapsedNs / 1e6 * (1 / done - 1))} left` : "";
    out.live(`${verb}: ${Math.floor(done * 100)} % · ${so}${left}`);
  }

  /** Takes all steps of what comes last, and gives what came of it. */
  async finish<T>(verb: string, steps: Generator<undefined, T>): Promise<T> {
    this.#context.out.live(verb);
    try {
      for (;;) {
        this.signal.throwIfAborted();
        const { done, value } = steps.next();
        if (done) return value;
        await this.#context.io.environment.nextTurn();
      }
    } finally {
      steps.return(undefined as T);
      this.#context.out.settle();
    }
  }

  /** Says what is left when it was ended, and what to exit with; undefined when it was not, and the error is another. */
  exitCode(left: string): number | undefined {
    if (this.#signalled === undefined) return undefined;
    this.#context.out.settle();
    this.#context.out.note(`${this.#signalled}: ${left}`);
    return this.#signalled === "SIGTERM" ? 143 : 130;
  }

  /** Ctrl-C ends the process again. Twice is fine. */
  [Symbol.dispose](): void {
    this.#cleanup.dispose();
  }
}
