import { TinmanError } from "../errors/mod.ts";
import { BuildMemo } from "./build_memo.ts";
import type { BuildReport } from "./build_report.ts";
import { classSources } from "./builder_code.ts";
import { Built, type BuiltData, Resolve, type ResolveData } from "./builder_events.ts";
import type { BuilderOptions } from "./builder_options.ts";
import { codeVersion } from "./code_version.ts";
import { BuilderRun } from "./builder_run.ts";
import type { Event } from "./event.ts";
import { gather, then } from "./gather.ts";
import { type Inputs, type Join, parseRequirements, ZipJoin } from "./join.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import { on } from "./on.ts";
import type { ErrorRule, EventContext, Handler, Processor, Wiring } from "./processor.ts";
import { where } from "./where.ts";

/** What `build` gives: artifacts, all at once or one after the other. Nothing is none. */
export type BuildResult<A = unknown> =
  | Iterable<A>
  | AsyncIterable<A>
  | void
  | Promise<Iterable<A> | AsyncIterable<A> | void>;

/**
 * A processor that builds artifacts of a target out of artifacts of others. It does nothing until somebody asks for its
 * target with `Resolve`; then it asks for what it requires itself, builds once for each set of inputs, and announces what
 * it built with `Built`. A new run begins anew: only what `persist` kept is still there.
 *
 * @example
 * ```ts
 * import { Built, createEventPipeline, on, ReactiveBuilder, Resolve, where } from "tinman/reactive";
 *
 * class Words extends ReactiveBuilder {
 *   constructor() {
 *     super({ provides: "words" });
 *   }
 *   override *build() {
 *     yield* ["alpha", "beta"];
 *   }
 * }
 * const sink = on(where(Built, { target: "words" }), ({ artifact }) => console.log(artifact));
 * const pipeline = createEventPipeline([new Words(), { name: "sink", handlers: [sink] }]);
 * pipeline.submit(Resolve({ target: "words" }));
 * await pipeline.run(); // alpha, beta
 * ```
 */
export abstract class ReactiveBuilder implements Processor {
  /** {@linkcode Processor.name} */
  readonly name: string;
  /** {@linkcode Processor.handlers} */
  readonly handlers: readonly Handler[];
  /** {@linkcode Processor.priority} */
  readonly priority: number | undefined;
  /** {@linkcode Processor.onError} */
  readonly onError: ErrorRule | undefined;
  /** {@linkcode Processor.wiring} */
  readonly wiring: Wiring;
  /** The target that it is there for. */
  readonly provides: string;
  /** The targets that it needs, each once. */
  readonly requires: readonly string[];
  /** How its inputs come together. */
  readonly join: Join;

  readonly #memo: BuildMemo;
  readonly #maxQueued: number;
  readonly #maxReplayed: number;
  readonly #persist: boolean;
  readonly #findVersion: () => string;
  readonly #ownFields: ReadonlySet<string>;
  /** Set when the first run begins: later on, fields may hold what was built. */
  #version = "";
  #run: BuilderRun;

  /** Options say what it builds of what. */
  constructor(options: BuilderOptions<never>) {
    const { provides, requires = [], name = provides, persist = false, dedupe = true, feedback, version } = options;
    const { maxQueued = 65_536, maxReplayed = 65_536, maxKnown = 1_000_000, key = listOf } = options;
    const requirements = parseRequirements(requires);
    this.name = name;
    this.provides = provides;
    this.requires = requirements.targets;
    this.priority = options.priority;
    this.onError = options.onError;
    this.wiring = { provides: [provides, ...options.alsoProvides ?? []], requires: this.requires, feedback };
    this.#persist = persist;
    this.#maxQueued = maxQueued;
    this.#maxReplayed = maxReplayed;
    this.join = options.join ?? new ZipJoin(requirements, { builder: name, max: maxQueued });
    this.#memo = new BuildMemo({ builder: name, persist, dedupe, key, version: () => this.#version, max: maxKnown });
    this.#run = this.#begin();
    this.#findVersion = () => version ?? codeVersion(this.code(), options.key, options.uses ?? []);
    this.handlers = this.#handlers();
    this.#ownFields = new Set(Object.keys(this));
  }

  /**
   * Builds the artifacts of one set of inputs, which come in the order of `requires`. What it submits itself goes before
   * what it gives. It is called again with the same inputs when it threw and `onError` says so.
   */
  abstract build(context: EventContext, ...inputs: unknown[]): BuildResult;

  /** Called when nothing is left to do: what it gives is announced like what is built. */
  phase(_context: EventContext, _phase: number): BuildResult {}

  /** Called when a run begins. */
  onInit(_context: EventContext): void | Promise<void> {}

  /** Called when a run ends, also when it was cancelled. */
  onTerminate(_context: EventContext): void | Promise<void> {}

  /** What identifies its code besides `version`: its classes and its fields, as they are before the first run. */
  protected code(): readonly unknown[] {
    const fields = Object.entries(this).filter(([name]) => !this.#ownFields.has(name));
    return [classSources(this, ReactiveBuilder), fields];
  }

  /** What was built in this run, or in the one that ended, and why. */
  report(): BuildReport {
    return this.#run.counts.report(this.provides);
  }

  #handlers(): Handler[] {
    return [
      on(Init, (_, context) => {
        this.#run = this.#begin();
        if (this.#persist) this.#version ||= this.#findVersion();
        return this.onInit(context);
      }),
      on(Phase, ({ phase }, context, event) => this.#phase(phase, context, event)),
      on(Poison, (_, context) => {
        this.#memo.end(() => context.archive);
        return this.onTerminate(context);
      }),
      ...this.wiring.provides.map((target) =>
        on(where(Resolve, { target }), (data, context, event) => this.#resolve(data, context, event))
      ),
      ...this.requires.map((target, source) =>
        on(where(Built, { target }), (data, context, event) => this.#hear(source, data, context, event))
      ),
    ];
  }

  #begin(): BuilderRun {
    this.#memo.clear();
    this.join.clear();
    return new BuilderRun({ from: this.name, provides: this.provides, max: this.#maxReplayed });
  }

  #resolve({ target, from }: ResolveData, context: EventContext, event: Event<object>): void | Promise<void> {
    const run = this.#run;
    if (run.isNew(event)) {
      // Builders heard of everything from the start.
      if (run.asked && from === undefined) run.again = target;
      if (!run.asked) {
        const heard = run.heard.take({ builder: this.name, max: this.#maxQueued });
        run.asked = true;
        run.asks = this.requires;
        if (this.requires.length === 0) run.ready.push({ values: [] });
        for (const [source, artifact] of heard) this.#push(source, artifact);
      }
      run.event = event;
    }
    return this.#work(context);
  }

  #hear(source: number, data: BuiltData, context: EventContext, event: Event<object>): void | Promise<void> {
    const { heard, asked } = this.#run;
    if (this.#run.isNew(event)) {
      if (heard.knows(data)) return;
      if (asked) this.#push(source, data.artifact);
      else heard.hold([source, data.artifact], this.#maxQueued);
      heard.note(data);
      this.#run.event = event;
    }
    return this.#work(context);
  }

  #phase(phase: number, context: EventContext, event: Event<object>): void | Promise<void> {
    if (!this.#run.isNew(event)) return this.#work(context);
    return then(gather(this.phase(context, phase), this.name), (artifacts) => {
      this.#run.done.push(artifacts);
      this.#run.event = event;
      return this.#work(context);
    });
  }

  #push(source: number, artifact: unknown): void {
    const inputs = this.join.push(source, artifact);
    if (inputs) this.#run.ready.push(inputs);
  }

  /** Builds all that there are inputs for, then announces it. */
  #work(context: EventContext): void | Promise<void> {
    const { ready } = this.#run;
    while (ready.length > 0) {
      const made = this.#make(ready.first!, context);
      if (made) return this.#goOn(made, context);
      this.#made();
    }
    this.#announce(context);
  }

  async #goOn(made: Promise<void>, context: EventContext): Promise<void> {
    const { ready } = this.#run;
    await made;
    this.#made();
    while (ready.length > 0) {
      await this.#make(ready.first!, context);
      this.#made();
    }
    this.#announce(context);
  }

  #made(): void {
    this.#run.failing = false;
    this.#run.ready.shift();
  }

  #announce(context: EventContext): void {
    const run = this.#run;
    if (run.again !== undefined) run.announcer.repeat(run.again, context);
    for (const artifacts of run.done.splice(0)) run.announcer.announce(artifacts, context);
    for (const target of run.asks) context.submit(Resolve({ target, from: this.name }));
    run.again = undefined;
    run.asks = [];
    run.event = undefined;
  }

  #make({ values, tag }: Inputs, context: EventContext): void | Promise<void> {
    const { done, counts } = this.#run;
    this.#run.failing = true;
    const archive = () => context.archive;
    const known = this.#memo.look(values, archive);
    const settle = (artifacts: readonly unknown[]) => {
      this.#memo.settle(known, { artifacts, archive });
      counts.add(known.outcome, artifacts.length);
      done.push(tag === undefined ? artifacts : [{ tag, artifacts }]);
    };
    if (known.outcome.outcome !== "built") return settle(known.artifacts);
    const before = context.submitted.length;
    return then(gather(this.build(context, ...values), this.name), (artifacts) => {
      if (this.#persist && context.submitted.length > before) throw alsoSubmitted(this.name);
      settle(artifacts);
    });
  }
}

const listOf = (...inputs: unknown[]): unknown => inputs;

function alsoSubmitted(builder: string): TinmanError {
  const what = `Cannot keep what ${JSON.stringify(builder)} built: it submitted events, too`;
  return new TinmanError("CONFIG", what, {
    path: builder,
    hint: "give all that it makes as artifacts, or leave out `persist`",
  });
}
