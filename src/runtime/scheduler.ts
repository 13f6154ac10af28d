import { DONE } from "../channel/mod.ts";

/** Microtasks between the arrival of a message and the round in which it is handled. */
const HOLD_BACK = 6;

/**
 * Runs the handler loops of a graph that have something to do, in rounds. Before a round, publishers that loop over
 * `await publish()` get some microtasks to put more into the queues; in a round, a loop that is woken by an earlier one
 * still gets its turn. So a chain of handlers takes a handful of messages all the way through at once, and the price of
 * waking up is paid once a handful.
 */
export class Scheduler {
  readonly #ready: (() => void)[] = [];
  #busy = false;

  /** Has `task` called in the next round, or in this one if one is under way. It must not throw. */
  schedule(task: () => void): void {
    this.#ready.push(task);
    if (this.#busy) return;
    this.#busy = true;
    void this.#runRounds();
  }

  async #runRounds(): Promise<void> {
    while (this.#ready.length > 0) {
      for (let i = 0; i < HOLD_BACK; i++) await DONE;
      for (let i = 0; i < this.#ready.length; i++) this.#ready[i]!();
      this.#ready.length = 0;
    }
    this.#busy = false;
  }
}
