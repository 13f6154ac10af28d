import type { Feeds } from "../feeds.ts";

/** A contact that takes part in {@linkcode Turns}. */
export interface Taker {
  /** Something has changed for it though nothing came. */
  wake(): void;
}

/**
 * Which of the contacts of one replica is asked for what is missing here: one at a time, so that nothing is sent by two
 * (S17). Who has nothing to give need not be here, and may always send what is new.
 */
export class Turns {
  #holder: Taker | undefined;
  readonly #waiting: Taker[] = [];
  /** Who had its turn and sent nothing comes after all others. */
  readonly #failures = new WeakMap<Taker, number>();
  #sinceMs = 0;
  #heardMs = 0;

  /** Those who share `feeds` share this. */
  static of(feeds: Feeds): Turns {
    return all.getOrInsertComputed(feeds, () => new Turns());
  }

  /** Whether a contact is asked now; `end` when others have waited long enough, and it is to be asked to pause. */
  take(who: Taker, nowMs: number): "go" | "wait" | "end" {
    // A clock may be set back.
    [this.#sinceMs, this.#heardMs] = [Math.min(this.#sinceMs, nowMs), Math.min(this.#heardMs, nowMs)];
    if (this.#holder !== who && !this.#waiting.includes(who)) {
      // Nobody had waited, so it took nobody's time.
      if (this.#waiting.push(who) === 1) this.#sinceMs = nowMs;
    }
    if (this.#holder !== who && (this.#holder === undefined || nowMs >= this.#stuckAtMs)) this.#give(nowMs);
    if (this.#holder !== who) return "wait";
    return this.#waiting.length > 0 && nowMs >= this.#sinceMs + TURN_MS ? "end" : "go";
  }

  /** Something came from a contact. */
  heard(who: Taker, nowMs: number): void {
    if (this.#holder === who) this.#heardMs = nowMs;
  }

  /** A contact has nothing more to give, or is over, or has paused. */
  leave(who: Taker, nowMs: number): void {
    const at = this.#waiting.indexOf(who);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#holder !== who) return;
    this.#holder = undefined;
    this.#failures.delete(who);
    if (this.#waiting.length > 0) this.#give(nowMs);
  }

  /** Whether it is a contact's turn. */
  isHolder(who: Taker): boolean {
    return this.#holder === who;
  }

  /** When {@linkcode Turns.take} may give something else though nothing has changed. */
  nextMs(who: Taker): number {
    if (this.#waiting.length === 0) return Infinity;
    return this.#holder === who ? this.#sinceMs + TURN_MS : this.#stuckAtMs;
  }

  get #stuckAtMs(): number {
    return Math.min(this.#heardMs + SILENT_MS, this.#sinceMs + TURN_MS + PAUSING_MS);
  }

  /** To who waits and has failed least; whoever had it and still has something waits again when it comes to it. */
  #give(nowMs: number): void {
    const before = this.#holder;
    if (before !== undefined) this.#failures.set(before, (this.#failures.get(before) ?? 0) + 1);
    const failures = this.#waiting.map((each) => this.#failures.get(each) ?? 0);
    const [next] = this.#waiting.splice(failures.indexOf(Math.min(...failures)), 1);
    [this.#holder, this.#sinceMs, this.#heardMs] = [next, nowMs, nowMs];
    before?.wake();
    next!.wake();
  }
}

const all = new WeakMap<Feeds, Turns>();

/** So long others wait until who has the turn is asked to pause. */
const TURN_MS = 20_000;
/** So long they wait for one of whom nothing comes at all. */
const SILENT_MS = 20_000;
/** And so long for one that does not come to a pause. */
const PAUSING_MS = 60_000;
