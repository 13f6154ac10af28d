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
    const blocks = stages.map((stage) => formatStage(stage, edges.filter(({ from }) => from === stage.id)));
    if (stages.length === 0) blocks.push("No nodes registered");
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

function formatStage(stage: StageMetrics, edges: readonly EdgeMetrics[]): string {
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
  for (const { to, waiting, capacity, drops } of edges) {
    lines.push(`  Queue to ${to}: ${waiting} of ${capacity}${drops > 0 ? `, ${drops} dropped` : ""}`);
  }
  return lines.join("\n");
}

function quantiles(of: StageMetrics["busy"]): string {
  const [p50, p99] = [0.5, 0.99].map((q) => Math.round(of.quantile(q) / 1000));
  return `p50 ${p50}μs, p99 ${p99}μs`;
}
