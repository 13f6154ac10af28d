import { Aside } from "./aside.ts";
import type { Inputs, Join } from "./join.ts";
import type { EventContext } from "./processor.ts";
import { ReactiveBuilder } from "./reactive_builder.ts";

/** The inputs of one build, on their way to a worker. */
interface ParallelTask {
  /** How many came before it. */
  readonly number: number;
  readonly values: readonly unknown[];
}

/** Options of {@linkcode Splitter}. */
interface SplitterOptions {
  readonly name: string;
  readonly requires: readonly string[];
  /** A target for each worker. */
  readonly tasks: readonly string[];
  /** Which worker. */
  readonly route: ((values: readonly unknown[]) => number) | undefined;
  readonly priority: number | undefined;
  readonly maxQueued: number | undefined;
}

/** Numbers sets of inputs and gives each to a worker. */
export class Splitter extends ReactiveBuilder {
  readonly #tasks: readonly string[];
  readonly #route: SplitterOptions["route"];
  #count = 0;

  /** Without a route: to each in turn. */
  constructor({ tasks, route, ...options }: SplitterOptions) {
    const [provides, ...alsoProvides] = tasks as [string, ...string[]];
    super({ ...options, provides, alsoProvides, dedupe: false, maxReplayed: 0 });
    this.#tasks = tasks;
    this.#route = route;
  }

  /** Gives one set of inputs to a worker. */
  override build(_context: EventContext, ...values: unknown[]): readonly Aside[] {
    const worker = this.#route?.(values) ?? this.#count % this.#tasks.length;
    const task: ParallelTask = { number: this.#count++, values };
    return [new Aside(this.#tasks[worker]!, task)];
  }

  /** Begins anew. */
  override onInit(): void {
    this.#count = 0;
  }
}

/** Takes tasks apart: what is built of one is found again by its number. */
export class TaskJoin implements Join {
  /** {@linkcode Join.push} */
  push(_source: number, task: unknown): Inputs {
    const { values, number } = task as ParallelTask;
    return { values, tag: number };
  }

  /** {@linkcode Join.clear}: it holds nothing. */
  clear(): void {}
}
