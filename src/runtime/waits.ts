/** A loop over an input or over ticks. Nobody can tell apart what it does between two calls of `next()`. */
export interface Loop {
  /** Whether it was told that nothing more comes, or was left. */
  readonly ended: boolean;
}

/** A place in an output, as the journal names it. */
export interface Place {
  readonly output: number;
  readonly place: number;
}

/** Something that a node waits for, other than a value: a time, or room in an output. */
export interface Wait {
  /** When it was over, in the run's order. */
  order: number;
  /** Left out as long as nobody waits, though the journal said that somebody would. */
  wake: (() => void) | undefined;
  /** Whose it is, most likely. */
  readonly loop: Loop | undefined;
  /** Whether it is for the next tick of this loop. */
  readonly isTick?: boolean | undefined;
  /** Where it waits for room, and the number of the fiber that was inside when it began. */
  readonly room?: Place & { readonly fiber: number } | undefined;
}

/** What a node waits for, other than values. A wait has the number of its place among those that began before it. */
export class Waits {
  readonly #all: Wait[] = [];
  readonly #over: Wait[] = [];
  readonly #order: { next: number };

  /** `order` numbers everything that happens in the run. */
  constructor(order: { next: number }) {
    this.#order = order;
  }

  /** Puts a wait behind all others. */
  begin({ wake, loop, isTick, room }: Omit<Wait, "order">): Wait {
    const wait: Wait = { order: Infinity, wake, loop, isTick, room };
    this.#all.push(wait);
    return wait;
  }

  /** What was waited for is there. */
  end(wait: Wait): void {
    wait.order = this.#order.next++;
    this.#over.push(wait);
  }

  /** Forgets a wait. */
  remove(wait: Wait): void {
    for (const list of [this.#all, this.#over]) {
      const at = list.indexOf(wait);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** The waits that are over, in the order in which they ended. */
  get over(): readonly Wait[] {
    return this.#over;
  }

  /** The wait with this number. */
  at(number: number): Wait | undefined {
    return this.#all[number];
  }

  /** The number of a wait. */
  numberOf(wait: Wait): number {
    return this.#all.indexOf(wait);
  }

  /** Whether the fiber with this number began to wait for room. */
  isBlocked(fiber: number): boolean {
    return this.#all.some(({ room }) => room?.fiber === fiber);
  }

  /** The wait for room at this place that nobody has come to yet. */
  missed(at: Place): Wait | undefined {
    return this.#all.find(({ room, wake }) => wake === undefined && isSame(room, at));
  }
}

/** Whether two places are the same. */
export function isSame(a: Place | undefined, b: Place): boolean {
  return a?.output === b.output && a.place === b.place;
}
