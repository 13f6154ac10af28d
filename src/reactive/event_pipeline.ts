import type { Clock } from "../clock/mod.ts";
import type { TinmanError } from "../errors/mod.ts";
import type { Archives } from "./archive.ts";
import type { Event } from "./event.ts";
import type { FeedOptions } from "./feeds.ts";
import { LivePipeline } from "./live_pipeline.ts";
import type { PatternProblem } from "./pattern_problems.ts";
import type { Processor } from "./processor.ts";
import type { Transcript, TranscriptEntry } from "./transcript.ts";

/** Options of {@linkcode createEventPipeline}. */
export interface EventPipelineOptions {
  /** Where chance begins. @default {"tinman"} */
  readonly seed?: string | undefined;
  /**
   * The time that handlers see. By default it is logical: it passes only where a handler sleeps, and then at once.
   * @default {a clock that depends on the input alone}
   */
  readonly clock?: Clock | undefined;
  /** Where processors keep what outlives a run. Closed after each run. @default {memory, as long as the pipeline lives} */
  readonly archives?: Archives | undefined;
  /** Handlers at work at once. @default {as many as the processors allow} */
  readonly maxConcurrency?: number | undefined;
  /**
   * Events from outside that may wait for processors, and as many again that handlers emit; those count several times that
   * several take. @default {1000000}
   */
  readonly maxPending?: number | undefined;
  /** Phases of a run, so that a processor that emits in each of them cannot keep it up for ever. @default {10000} */
  readonly maxPhases?: number | undefined;
  /**
   * Refuses patterns that can never match, and those that take events of any kind; freezes what events carry, so that a
   * handler that changes it fails. @default {false}
   */
  readonly strict?: boolean | undefined;
}

/** Options of {@linkcode EventPipeline.run}. */
export interface EventRunOptions {
  /** Ends the run early: see {@linkcode EventPipeline.run}. */
  readonly signal?: AbortSignal | undefined;
  /** Events from outside, as with {@linkcode EventPipeline.feed}. */
  readonly source?: Iterable<Event<object>> | AsyncIterable<Event<object>> | undefined;
  /** Writes down all events: into the report, or to a function, which is called with each. @default {false} */
  readonly transcript?: boolean | ((entry: TranscriptEntry) => void) | undefined;
  /**
   * Takes the seed of an earlier run, and events from outside as they came then; what is submitted now waits for the next
   * run. See also {@linkcode replayTranscript}.
   */
  readonly replay?: Transcript | undefined;
  /**
   * Called with each event as it is on its way, and with who emitted it, if a processor did. The run goes on when what it
   * returns has resolved.
   */
  readonly onEvent?: ((event: Event<object>, by: string | undefined) => void | Promise<void>) | undefined;
  /** Where processors keep things in this run, in place of what the pipeline was made with. Closed after it. */
  readonly archives?: Archives | undefined;
}

/** How a run went. */
export interface EventRunReport {
  /** Events that were on their way, tinman's own among them. */
  readonly events: number;
  /** Events that nobody took, those of tinman's own left out. */
  readonly unheard: number;
  /** Phases that there were. */
  readonly phases: number;
  /** What each processor did, by name. */
  readonly processors: Readonly<Record<string, ProcessorReport>>;
  /** Errors that were skipped, the first hundred. */
  readonly errors: readonly TinmanError[];
  /** Whether the signal ended it. */
  readonly interrupted: boolean;
  /** What was not done because of that: events that waited for a processor, or were emitted too late. */
  readonly dropped: number;
  /** What happened, where it was asked for. */
  readonly transcript: Transcript | undefined;
}

/** What a processor did in a run. */
export interface ProcessorReport {
  /** Events that it has dealt with. */
  readonly handled: number;
  /** Events that it has emitted. */
  readonly emitted: number;
  /** Events on which it failed, and which were skipped. */
  readonly skipped: number;
  /** Calls after a call that failed. */
  readonly retried: number;
}

/** Processors that hear of events, and what there is for them to do. Made by {@linkcode createEventPipeline}. */
export interface EventPipeline {
  /** The processors, in the order in which they hear of an event. */
  readonly processors: readonly Processor[];
  /** What is odd about their patterns: those that can never match. */
  readonly problems: readonly PatternProblem[];
  /**
   * Adds an event from outside; returns how many processors will get it. Before a run it waits for the run, during a run
   * it is on its way before the next handler is started; while a phase leads to new events, it waits for the last one.
   *
   * @throws {TinmanError} `TOO_LARGE` when too many wait; `CLOSED` while a run ends; `NOT_FOUND` for a `Resolve` of what no
   * builder provides.
   */
  submit(event: Event<object>): number;
  /**
   * Adds events from outside as there is room for them. The run waits for the end of the source; resolves then, with how
   * many were taken. An error of the source ends the run, too.
   */
  feed(source: Iterable<Event<object>> | AsyncIterable<Event<object>>, options?: FeedOptions): Promise<number>;
  /**
   * Runs until there is nothing left to do: `Init`, what was submitted, then `Phase` again and again while it leads to
   * new events, and `Poison`. It may be called again after that.
   *
   * When the signal aborts, handlers that are at work end, whatever waits is given up, `Poison` is still sent, and the
   * report says so; there is no error.
   *
   * @throws {TinmanError} `PROCESSOR` when a processor threw, unless its `onError` says otherwise. Of several that throw,
   * it is always the same one, whose event came first. Handlers at work then see their signal aborted, and are waited for.
   * There is no report then; a function as `transcript` has seen all events.
   */
  run(options?: EventRunOptions): Promise<EventRunReport>;
}

/**
 * Makes a pipeline of processors. What it does depends on the events alone, not on how long handlers take: handlers may
 * be asynchronous and overlap, yet all events come in the same order in every run.
 *
 * @example
 * ```ts
 * import { createEventPipeline, defineEvent, on } from "tinman/reactive";
 *
 * const Count = defineEvent<{ n: number }>("count");
 * const seen: number[] = [];
 * const counter = {
 *   name: "counter",
 *   handlers: [on(Count, ({ n }, context) => {
 *     seen.push(n);
 *     if (n < 3) context.submit(Count({ n: n + 1 }));
 *   })],
 * };
 * const pipeline = createEventPipeline([counter]);
 * pipeline.submit(Count({ n: 1 }));
 * const { phases } = await pipeline.run();
 * console.log(seen, phases); // [ 1, 2, 3 ] 1
 * ```
 * @throws {TinmanError} `CONFIG` for processors of one name, and for builders that miss something or wait for themselves.
 */
export function createEventPipeline(
  processors: readonly Processor[],
  options: EventPipelineOptions = {},
): EventPipeline {
  return new LivePipeline(processors, options);
}

/** Whether a value is a pipeline of events. */
export function isEventPipeline(value: unknown): value is EventPipeline {
  return value instanceof LivePipeline;
}
