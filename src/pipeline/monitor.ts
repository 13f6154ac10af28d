import { TRIGGER } from "./config.ts";
import type { EdgeMetrics, PipelineMetrics, StageMetrics } from "./metrics.ts";

/** What is known of a pipeline, for people: the numbers of its stages in the order of the configuration. */
export class PipelineMonitor {
  readonly #metrics: PipelineMetrics;

  /** Reports on `metrics`, which it only reads. */
  constructor(metrics: PipelineMetrics) {
    this.#metrics = metrics;
  }

  /** Several lines of text, without a line end at the end. */
  report(): string {
    const [stages, edges] = [this.#metrics.stages(), this.#metrics.edges()];
    const from = Map.groupBy(edges, ({ from }) => from);
    const blocks = stages.map((stage) => [formatStage(stage), ...queues(from.get(stage.id))].join("\n"));
    if (stages.length === 0) blocks.push("No nodes registered");
    // Channels that are not the first output of a stage, and the triggers where there is something to say of them.
    for (const stage of stages) from.delete(stage.id);
    for (const [channel, edges] of from) {
      if (channel === TRIGGER && edges.every(({ drops, waiting }) => drops + waiting === 0)) continue;
      blocks.push([`[${channel}]`, ...queues(edges)].join("\n"));
    }
    const { latency, missed, priority, targetMs } = this.#metrics.runs;
    if (latency.count > 0) {
      blocks.push(
        `Latency: ${
          quantiles(latency)
        }\nDeadlines: ${missed} of ${latency.count} runs over ${targetMs}ms (${priority})`,
      );
    }
    return ["=== Pipeline Metrics ===", ...blocks].join("\n\n");
  }
}

function formatStage(stage: StageMetrics): string {
  const lines = [
    `[${stage.id}]`,
    `  Frames: ${stage.frames} frames processed`,
    `  Errors: ${stage.errors} errors`,
    `  Avg Latency: ${Math.floor(stage.busy.mean / 1000)}μs`,
    `  Latency: ${quantiles(stage.busy)}`,
  ];
  if (stage.restarts > 0) lines.push(`  Restarts: ${stage.restarts}`);
  if (stage.drops > 0) lines.push(`  Drops: ${stage.drops} frames`);
  if (stage.blockedNs > 0) lines.push(`  Blocked: ${Math.round(stage.blockedNs / 1e6)}ms`);
  return lines.join("\n");
}

function queues(edges: readonly EdgeMetrics[] = []): string[] {
  return edges.map(({ to, waiting, capacity, drops }) =>
    `  Queue to ${to}: ${waiting} of ${capacity}${drops > 0 ? `, ${drops} dropped` : ""}`
  );
}

function quantiles(of: StageMetrics["busy"]): string {
  const [p50, p99] = [0.5, 0.99].map((q) => Math.round(of.quantile(q) / 1000));
  return `p50 ${p50}μs, p99 ${p99}μs`;
}
