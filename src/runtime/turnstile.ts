import type { Clock } from "../clock/mod.ts";
import type { Gate, In } from "../channel/mod.ts";
import type { Follower } from "./handler_loop.ts";
import type { Journal } from "./journal.ts";
import { RoomWaits } from "./room_waits.ts";
import { type Loop, type Wait, Waits } from "./waits.ts";
import type { WiredNode } from "./wiring.ts";

/** How long a fiber that waits for room keeps its turn: most likely it comes back. */
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

/**
 * Lets one thing at a time into a node that waits for several: values of its inputs, its timers, room for what it
 * publishes. The next is handed out when the fiber that got the last one has asked for more, and it is the one that
 * happened first. So two loops in one node take turns in the order of publication instead of the luck of the schedule;
 * the order is journaled, and a replay hands out in the order of the journal.
 *
 * A fiber that waits for something else (another fiber, a file) does not hold up the others: when the event loop has
 * turned and it has not come back, the turnstile opens. For one that waits for room it opens a little later; such a fiber
 * comes back through here, as in a replay there may be room when there was none, or none when there was. As long as a
 * fiber is out there, which any other may wake, the turnstile opens only when the event loop has turned.
 */
export class Turnstile implements Gate, Follower {
  readonly #inputs: readonly In<unknown>[];
  readonly #options: TurnstileOptions;
  /** What was not let in yet, other than values. */
  readonly #waits: Waits;
  readonly #room: RoomWaits;
  /** Whether a fiber is inside. The node itself is the first. */
  #isInside = true;
  /** Where it came from. */
  #loop: Loop | undefined;
  /** Loops that have asked for more, and wait for it. */
  readonly #asking = new Set<Loop>();
  /** Loops that were given up, and may ask later. */
  readonly #lost = new Set<Loop>();
  /** How many fibers were let in: the number of the last. */
  #fibers = 0;
  #turns = 0;
  /** The turn in which somebody waits for room, and since when nothing came of it. */
  #blocked: { readonly turn: number; readonly sinceNs: number } | undefined;
  #pumping = false;
  #watching = false;

  /** For a node with these inputs and outputs; inputs keep their place as the number of their source. */
  constructor({ inputs, outputs }: Pick<WiredNode, "inputs" | "outputs">, options: TurnstileOptions) {
    [this.#inputs, this.#options] = [inputs, options];
    for (const input of inputs) input.putBehind(this);
    const { journal, order } = options;
    const waits = this.#waits = new Waits(order);
    const inside = () => ({ fiber: this.#fibers, loop: this.#loop });
    this.#room = new RoomWaits(outputs, { journal, waits, inside, ended: () => this.#pump() });
  }

  /** {@linkcode Gate.ask} */
  ask(input: In<unknown>): void {
    this.left(input);
  }

  /** {@linkcode Gate.arrived} */
  arrived(input: In<unknown>): void {
    if (this.#asking.has(input)) this.#pump();
  }

  /** A fiber has left: it waits for something that will come through here, and begins `loop` anew if one is given. */
  left(loop?: Loop): void {
    if (loop !== undefined) this.#asking.add(loop);
    const wasLost = loop !== undefined && this.#lost.delete(loop);
    // One that was given up may just be at work, woken by the one that leaves.
    if ((wasLost && loop !== this.#loop) || this.#lost.size > 0) {
      // When nobody is inside, nobody else looks whether something can be let in.
      if (!this.#isInside) this.#pump();
      return;
    }
    this.#isInside = false;
    this.#pump();
  }

  /** The node has set a timer, for the next tick of `ticks` if given. Once it is due, `wake` is called when it is its turn. */
  setTimer(wake: () => void, ticks?: Loop): TurnstileTimer {
    const timer = this.#waits.begin({ wake, loop: ticks ?? this.#loop, isTick: ticks !== undefined });
    const due = () => {
      this.#waits.end(timer);
      this.#pump();
      // The fiber inside may wait for something else and never come back, and may be the first that there was.
      this.#watch();
    };
    return { due, takeBack: () => this.#waits.remove(timer) };
  }

  /** {@linkcode RoomWaits.abort} */
  abort(): void {
    this.#room.abort();
  }

  /**
   * Gives up on the fibers inside, as they do not come back by themselves; says whether something can be let in now.
   * With `patience` it waits for one that waits for room.
   */
  open(patience = true): boolean {
    const { journal } = this.#options;
    // Whoever looked at the clock then before the next was let in has to come back first.
    if (!this.#isInside || journal.expectsMore) return false;
    // Whoever follows a journal knows who was overtaken: one that had room then was not.
    const isPatient = journal.expected() === undefined ? patience && this.#isPatient() : this.#room.unforeseen > 0;
    if (isPatient) return false;
    this.#giveUp();
    if (this.#next() === undefined) return false;
    this.#pump();
    return true;
  }

  get held(): boolean {
    const { journal } = this.#options;
    const waits = this.#isInside ? journal.expectsMore || this.#room.unforeseen > 0 : this.#next() === undefined;
    return waits && this.#first() !== undefined;
  }

  abandonJournal(): void {
    this.#options.journal.abandon();
    this.#room.abandon();
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
    const wasInside = this.#isInside;
    const source = wasInside ? this.#nextInside() : this.#next();
    if (source === undefined) return;
    const input = this.#inputs[source];
    const wait = this.#waits.at(source - this.#inputs.length);
    if (!wasInside) {
      this.#isInside = true;
      this.#fibers++;
      this.#loop = input ?? wait!.loop;
    }
    this.#turns++;
    this.#watch();
    this.#options.journal.turn(source);
    if (input !== undefined) {
      this.#asking.delete(input);
      return input.handOut();
    }
    this.#letIn(wait!, wasInside);
  }

  #letIn(wait: Wait, wasInside: boolean): void {
    this.#waits.remove(wait);
    if (wait.isTick) this.#asking.delete(wait.loop!);
    wait.wake!();
    if (wasInside) this.#pump();
  }

  #next(): number | undefined {
    const expected = this.#options.journal.expected();
    this.#room.passOver();
    if (expected === undefined) return this.#first();
    return this.#isReady(expected) ? expected : undefined;
  }

  /** The source of what the fiber inside waits for itself. */
  #nextInside(): number | undefined {
    const { journal } = this.#options;
    if (journal.expectsMore) return undefined;
    const expected = journal.expected();
    const own = ({ room, order }: Wait) => room?.fiber === this.#fibers && order < Infinity;
    const wait = expected === undefined ? this.#waits.over.find(own) : this.#waits.at(expected - this.#inputs.length);
    return wait !== undefined && own(wait) ? this.#inputs.length + this.#waits.numberOf(wait) : undefined;
  }

  #isReady(source: number): boolean {
    const input = this.#inputs[source];
    if (input !== undefined) return this.#asking.has(input) && input.ready;
    const wait = this.#waits.at(source - this.#inputs.length);
    return wait !== undefined && wait.order < Infinity;
  }

  #first(): number | undefined {
    let first: number | undefined;
    let order = Infinity;
    this.#inputs.forEach((input, source) => {
      if (!this.#isReady(source) || (input.order >= order && first !== undefined)) return;
      [first, order] = [source, input.order];
    });
    const wait = this.#waits.over[0];
    if (wait === undefined || first !== undefined && wait.order > order) return first;
    return this.#inputs.length + this.#waits.numberOf(wait);
  }

  #giveUp(): void {
    const loop = this.#loop;
    // One that waits for room comes back through here. A loop that has ended asks for nothing any more.
    const isLost = loop !== undefined && !loop.ended && !this.#asking.has(loop) && !this.#waits.isBlocked(this.#fibers);
    if (isLost && this.#isInside) this.#lost.add(loop);
    this.#isInside = false;
  }

  #isPatient(): boolean {
    const { clock } = this.#options;
    if (!this.#waits.isBlocked(this.#fibers)) {
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
    if (afterDrain === undefined || this.#watching || !this.#isInside) return;
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
