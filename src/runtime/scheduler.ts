import { DONE } from "../channel/mod.ts";

/** Microtasks between the arrival of a message and the round in which it is handled, at most. */
const HOLD_BACK = 6;

/** Something that is run in rounds. */
export interface Task {
  /** Whether to wait longer brings nothing, because publishers wait for it. */
  readonly urgent: boolean;
  /** Does what there is to do. Must not throw. */
  run(): void;
}

/**
 * Runs the handler loops of a graph that have something to do, in rounds. Before a round, publishers that loop over
 * `await publish()` get some microtasks to put more into the queues; in a round, a loop that is woken by an earlier one
 * still gets its turn. So a chain of handlers takes a handful of messages all the way through at once, and the price of
 * waking up is paid once a handful.
 */
export class Scheduler {
  #ready: Task[] = [];
  #deferred: Task[] = [];
  #busy = false;

  /** Has `task` run in the next round, or in this one if one is under way. */
  schedule(task: Task): void {
    this.#ready.push(task);
    if (this.#busy) return;
    this.#busy = true;
    void this.#runRounds();
  }

  /** Has `task`, which runs now, run again in the next round: with what is left it may as well wait for more. */
  defer(task: Task): void {
    this.#deferred.push(task);
  }

  async #runRounds(): Promise<void> {
    while (this.#ready.length > 0) {
      // At least one, so that a publisher is back in its own code before what it published is handled.
      await DONE;
      for (let i = 1; i < HOLD_BACK && !this.#ready.some(isUrgent); i++) await DONE;
      for (let i = 0; i < this.#ready.length; i++) this.#ready[i]!.run();
      const done = this.#ready;
      done.length = 0;
      [this.#ready, this.#deferred] = [this.#deferred, done];
    }
    this.#busy = false;
  }
}

function isUrgent({ urgent }: Task): boolean {
  return urgent;
}
