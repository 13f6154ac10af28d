/**
 * Pipelines from a configuration: stages over frames of samples, on the runtime of graphs, so that they are recorded,
 * replayed and looked at as any graph is.
 *
 * @module
 */
export {
  createFrame,
  type DataFrame,
  describeFrame,
  findFrameProblem,
  FRAME_LIMITS,
  type FrameFields,
  type FrameProblem,
  haveOneLength,
  MAIN_CHANNEL,
} from "./frame.ts";
export { frameCodec, frameKind } from "./frame_codec.ts";
export {
  defineStage,
  type FramePool,
  type Parameter,
  type Stage,
  type StageContext,
  type StageResult,
  type StageType,
} from "./stage.ts";
export {
  type EdgeMetrics,
  type EdgeProbe,
  PipelineMetrics,
  type PipelineMetricsOptions,
  type StageMetrics,
} from "./metrics.ts";
export { metricFamilies } from "./metrics_families.ts";
export { PipelineMonitor } from "./monitor.ts";
export { noObserver, type StageObserver } from "./observer.ts";
export {
  comparePriority,
  LATENCY_TARGET_MS,
  LatencyMeter,
  type LatencyMeterOptions,
  PRIORITIES,
  type Priority,
} from "./priority.ts";
export { type ExecuteOptions, openPool, PipelinePool, type PooledPipeline, type PoolOptions } from "./pool.ts";
export { poolFamilies, type PoolOutcomes, type PoolStats } from "./pool_stats.ts";
