import { TinmanError } from "../errors/mod.ts";
import type { Archives } from "./archive.ts";
import { createMemoryArchives } from "./archives.ts";
import { checkLimits, checkProcessors } from "./check_processors.ts";
import { Resolve } from "./builder_events.ts";
import { type Event, isEvent } from "./event.ts";
import type { EventPipeline, EventPipelineOptions, EventRunOptions, EventRunReport } from "./event_pipeline.ts";
import { EventRun } from "./event_run.ts";
import { type FeedOptions, Feeds, type Intake } from "./feeds.ts";
import { freezeData } from "./freeze.ts";
import { Inbox } from "./inbox.ts";
import type { Interest } from "./interest_index.ts";
import { Interests } from "./interests.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import { compilePattern } from "./match.ts";
import { findPatternProblems, type PatternProblem } from "./pattern_problems.ts";
import type { Processor } from "./processor.ts";
import { Replay } from "./replay.ts";
import { endless, tooMany } from "./run_errors.ts";
import type { Target } from "./task.ts";
import { createRecorder, describeEvent, type Transcript } from "./transcript.ts";
import { checkAsked, checkWiring } from "./wiring.ts";

/** A pipeline, and the run that it is in. */
export class LivePipeline implements EventPipeline {
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
    this.#inboxes = processors.map((processor, place) => new Inbox(processor, place));
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
    const route = this.#interests.route(event);
    if (route.length === 0 && isEvent(event, Resolve)) checkAsked(event.data.target, this.processors);
    const pending = this.#feeds.pending + (this.#run?.external ?? 0) + Math.max(1, route.length);
    if (pending > this.#maxPending) throw tooMany(pending, this.#maxPending);
    this.#feeds.submit(event, route);
    return route.length;
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
    const { clock, maxConcurrency = Infinity, strict = false } = this.#options;
    const archives = options.archives ?? this.#options.archives;
    const seed = replay?.seed ?? this.#options.seed ?? "tinman";
    const recorder = createRecorder();
    const write = typeof transcript === "function" ? transcript : recorder.add;
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
      onEvent: transcript === false && !strict ? onEvent : (event, by, step) => {
        if (strict) freezeData(event.data);
        if (transcript !== false) write(describeEvent(event, { by, step }));
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
    return reportOf(run, {
      inboxes: this.#inboxes,
      transcript: transcript === true ? { seed, entries: recorder.entries } : undefined,
    });
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
