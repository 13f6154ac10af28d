import { Counter, Histogram } from "../telemetry/mod.ts";
import type { PipelineConfig } from "./config.ts";
import type { EdgeProbe, StageObserver } from "./observer.ts";
import { LatencyMeter, type LatencyMeterOptions } from "./priority.ts";

/** What is counted of one stage. */
export interface StageMetrics {
  /** Its id in the configuration. */
  readonly id: string;
  /** Frames that it was given and got done with. */
  readonly frames: number;
  /** Frames on which it threw. */
  readonly errors: number;
  /** How often it was made anew. */
  readonly restarts: number;
  /** Frames that were skipped or shed. */
  readonly drops: number;
  /** How long it waited for room, in nanoseconds. */
  readonly blockedNs: number;
  /** Its own work for each frame that it got done with, in nanoseconds. The sum is its busy time. */
  readonly busy: Histogram;
}

/** What is counted of one edge, at one moment. */
export interface EdgeMetrics {
  /** {@linkcode EdgeProbe.from} */
  readonly from: string;
  /** {@linkcode EdgeProbe.to} */
  readonly to: string;
  /** {@linkcode EdgeProbe.capacity} */
  readonly capacity: number;
  /** Frames that went in so far. */
  readonly frames: number;
  /** Frames that wait. */
  readonly waiting: number;
  /** Frames that were shed so far. */
  readonly drops: number;
}

/** Options of {@linkcode PipelineMetrics}. */
export interface PipelineMetricsOptions extends LatencyMeterOptions {
  /** Tells pipelines apart where several are shown. @default {"pipeline"} */
  readonly name?: string;
  /** Stages that are shown before they say anything, in this order. @default {[]} */
  readonly stages?: Iterable<string>;
}

/**
 * Everything that is counted of one pipeline. As an observer it hears of every frame and allocates nothing for it; stages
 * are added when they first say something, and stay.
 */
export class PipelineMetrics implements StageObserver {
  /** {@linkcode PipelineMetricsOptions.name} */
  readonly name: string;
  /** From trigger to result, held to the target of the pipeline's class. */
  readonly runs: LatencyMeter;
  readonly #stages = new Map<string, StageCounters>();
  readonly #edges = new Map<string, EdgeProbe>();

  /** All counts start at zero. */
  constructor(options: PipelineMetricsOptions = {}) {
    this.name = options.name ?? "pipeline";
    this.runs = new LatencyMeter(options);
    for (const id of options.stages ?? []) this.#of(id);
  }

  /** {@linkcode StageObserver.frame} */
  frame(id: string, busyNs: number): void {
    this.#of(id).busy.record(busyNs);
  }

  /** {@linkcode StageObserver.error} */
  error(id: string): void {
    this.#of(id).errors.add();
  }

  /** {@linkcode StageObserver.restart} */
  restart(id: string): void {
    this.#of(id).restarts.add();
  }

  /** {@linkcode StageObserver.drop} */
  drop(id: string, count: number): void {
    this.#of(id).drops.add(count);
  }

  /** {@linkcode StageObserver.blocked} */
  blocked(id: string, ns: number): void {
    this.#of(id).blockedNs.add(Math.max(0, ns));
  }

  /** {@linkcode StageObserver.run} */
  run(latencyNs: number): void {
    this.runs.record(latencyNs);
  }

  /** {@linkcode StageObserver.watch}; an edge between the same stages is replaced. */
  watch(edge: EdgeProbe): void {
    this.#edges.set(JSON.stringify([edge.from, edge.to]), edge);
  }

  /** {@linkcode StageObserver.unwatch} */
  unwatch(from: string, to: string): void {
    this.#edges.delete(JSON.stringify([from, to]));
  }

  /** {@linkcode StageObserver.left}: what was counted of it goes with it. */
  left(id: string): void {
    this.#stages.delete(id);
  }

  /** What is known of the stages now, in the order in which they came. Histograms go on growing. */
  stages(): StageMetrics[] {
    return [...this.#stages].map(([id, { errors, restarts, drops, blockedNs, busy }]) => ({
      id,
      frames: busy.count,
      errors: errors.value,
      restarts: restarts.value,
      drops: drops.value,
      blockedNs: blockedNs.value,
      busy,
    }));
  }

  /** How the edges are now, in the order in which they came. */
  edges(): EdgeMetrics[] {
    return [...this.#edges.values()].map((edge) => ({
      from: edge.from,
      to: edge.to,
      capacity: edge.capacity,
      frames: edge.frames(),
      waiting: edge.waiting(),
      drops: edge.drops?.() ?? 0,
    }));
  }

  #of(id: string): StageCounters {
    let counters = this.#stages.get(id);
    if (counters === undefined) this.#stages.set(id, counters = createCounters());
    return counters;
  }
}

/** Metrics of the pipeline that `config` describes: all its stages in order, held to the target of its class. */
export function createMetrics(config: PipelineConfig, options: PipelineMetricsOptions = {}): PipelineMetrics {
  const { settings: { priority }, stages } = config;
  return new PipelineMetrics({ priority, stages: stages.map(({ id }) => id), ...options });
}

type StageCounters = ReturnType<typeof createCounters>;

function createCounters() {
  return {
    errors: new Counter(),
    restarts: new Counter(),
    drops: new Counter(),
    blockedNs: new Counter(),
    busy: new Histogram(),
  };
}
