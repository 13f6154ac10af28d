import type { Histogram, MetricFamily } from "../telemetry/mod.ts";
import type { LatencyMeter } from "./priority.ts";

/** How runs ended. */
export interface PoolOutcomes {
  /** Runs that gave a result. */
  readonly completed: number;
  /** Runs that threw. */
  readonly failed: number;
  /** Runs that were ended by a signal, or by the pool's `abort()`. */
  readonly cancelled: number;
  /** Runs whose time was up. */
  readonly timedOut: number;
  /** Runs that found the line full. */
  readonly refused: number;
}

/** How a pool is doing. */
export interface PoolStats extends PoolOutcomes {
  /** Instances that were made. */
  readonly created: number;
  /** Runs that got an instance which had run before, or was made ahead. */
  readonly reused: number;
  /** Runs that did not end in time after they were told to: their place went to others. */
  readonly abandoned: number;
  /** Instances that wait for a run. */
  readonly idle: number;
  /** Runs that have a place now. */
  readonly running: number;
  /** The most that ever had one. */
  readonly maxRunning: number;
  /** Runs that wait for a place now. */
  readonly waiting: number;
  /** The most that ever waited. */
  readonly maxWaiting: number;
  /** How long runs waited for a place, in nanoseconds. */
  readonly waits: Histogram;
  /** Latency and missed deadlines of each class, wait included, without cancelled and refused runs. */
  readonly classes: readonly LatencyMeter[];
}

const OUTCOMES = ["completed", "failed", "cancelled", "timedOut", "refused"] as const satisfies (keyof PoolOutcomes)[];

/** The metrics of pools for `formatPrometheus()`, by the name of the pool. */
export function poolFamilies(pools: ReadonlyMap<string, PoolStats>): MetricFamily[] {
  const each = [...pools].map(([pool, stats]) => ({ labels: { pool }, stats }));
  const outcomes = each.flatMap(({ labels, stats }) =>
    OUTCOMES.map((outcome) => ({ labels: { ...labels, outcome: snake(outcome) }, value: stats[outcome] }))
  );
  const classes = each.flatMap(({ labels, stats }) =>
    stats.classes.map((meter) => ({ labels: { ...labels, priority: meter.priority }, meter }))
  );
  const gauge = (name: string, help: string, value: (stats: PoolStats) => number): MetricFamily => ({
    name,
    help,
    type: "gauge",
    samples: each.map(({ labels, stats }) => ({ labels, value: value(stats) })),
  });
  return [
    {
      name: "tinman_pool_runs_total",
      help: "Runs that ended, by how they did.",
      type: "counter",
      samples: outcomes,
    },
    gauge("tinman_pool_running_runs", "Runs that have a place.", ({ running }) => running),
    gauge("tinman_pool_waiting_runs", "Runs that wait for a place.", ({ waiting }) => waiting),
    gauge("tinman_pool_idle_instances", "Warm instances that wait for a run.", ({ idle }) => idle),
    {
      name: "tinman_pool_latency_seconds",
      help: "How long runs took with their wait.",
      type: "histogram",
      divisor: 1e9,
      samples: classes.map(({ labels, meter }) => ({ labels, value: meter.latency })),
    },
    {
      name: "tinman_pool_missed_deadlines_total",
      help: "Runs that took longer than their class allows.",
      type: "counter",
      samples: classes.map(({ labels, meter }) => ({ labels, value: meter.missed })),
    },
  ];
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
