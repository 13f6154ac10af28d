import type { Clock } from "../clock/mod.ts";
import type { Gate, In } from "../channel/mod.ts";
import type { Follower } from "./handler_loop.ts";
import type { Journal } from "./journal.ts";

/** How long a fiber that waits for room keeps its turn: most likely it comes back, and a replay cannot tell when. */
const PATIENCE_NS = 50e6;
/** How often to look whether it did. */
const LOOK_NS = 1e6;

/** What all turnstiles of a run share. */
export interface TurnstileOptions {
  readonly journal: Journal;
  /** Numbers everything that happens in the run. */
  readonly order: { next: number };
  /**
   * Calls back when the event loop has turned: then nothing that we know of can still go on by itself. Left out when
   * somebody else watches for this, and calls {@linkcode Turnstile.open}.
   */
  readonly afterDrain: ((callback: () => void) => void) | undefined;
  /** Whether somebody waits for room in an output of the node. */
  readonly isBlocked: () => boolean;
  /** The run's time. */
  readonly clock: Pick<Clock, "elapsedNs" | "at">;
  /** Called when the journal cannot be read. */
  readonly fail: (error: unknown) => void;
}

/** A timer of a node, from when it is set. */
export interface TurnstileTimer {
  /** Its time has come. */
  due(): void;
  /** Nobody waits for it any more: it is not let in, and not journaled. */
  takeBack(): void;
}

interface Timer {
  /** When it fell due, in the run's order. */
  order: number;
  readonly wake: () => void;
}

/**
 * Lets one thing at a time into a node that waits for several: values of its inputs and its timers. The next is handed
 * out when the fiber that got the last one has asked for more, and it is the one that happened first. So two loops in
 * one node take turns in the order of publication instead of the luck of the schedule; the order is journaled, and a
 * replay hands out in the order of the journal.
 *
 * A fiber that waits for something else (another fiber, a file) does not hold up the others: when the event loop has
 * turned and it has not come back, the turnstile opens. For one that waits for room it opens a little later.
 */
export class Turnstile implements Gate, Follower {
  readonly #inputs: readonly In<unknown>[];
  readonly #options: TurnstileOptions;
  /** Timers that were set and not let in yet, in the order in which they were set: their place is their number. */
  readonly #timers: Timer[] = [];
  /** Those of them that are due, by the order in which they fell due. */
  readonly #due: Timer[] = [];
  readonly #asked = new Set<In<unknown>>();
  /** Fibers inside. The node itself is the first. */
  #inside = 1;
  /** Fibers that were given up, and may leave later. */
  #lost = 0;
  /** Whether one of them seems to have left since the last was let in. */
  #isFound = false;
  #turns = 0;
  /** The turn in which somebody waits for room, and since when nothing came of it. */
  #blocked: { readonly turn: number; readonly sinceNs: number } | undefined;
  #pumping = false;
  #watching = false;

  /** For a node with these inputs; inputs keep their place as the number of their source. */
  constructor(inputs: readonly In<unknown>[], options: TurnstileOptions) {
    [this.#inputs, this.#options] = [inputs, options];
    for (const input of inputs) input.putBehind(this);
  }

  /** {@linkcode Gate.ask} */
  ask(input: In<unknown>): void {
    this.#asked.add(input);
    this.left();
  }

  /** {@linkcode Gate.arrived} */
  arrived(input: In<unknown>): void {
    if (this.#asked.has(input)) this.#pump();
  }

  /** A fiber has left: it waits for something that will come through here. */
  left(): void {
    // Nobody can tell which one it is. The one inside would be back soon; taken for it, one that was given up would let in
    // a second beside it.
    if (this.#lost > 0) {
      this.#lost--;
      this.#isFound = true;
    } else if (this.#inside > 0) this.#inside--;
    this.#pump();
  }

  /** The node has set a timer. Once it is due, `wake` is called when it is its turn. */
  setTimer(wake: () => void): TurnstileTimer {
    const timer: Timer = { order: Infinity, wake };
    this.#timers.push(timer);
    return {
      due: () => {
        timer.order = this.#options.order.next++;
        this.#due.push(timer);
        this.#pump();
      },
      takeBack: () => {
        take(this.#timers, timer);
        take(this.#due, timer);
      },
    };
  }

  /**
   * Gives up on the fibers inside, as they do not come back by themselves; says whether something can be let in now.
   * With `patience` it waits for one that waits for room.
   */
  open(patience = true): boolean {
    // Whoever looked at the clock then before the next was let in has to come back first.
    if (this.#inside === 0 || this.#options.journal.expectsReading || patience && this.#isPatient()) return false;
    this.#giveUp();
    if (this.#next() === undefined) return false;
    this.#pump();
    return true;
  }

  get held(): boolean {
    const waits = this.#inside > 0 ? this.#options.journal.expectsReading : this.#next() === undefined;
    return waits && this.#first() !== undefined;
  }

  abandonJournal(): void {
    this.#options.journal.abandon();
    this.#giveUp();
    this.#pump();
  }

  // In a microtask of its own, so that all loops which a node starts at once have asked before the first is served.
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      try {
        this.#handOut();
      } catch (error) {
        this.#options.fail(error);
      }
    });
  }

  #handOut(): void {
    const source = this.#inside > 0 ? undefined : this.#next();
    if (source === undefined) return;
    this.#inside++;
    this.#turns++;
    this.#isFound = false;
    this.#watch();
    this.#options.journal.turn(source);
    const input = this.#inputs[source];
    if (input === undefined) {
      const timer = this.#timers[source - this.#inputs.length]!;
      take(this.#timers, timer);
      take(this.#due, timer);
      return timer.wake();
    }
    this.#asked.delete(input);
    input.handOut();
  }

  #next(): number | undefined {
    const expected = this.#options.journal.expected();
    if (expected === undefined) return this.#first();
    return this.#isReady(expected) ? expected : undefined;
  }

  #isReady(source: number): boolean {
    const input = this.#inputs[source];
    if (input !== undefined) return this.#asked.has(input) && input.ready;
    const timer = this.#timers[source - this.#inputs.length];
    return timer !== undefined && timer.order < Infinity;
  }

  #first(): number | undefined {
    let first: number | undefined;
    let order = Infinity;
    this.#inputs.forEach((input, source) => {
      if (!this.#isReady(source) || (input.order >= order && first !== undefined)) return;
      [first, order] = [source, input.order];
    });
    const timer = this.#due[0];
    if (timer === undefined || first !== undefined && timer.order > order) return first;
    return this.#inputs.length + this.#timers.indexOf(timer);
  }

  #giveUp(): void {
    // One that was found was the one inside after all: those that were lost before will never leave.
    if (!this.#isFound) this.#lost += this.#inside;
    this.#inside = 0;
  }

  #isPatient(): boolean {
    const { isBlocked, clock } = this.#options;
    if (!isBlocked()) {
      this.#blocked = undefined;
      return false;
    }
    const nowNs = clock.elapsedNs();
    if (this.#blocked?.turn !== this.#turns) this.#blocked = { turn: this.#turns, sinceNs: nowNs };
    return nowNs - this.#blocked.sinceNs < PATIENCE_NS;
  }

  // Whoever was let in may never come back: a loop that has ended asks for nothing.
  #watch(): void {
    const { afterDrain, clock } = this.#options;
    if (afterDrain === undefined || this.#watching || this.#inside === 0) return;
    this.#watching = true;
    const turns = this.#turns;
    afterDrain(() => {
      this.#watching = false;
      if (turns !== this.#turns) this.#watch();
      else if (this.#isPatient()) clock.at(clock.elapsedNs() + LOOK_NS, () => this.#watch());
      else this.open();
    });
  }
}

function take<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
