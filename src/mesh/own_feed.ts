import { Feed } from "./feed.ts";
import type { Feeds } from "./feeds.ts";

/**
 * What this very device has written: on which branch it goes on, and whether all of it is here. One that was restored from
 * a copy has written more than it knows, and would fork if it went on from there. (SPEC F9)
 */
export class OwnFeed {
  readonly #feeds: Feeds;
  readonly #device: string;
  #theirs = 0;

  /** Nobody is known to have more than is here. */
  constructor(feeds: Feeds, device: string) {
    [this.#feeds, this.#device] = [feeds, device];
  }

  /** The branch that it wrote last; before its first event a new one, which is not among the feeds. */
  get branch(): Feed {
    const branches = this.#feeds.of(this.#device);
    return branches.toSorted((a, b) => (b.at(b.last)?.wallMs ?? 0) - (a.at(a.last)?.wallMs ?? 0))[0] ??
      new Feed(this.#device, { base: 1, prev: this.#feeds.dataset });
  }

  /** The last number that is here, on any branch: a copy of the device may have written more than it has. */
  get last(): number {
    return Math.max(0, ...this.#feeds.of(this.#device).map(({ last }) => last));
  }

  /** The last number that somebody is known to have. */
  get theirs(): number {
    return this.#theirs;
  }

  /** Whether somebody has what is not here. */
  get isBehind(): boolean {
    return this.last < this.#theirs;
  }

  /** Remembers that somebody has it up to `seq`. */
  note(seq: number): void {
    this.#theirs = Math.max(this.#theirs, seq);
  }
}
