import { DONE, type In, type Out, type Slice } from "../channel/mod.ts";
import type { Journal } from "./journal.ts";
import type { Scheduler, Task } from "./scheduler.ts";

/** What a node in handler form consists of at run time. */
export interface HandlerLoopOptions {
  readonly inputs: readonly In<unknown>[];
  /** One for each input. */
  readonly handlers: readonly ((message: never, context: never) => unknown)[];
  readonly outputs: readonly Out<unknown>[];
  readonly context: unknown;
  readonly journal: Journal;
  readonly slice: Slice;
  readonly scheduler: Scheduler;
}

/** Somebody who does things in the order of a journal. */
export interface Follower {
  /** Whether it could go on, but for the journal, which waits for something else. */
  readonly held: boolean;
  /** Goes on in the order of today, because what the journal waits for will not come. */
  abandonJournal(): void;
}

/**
 * Calls handlers for as long as there are messages, without a promise for each. It ends when all inputs have.
 * With several inputs the message that was published first comes first, or the one that the journal names.
 */
export class HandlerLoop implements Follower, Task {
  readonly #options: HandlerLoopOptions;
  readonly #only: In<unknown> | undefined;
  readonly #ended = new Set<number>();
  readonly #result = Promise.withResolvers<void>();
  /** Whether it waits for an arrival. */
  #isParked = false;

  constructor(options: HandlerLoopOptions) {
    this.#options = options;
    this.#only = options.inputs.length === 1 ? options.inputs[0] : undefined;
  }

  /** Begins, and resolves when all inputs have ended; rejects when a handler fails. */
  start(): Promise<void> {
    this.#schedule();
    return this.#result.promise;
  }

  get urgent(): boolean {
    const only = this.#only;
    if (only !== undefined) return only.size >= only.capacity;
    return this.#options.inputs.some(({ size, capacity }) => size >= capacity);
  }

  get held(): boolean {
    const { inputs } = this.#options;
    return this.#isParked && inputs.some((input, i) => input.ready && !this.#ended.has(i));
  }

  abandonJournal(): void {
    this.#options.journal.abandon();
    this.#wake();
  }

  readonly #schedule = (): void => this.#options.scheduler.schedule(this);

  // Of several inputs the first to have something ends the wait; the others then find nobody waiting.
  readonly #wake = (): void => {
    if (!this.#isParked) return;
    this.#isParked = false;
    this.#schedule();
  };

  /** Handles what has arrived; called by the scheduler. */
  run(): void {
    try {
      const wait = this.#only === undefined ? this.#drainMany() : this.#drainOne(this.#only);
      // Something has to settle first: the handler itself, room for what it published, or a turn of the event loop.
      if (wait !== undefined) wait.then(this.#schedule, this.#result.reject);
      else if (this.#only !== undefined && this.#only.size > 0) this.#options.scheduler.defer(this);
      else if (this.#ended.size < this.#options.inputs.length) this.#park();
      else this.#result.resolve();
    } catch (error) {
      this.#result.reject(error);
    }
  }

  #drainOne(input: In<unknown>): Promise<void> | undefined {
    const { handlers: [handler], context, outputs } = this.#options;
    // Only what is there now, and not what comes meanwhile: so much the next queue has room for, if it is as long.
    for (let count = input.size; count > 0 && input.size > 0; count--) {
      const result = handler!(input.take() as never, context as never);
      // What its only output answered with: there was room, and time is not up.
      if (result === DONE && outputs.length === 1) continue;
      const wait = this.#settle(result);
      if (wait !== undefined) return wait;
    }
    if (input.done) {
      input.tryNext();
      this.#ended.add(0);
    }
    return undefined;
  }

  #drainMany(): Promise<void> | undefined {
    const { inputs, handlers, context, journal } = this.#options;
    for (let source = this.#pick(); source !== undefined; source = this.#pick()) {
      journal.turn(source);
      const result = inputs[source]!.tryNext()!;
      if (result.done) {
        this.#ended.add(source);
        continue;
      }
      const wait = this.#settle(handlers[source]!(result.value as never, context as never));
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  /** What has to settle before the next message, after a handler returned `result`. */
  #settle(result: unknown): Promise<void> | undefined {
    const { slice, outputs } = this.#options;
    if (result !== undefined && result !== DONE && isPromise(result)) return result;
    for (let i = 0; i < outputs.length; i++) if (outputs[i]!.blocked) return outputs[i]!.ready();
    return --slice.budget < 0 ? slice.spent() : undefined;
  }

  #pick(): number | undefined {
    const { inputs, journal } = this.#options;
    const expected = journal.expected();
    if (expected !== undefined) return inputs[expected]?.ready && !this.#ended.has(expected) ? expected : undefined;
    let first: number | undefined;
    for (let source = 0; source < inputs.length; source++) {
      if (this.#ended.has(source) || !inputs[source]!.ready) continue;
      if (first === undefined || inputs[source]!.order < inputs[first]!.order) first = source;
    }
    return first;
  }

  #park(): void {
    this.#isParked = true;
    const { inputs, journal } = this.#options;
    // One input is always next; its journal, if there is one, is about readings of the clock.
    const expected = this.#only === undefined ? journal.expected() : undefined;
    for (let source = 0; source < inputs.length; source++) {
      if (!this.#ended.has(source) && (expected ?? source) === source) inputs[source]!.whenReady(this.#wake);
    }
  }
}

function isPromise(value: unknown): value is Promise<void> {
  return typeof (value as Promise<void> | null)?.then === "function";
}
