import { type Random, randomState } from "../random/mod.ts";

/**
 * The chance of a stage while another thread draws from it: the state is in shared memory, so that it goes on there where it
 * was here, and here where it was there.
 */
export class LentChance {
  /** Where the thread finds the state. */
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(16);
  readonly #random: Random;
  readonly #lent: Uint32Array = new Uint32Array(this.memory);
  #isLent = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** From now on the thread draws, and nobody here. */
  lend(): void {
    const state = randomState(this.#random);
    if (state !== undefined) this.#lent.set(state);
    this.#isLent = true;
  }

  /** The thread draws no more. Twice is fine: who has it back may have drawn since. */
  takeBack(): void {
    if (this.#isLent) randomState(this.#random)?.set(this.#lent);
    this.#isLent = false;
  }
}
