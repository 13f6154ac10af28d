import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Archive } from "./archive.ts";
import type { Event } from "./event.ts";
import type { EventPattern } from "./pattern.ts";

/**
 * Whoever hears of events: an object with a name and handlers, or an instance of a class that has them. What it keeps
 * between events is its own: it is called for one event at a time, unless it says otherwise.
 */
export interface Processor {
  /** One of its own in a pipeline. It is in error messages, transcripts and keys of caches. */
  readonly name: string;
  /** Asked in this order: the first whose pattern matches takes the event. */
  readonly handlers: readonly Handler[];
  /** Who goes first when several have work: the lower. Equals go by the age of their work. @default {0} */
  readonly priority?: number | undefined;
  /**
   * Events that it may be at work on at once. With several, what it keeps between events has to be read and changed before
   * a handler waits for the first time: after that, which one goes on first is a matter of chance. @default {1}
   */
  readonly concurrency?: number | undefined;
  /** What becomes of an event that it throws on. @default {"stop"} */
  readonly onError?: ErrorRule | undefined;
  /** Which targets it builds of which, for those who build; see `builder()`. Checked when the pipeline is made. */
  readonly wiring?: Wiring | undefined;
}

/** What a builder makes of what. */
export interface Wiring {
  /** Targets that it announces with `Built`. */
  readonly provides: readonly string[];
  /** Targets that it needs for that. */
  readonly requires: readonly string[];
  /** Whether what it provides may lead back to what it requires. @default {false} */
  readonly feedback?: boolean | undefined;
}

/** A pattern, and what is done with an event that matches it. Made by `on()`. */
export interface Handler {
  /** What it takes. */
  readonly pattern: EventPattern;
  /** Called with what the pattern bound, or the attributes where it bound nothing. A promise is waited for. */
  readonly handle: (bound: never, context: EventContext, event: Event<object>) => unknown;
}

/** `stop` ends the run with that error; `skip` counts it and goes on; `retry` calls again, then does what `then` says. */
export type ErrorRule = "stop" | "skip" | {
  /** Calls after the first. */
  readonly retry: number;
  /** Before the first of them, in milliseconds of the pipeline's clock; doubled each time. @default {0} */
  readonly backoffMs?: number;
  /** When all of them threw. @default {"stop"} */
  readonly then?: "stop" | "skip";
};

/** What a handler gets besides the event. It ends with the handler: whoever keeps it finds it closed. */
export interface EventContext {
  /** Whose handler it is. */
  readonly processor: string;
  /**
   * Emits an event: it is on its way when the handler has ended without an error, behind all that were emitted before.
   * Returns how many processors will get it.
   *
   * @throws {TinmanError} `CLOSED` when the handler has ended.
   */
  submit(event: Event<object>): number;
  /** What was emitted so far, in order. */
  readonly submitted: readonly Event<object>[];
  /** Time that depends on the input alone, unless the pipeline was given another. */
  readonly clock: Clock;
  /** Chance that depends on the seed, the processor and the event alone. */
  readonly random: Random;
  /** Aborts when the run is cancelled. */
  readonly signal: AbortSignal;
  /** What this processor has kept from earlier runs, and keeps for later ones; see `caching()`. */
  readonly archive: Archive;
}
