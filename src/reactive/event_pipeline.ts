import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Archives } from "./archive.ts";
import { createMemoryArchives } from "./archives.ts";
import type { Event } from "./event.ts";
import { EventRun, tooMany } from "./event_run.ts";
import { type FeedOptions, Feeds, type Intake } from "./feeds.ts";
import { Inbox } from "./inbox.ts";
import { type Interest, Interests } from "./interests.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import { compilePattern } from "./match.ts";
import { findPatternProblems, type PatternProblem } from "./pattern_problems.ts";
import type { ErrorRule, Processor } from "./processor.ts";
import { Replay } from "./replay.ts";
import type { Target } from "./task.ts";
import { describeEvent, type Transcript, type TranscriptEntry } from "./transcript.ts";
import { checkWiring } from "./wiring.ts";

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
  /** Events that may wait for processors, those counted several times that several take. @default {1000000} */
  readonly maxPending?: number | undefined;
  /** Phases of a run, so that a processor that emits in each of them cannot keep it up for ever. @default {10000} */
  readonly maxPhases?: number | undefined;
  /** Refuses patterns that can never match, and those that take events of any kind. @default {false} */
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
  /** Events that nobody took. */
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
   * @throws {TinmanError} `TOO_LARGE` when too many wait; `CLOSED` while a run ends.
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
  return new Pipeline(processors, options);
}

/** Calls after the first that failed, at most. */
const MAX_RETRY = 1000;

/** Whether a value is a pipeline of events. */
export function isEventPipeline(value: unknown): value is EventPipeline {
  return value instanceof Pipeline;
}

class Pipeline implements EventPipeline {
  readonly processors: readonly Processor[];
  readonly problems: readonly PatternProblem[];
  readonly #options: EventPipelineOptions;
  readonly #inboxes: readonly Inbox[];
  readonly #interests: Interests<Target>;
  readonly #feeds: Feeds;
  readonly #maxPending: number;
  #archives: Archives | undefined;
  #run: EventRun | undefined;
  #isEnding = false;

  constructor(processors: readonly Processor[], options: EventPipelineOptions) {
    checkProcessors(processors);
    const { maxPending = 1_000_000, maxPhases = 10_000, maxConcurrency = Infinity } = options;
    checkLimits({ maxPending, maxPhases, maxConcurrency });
    checkWiring(processors);
    this.processors = [...processors];
    this.problems = findPatternProblems(processors, options.strict ?? false);
    this.#options = options;
    this.#maxPending = maxPending;
    this.#inboxes = processors.map((processor) => new Inbox(processor));
    this.#interests = new Interests(this.#inboxes.flatMap(interestsOf));
    this.#feeds = new Feeds((event) => this.#interests.route(event), () => this.#run?.poke());
  }

  submit(event: Event<object>): number {
    if (this.#isEnding) {
      throw new TinmanError("CLOSED", `Cannot submit ${JSON.stringify(event.kind.kindName)}: the run is at its end`, {
        unsent: event,
        hint: "Submit before the run ends, or after it for the next one",
      });
    }
    const pending = this.#feeds.length + (this.#run?.queued ?? 0) + 1;
    if (pending > this.#maxPending) throw tooMany(pending, this.#maxPending);
    return this.#feeds.submit(event);
  }

  feed(source: Iterable<Event<object>> | AsyncIterable<Event<object>>, options: FeedOptions = {}): Promise<number> {
    const taken = this.#feeds.add(source, options);
    // The run tells of its error as well, so that nobody has to wait here.
    taken.catch(() => {});
    return taken;
  }

  async run(options: EventRunOptions = {}): Promise<EventRunReport> {
    if (this.#run !== undefined) throw new TypeError("Cannot run an event pipeline that is running");
    const { signal, source, transcript = false, replay, onEvent } = options;
    if (source !== undefined) void this.feed(source);
    const { clock, maxConcurrency = Infinity } = this.#options;
    const archives = options.archives ?? this.#options.archives;
    const seed = replay?.seed ?? this.#options.seed ?? "tinman";
    const entries: TranscriptEntry[] = [];
    const write = typeof transcript === "function" ? transcript : (entry: TranscriptEntry) => void entries.push(entry);
    for (const inbox of this.#inboxes) inbox.reset();
    const intake = replay === undefined ? this.#feeds : new Replay(replay, (event) => this.#interests.route(event));
    const run = this.#run = new EventRun({
      inboxes: this.#inboxes,
      interests: this.#interests,
      intake,
      seed,
      clock,
      archives: archives ?? (this.#archives ??= createMemoryArchives()),
      maxConcurrency,
      maxPending: this.#maxPending,
      onEvent: transcript === false ? onEvent : (event, by, step) => {
        write(describeEvent(event, { by, step }));
        return onEvent?.(event, by);
      },
    });
    const cancel = () => run.cancel(signal!.reason);
    signal?.addEventListener("abort", cancel);
    try {
      await this.#live(run, { intake, signal });
    } catch (error) {
      this.#isEnding = true;
      await run.fail(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#run = undefined;
      this.#isEnding = false;
      archives?.close();
    }
    return reportOf(run, { inboxes: this.#inboxes, transcript: transcript === true ? { seed, entries } : undefined });
  }

  async #live(run: EventRun, { intake, signal }: { intake: Intake; signal: AbortSignal | undefined }): Promise<void> {
    const { maxPhases = 10_000 } = this.#options;
    run.announce(Init());
    if (signal?.aborted) run.cancel(signal.reason);
    await run.settle(true);
    for (let isWanted = true; isWanted && !run.isCancelled;) {
      if (run.phase >= maxPhases) throw endless(maxPhases);
      const { made, taken } = run;
      run.announce(Phase({ phase: ++run.phase }));
      await run.settle(false);
      // What came from outside meanwhile does not lead to another phase, unless this was the last.
      if (run.made === made && intake.hasSome(run.phase)) await run.settle(true);
      isWanted = run.made > made || run.taken > taken;
    }
    this.#isEnding = true;
    run.end();
    run.announce(Poison());
    await run.settle(false);
  }
}

function interestsOf(inbox: Inbox): Interest<Target>[] {
  const { name, handlers } = inbox.processor;
  return handlers.flatMap(({ pattern, handle }) =>
    compilePattern(pattern).map((way) => ({ owner: name, way, target: { inbox, read: way.read, handle } }))
  );
}

function reportOf(
  run: EventRun,
  { inboxes, transcript }: { inboxes: readonly Inbox[]; transcript: Transcript | undefined },
): EventRunReport {
  const processors = inboxes.map(({ processor, handled, emitted, skipped, retried }) =>
    [processor.name, { handled, emitted, skipped, retried }] as const
  );
  return {
    events: run.events,
    unheard: run.unheard,
    phases: run.phase,
    processors: Object.fromEntries(processors),
    errors: run.skipped,
    interrupted: run.isCancelled,
    dropped: run.dropped,
    transcript,
  };
}

function checkProcessors(processors: readonly Processor[]): void {
  const names = new Set<string>();
  for (const { name, handlers, concurrency = 1, priority = 0, onError = "stop" } of processors) {
    const quoted = JSON.stringify(name);
    if (typeof name !== "string" || name === "") throw new TypeError("Cannot run a processor without a name");
    if (!Array.isArray(handlers)) throw new TypeError(`Cannot run processor ${quoted}: expected a list of handlers`);
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`Cannot run processor ${quoted} on ${concurrency} events at once: expected 1 or more`);
    }
    if (Number.isNaN(priority)) throw new RangeError(`Cannot run processor ${quoted} with priority NaN`);
    if (names.has(name)) {
      throw new TinmanError("CONFIG", `Cannot run two processors named ${quoted}`, {
        hint: "Give each a name of its own: archives and errors go by it",
      });
    }
    names.add(name);
    checkRule(quoted, onError);
  }
}

function checkRule(processor: string, rule: ErrorRule): void {
  if (rule === "stop" || rule === "skip") return;
  const { retry, backoffMs = 0 } = rule;
  if (!Number.isSafeInteger(retry) || retry < 0 || retry > MAX_RETRY) {
    throw new RangeError(`Cannot retry processor ${processor} ${retry} times: expected 0 to ${MAX_RETRY}`);
  }
  if (!(backoffMs >= 0)) throw new RangeError(`Cannot retry processor ${processor} after ${backoffMs} ms`);
}

function checkLimits(limits: Readonly<Record<string, number>>): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 1)) throw new RangeError(`Cannot run with ${name} ${limit}: expected 1 or more`);
  }
}

function endless(maxPhases: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot go on after ${maxPhases} phases: each of them led to new events`, {
    limit: maxPhases,
    actual: maxPhases + 1,
    hint: "A handler of Phase that always emits something never ends; or raise `maxPhases`",
  });
}
