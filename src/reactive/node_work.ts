import type { Event } from "./event.ts";

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

  /** Not at work while it waits for one of these events. */
  async *over(events: AsyncIterable<Event<object>>): AsyncGenerator<Event<object>, void, void> {
    this.end();
    for await (const event of events) {
      this.begin();
      yield event;
      this.end();
    }
    this.begin();
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
