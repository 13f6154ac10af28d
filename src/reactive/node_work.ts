/**
 * Tells the node that its pipeline is at work, so that a replay waits for it. Not while it waits for a message, for the
 * time or for room: that comes from outside, and the replay has to go on for it.
 */
export class NodeWork {
  readonly #hold: ((work: Promise<void>) => unknown) | undefined;
  #isBusy = false;
  #waits = 0;
  #done: (() => void) | undefined;

  /** With the node's `hold()`, if it has one. */
  constructor(hold: ((work: Promise<void>) => unknown) | undefined) {
    this.#hold = hold;
  }

  /** It is at work. */
  begin(): void {
    this.#isBusy = true;
    this.#look();
  }

  /** It is not. */
  end(): void {
    this.#isBusy = false;
    this.#look();
  }

  /** Somebody in it waits for something that comes from outside. Call what this returns when it came. */
  wait(): () => void {
    this.#waits++;
    this.#look();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waits--;
      this.#look();
    };
  }

  #look(): void {
    const isHeld = this.#isBusy && this.#waits === 0;
    if (isHeld === (this.#done !== undefined)) return;
    const done = this.#done;
    this.#done = undefined;
    if (isHeld) this.#hold?.(new Promise((resolve) => this.#done = resolve));
    else done!();
  }
}
