import { DONE, type In, type Out, type Slice } from "../channel/mod.ts";
import type { Journal } from "./journal.ts";

/** What a node in handler form consists of at run time. */
export interface HandlerLoopOptions {
  readonly inputs: readonly In<unknown>[];
  /** One for each input. */
  readonly handlers: readonly ((message: never, context: never) => unknown)[];
  readonly outputs: readonly Out<unknown>[];
  readonly context: unknown;
  readonly journal: Journal;
  readonly slice: Slice;
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
export class HandlerLoop implements Follower {
  readonly #options: HandlerLoopOptions;
  readonly #result = Promise.withResolvers<void>();
  readonly #only: In<unknown> | undefined;
  readonly #ended = new Set<number>();
  /** Counts the times it parked, so that of several inputs only the first to have something wakes it. */
  #parked = 0;
  #isParked = false;

  constructor(options: HandlerLoopOptions) {
    this.#options = options;
    this.#only = options.inputs.length === 1 ? options.inputs[0] : undefined;
  }

  /** Runs until all inputs have ended or a handler fails. */
  run(): Promise<void> {
    this.#start();
    return this.#result.promise;
  }

  get held(): boolean {
    const { inputs } = this.#options;
    return this.#isParked && inputs.some((input, i) => input.ready && !this.#ended.has(i));
  }

  abandonJournal(): void {
    this.#options.journal.abandon();
    if (this.#isParked) this.#unpark();
  }

  readonly #start = (): void => void DONE.then(this.#run);

  readonly #run = (): void => {
    try {
      const wait = this.#only === undefined ? this.#drainMany() : this.#drainOne(this.#only);
      // Something has to settle first: the handler itself, room for what it published, or a turn of the event loop.
      wait?.then(this.#run, this.#result.reject);
    } catch (error) {
      this.#result.reject(error);
    }
  };

  #drainOne(input: In<unknown>): Promise<void> | undefined {
    const { handlers: [handler], context, slice, outputs } = this.#options;
    while (input.size > 0) {
      const promise = handler!(input.take() as never, context as never);
      if (promise !== undefined && promise !== DONE && isPromise(promise)) return promise;
      for (const output of outputs) if (output.blocked) return output.ready();
      if (--slice.budget < 0) {
        const turn = slice.spent();
        if (turn !== undefined) return turn;
      }
    }
    if (input.tryNext()?.done) this.#result.resolve();
    else input.whenReady(this.#start);
    return undefined;
  }

  #drainMany(): Promise<void> | undefined {
    const { inputs, handlers, context, slice, outputs, journal } = this.#options;
    for (;;) {
      const source = this.#pick();
      if (source === undefined) return this.#park();
      journal.turn(source);
      const result = inputs[source]!.tryNext()!;
      if (result.done) {
        this.#ended.add(source);
        if (this.#ended.size < inputs.length) continue;
        this.#result.resolve();
        return undefined;
      }
      const promise = handlers[source]!(result.value as never, context as never);
      if (promise !== undefined && promise !== DONE && isPromise(promise)) return promise;
      for (const output of outputs) if (output.blocked) return output.ready();
      if (--slice.budget < 0) {
        const turn = slice.spent();
        if (turn !== undefined) return turn;
      }
    }
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

  #park(): undefined {
    const parked = ++this.#parked;
    this.#isParked = true;
    const wake = () => {
      if (parked === this.#parked && this.#isParked) this.#unpark();
    };
    const expected = this.#options.journal.expected();
    this.#options.inputs.forEach((input, source) => {
      if (!this.#ended.has(source) && (expected ?? source) === source) input.whenReady(wake);
    });
    return undefined;
  }

  #unpark(): void {
    this.#isParked = false;
    this.#start();
  }
}

function isPromise(value: unknown): value is Promise<void> {
  return typeof (value as Promise<void> | null)?.then === "function";
}
