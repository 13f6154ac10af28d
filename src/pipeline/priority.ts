import { Histogram } from "../telemetry/mod.ts";

/** How urgent the work of a pipeline is; the `priority` of a configuration. */
export type Priority = "critical" | "high" | "normal" | "low";

/** How long a run of each class may take from its trigger to its result, in milliseconds. */
export const LATENCY_TARGET_MS: Readonly<Record<Priority, number>> = { critical: 10, high: 50, normal: 200, low: 1000 };

/** All classes, the most urgent first. */
export const PRIORITIES: readonly Priority[] = ["critical", "high", "normal", "low"];

/** For sorting: less than zero where `a` is more urgent than `b`. */
export function comparePriority(a: Priority, b: Priority): number {
  return PRIORITIES.indexOf(a) - PRIORITIES.indexOf(b);
}

/** Options of {@linkcode LatencyMeter}. */
export interface LatencyMeterOptions {
  /** The class. @default {"normal"} */
  readonly priority?: Priority | undefined;
  /** How long a run may take, in milliseconds. @default {the target of the class} */
  readonly targetMs?: number | undefined;
}

/** How long runs take from trigger to result, and how many took longer than their class may. */
export class LatencyMeter {
  /** The class. */
  readonly priority: Priority;
  /** How long a run may take. */
  readonly targetMs: number;
  /** In nanoseconds. */
  readonly latency: Histogram = new Histogram();
  #missed = 0;

  /** For one class. */
  constructor(options: LatencyMeterOptions = {}) {
    const { priority = "normal", targetMs = LATENCY_TARGET_MS[priority] } = options;
    if (!(targetMs > 0)) throw new RangeError(`Cannot hold runs to ${targetMs} ms: a target is more than zero`);
    [this.priority, this.targetMs] = [priority, targetMs];
  }

  /** A run took `latencyNs`. Says whether that was in time. */
  record(latencyNs: number): boolean {
    this.latency.record(latencyNs);
    if (latencyNs <= this.targetMs * 1e6) return true;
    this.#missed++;
    return false;
  }

  /** How many runs took longer than the target. */
  get missed(): number {
    return this.#missed;
  }
}
