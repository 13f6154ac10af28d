import { setImmediate } from "node:timers";
import type { Random } from "../random/mod.ts";

/** Handlers wait here, and are let through one by one in an order drawn from `random`: any order in which they may end. */
export class Gates {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  /** How many waited at the same time, at most. */
  most = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Resolves when it is this one's turn. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.most = Math.max(this.most, this.#waiting.push(resolve));
    });
  }

  /** Lets them through, one each time that nothing else can go on, until `run` is over. */
  async drive<T>(run: Promise<T>): Promise<T> {
    let isOver = false;
    const over = run.finally(() => isOver = true);
    over.catch(() => {});
    while (!isOver) {
      await turn();
      if (this.#waiting.length > 0) this.#waiting.splice(this.#random.int(this.#waiting.length), 1)[0]!();
    }
    return await over;
  }
}

/** One turn of the event loop: all promise reactions have run by then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
