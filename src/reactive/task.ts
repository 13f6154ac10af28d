import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import type { Archive } from "./archive.ts";
import type { Event } from "./event.ts";
import type { Inbox } from "./inbox.ts";
import { LogicalClock } from "./logical_clock.ts";
import type { EventContext, Handler } from "./processor.ts";
import { tooMany } from "./run_errors.ts";

/** A handler of a processor of this run, and what it gets of an event. */
export interface Target {
  readonly inbox: Inbox;
  readonly read: (event: Event<object>) => unknown;
  readonly handle: Handler["handle"];
}

/** What tasks ask of their run. */
export interface TaskHost {
  readonly seed: string;
  /** Undefined: time is logical. */
  readonly clock: Clock | undefined;
  readonly signal: AbortSignal;
  /** How many events one task may emit. */
  readonly maxPending: number;
  /** Whether nothing is taken any more. */
  readonly failed: boolean;
  /** How many of the events that wait came from outside, those counted several times that several take. */
  external: number;
  route(event: Event<object>): readonly Target[];
  archive(name: string): Archive;
}

const NOTHING: readonly Event<object>[] = Object.freeze([]);

/** One event at one processor, and the context of its handler. */
export class Task implements EventContext {
  readonly event: Event<object>;
  readonly target: Target;
  /** The one that was started after it. */
  next: Task | undefined;
  /** The next try of the same, when this one threw. */
  retry: Task | undefined;
  /** Its handler ended; `error` says whether by throwing. */
  done = false;
  error: { readonly thrown: unknown } | undefined;
  /** Calls before this one, which failed. */
  tries = 0;
  /** What the handler emitted, and who is to get it. */
  events: Event<object>[] | undefined;
  routes: (readonly Target[])[] | undefined;
  /** When it was started, in nanoseconds of logical time. */
  startNs = 0;
  readonly #host: TaskHost;
  readonly #number: number;
  #open = true;
  #clock: LogicalClock | undefined;
  #random: Random | undefined;

  /** `number` counts the events of its processor. */
  constructor(
    host: TaskHost,
    { event, target, number }: { readonly event: Event<object>; readonly target: Target; readonly number: number },
  ) {
    this.#host = host;
    this.event = event;
    this.target = target;
    this.#number = number;
  }

  get processor(): string {
    return this.target.inbox.processor.name;
  }

  get submitted(): readonly Event<object>[] {
    return this.events ?? NOTHING;
  }

  get clock(): Clock {
    return this.#host.clock ?? (this.#clock ??= new LogicalClock(this.startNs));
  }

  get random(): Random {
    return this.#random ??= createRandom(`${this.#host.seed}/${this.processor}/${this.#number}`);
  }

  get signal(): AbortSignal {
    return this.#host.signal;
  }

  get archive(): Archive {
    return this.#host.archive(this.processor);
  }

  /** When it ended, in nanoseconds of logical time. */
  get endNs(): number {
    return this.#clock === undefined ? this.startNs : this.#clock.elapsedNs();
  }

  submit(event: Event<object>): number {
    if (!this.#open || this.#host.failed) throw closed(this.processor, this.#open);
    const route = this.#host.route(event);
    if (this.events === undefined) {
      this.events = [event];
      this.routes = [route];
    } else {
      if (this.events.length >= this.#host.maxPending) throw tooMany(this.events.length + 1, this.#host.maxPending);
      this.events.push(event);
      this.routes!.push(route);
    }
    return route.length;
  }

  /** The handler has ended, and emits nothing more. */
  end(error?: { readonly thrown: unknown }): void {
    this.#open = false;
    this.error = error;
    this.done = true;
  }

  /** A context for another try, later by so many milliseconds of logical time; the one before is closed. */
  again(afterMs: number): Task {
    this.#open = false;
    const task = new Task(this.#host, { event: this.event, target: this.target, number: this.#number });
    task.startNs = this.startNs;
    task.tries = this.tries + 1;
    // Time and chance go on where the last try left them.
    task.#clock = this.#clock;
    task.#random = this.#random;
    if (afterMs > 0 && this.#host.clock === undefined) {
      task.#clock ??= new LogicalClock(this.startNs);
      task.#clock.advance(afterMs);
    }
    return this.retry = task;
  }
}

function closed(processor: string, open: boolean): TinmanError<"CLOSED"> {
  return new TinmanError(
    "CLOSED",
    `Processor ${JSON.stringify(processor)} cannot emit an event: ${
      open ? "the run has failed" : "its handler has ended"
    }`,
    open ? {} : { hint: "Emit before the handler returns, or return a promise that resolves later" },
  );
}
