import type { Channel } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Node, node } from "../runtime/mod.ts";
import type { Change } from "./change.ts";
import type { ChangeLine } from "./change_line.ts";
import { TRIGGER } from "./config.ts";
import { createFrame, type DataFrame } from "./frame.ts";

/**
 * A node that triggers as `scheduledTriggers()` does, by the settings of today, and lets changes in between two triggers.
 * It goes on until the run ends; without `trigger_every_ms`, it triggers once more after each change.
 */
export function watchedTriggers(line: ChangeLine): (trigger: Channel<DataFrame>, changes: Channel<Change>) => Node {
  return (trigger, changes) =>
    node({ out: { out: trigger, changes }, name: TRIGGER }, async ({ out, changes, clock, signal }) => {
      const turns = new Turns();
      line.attach(changes, (work) => turns.take(work));
      const schedule = new Schedule(line, clock);
      const startNs = clock.elapsedNs();
      try {
        while (!signal.aborted) {
          const dueNs = schedule.nextNs();
          if (dueNs > clock.elapsedNs()) {
            await waitUntil(dueNs, { clock, signals: [signal, turns.taken.signal] });
            continue;
          }
          const sequenceId = schedule.take();
          const timestampUs = sequenceId === 0 ? 0 : Math.round((clock.elapsedNs() - startNs) / 1000);
          await turns.take(() => out.publish(createFrame({ sequenceId, timestampUs })));
        }
      } finally {
        line.end(new TinmanError("CLOSED", "Cannot change the pipeline: it has ended", {}));
      }
    });
}

/** Which trigger comes next, and when. */
class Schedule {
  readonly #line: ChangeLine;
  readonly #clock: Clock;
  #config: ChangeLine["config"];
  #sequenceId = 0;
  #count = 0;
  #dueNs: number;

  constructor(line: ChangeLine, clock: Clock) {
    [this.#line, this.#clock, this.#config, this.#dueNs] = [line, clock, line.config, clock.elapsedNs()];
  }

  /** When the next one is due; `Infinity` when none is until the next change. */
  nextNs(): number {
    const { trigger_every_ms: everyMs, trigger_count: count } = this.#settings();
    return this.#count < (count ?? (everyMs === undefined ? 1 : Infinity)) ? this.#dueNs : Infinity;
  }

  /** The number of the one that is due. */
  take(): number {
    const { trigger_every_ms: everyMs = 0 } = this.#settings();
    const periodNs = everyMs * 1e6;
    // Those that fell due meanwhile are left out.
    const missed = periodNs > 0 ? Math.floor((this.#clock.elapsedNs() - this.#dueNs) / periodNs) : 0;
    this.#dueNs += (missed + 1) * periodNs;
    this.#count++;
    return this.#sequenceId++;
  }

  #settings() {
    const { config } = this.#line;
    const { settings } = config;
    if (config === this.#config) return settings;
    const before = this.#config.settings.trigger_every_ms;
    this.#config = config;
    if (settings.trigger_every_ms === undefined) this.#count = 0;
    if (settings.trigger_every_ms !== before) this.#dueNs = this.#clock.elapsedNs();
    return settings;
  }
}

/** One thing at a time. */
class Turns {
  /** Aborts when something was done. */
  taken = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  take(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {}).then(() => {
      this.taken.abort();
      this.taken = new AbortController();
    });
    return done;
  }
}

async function waitUntil(
  dueNs: number,
  { clock, signals }: { readonly clock: Clock; readonly signals: readonly AbortSignal[] },
): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  if (signal.aborted) return;
  if (dueNs === Infinity) return await new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  await clock.sleep((dueNs - clock.elapsedNs()) / 1e6, { signal }).catch((reason) => {
    if (!signal.aborted) throw reason;
  });
}
