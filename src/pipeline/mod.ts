/**
 * Pipelines from a configuration: stages over frames of samples, on the runtime of graphs, so that they are recorded,
 * replayed and looked at as any graph is.
 *
 * @module
 */
export { BufferPool, type BufferPoolOptions, type BufferPoolStats, type Kept } from "./buffer_pool.ts";
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
  type ParameterProblem,
  type Stage,
  type StageContext,
  type StageResult,
  type StageType,
} from "./stage.ts";
export {
  createMetrics,
  type EdgeMetrics,
  PipelineMetrics,
  type PipelineMetricsOptions,
  type StageMetrics,
} from "./metrics.ts";
export { bufferFamilies, channelFamilies, metricFamilies } from "./metrics_families.ts";
export { PipelineMonitor } from "./monitor.ts";
export { type EdgeProbe, noObserver, type StageObserver } from "./observer.ts";
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
export { buildGraph, type BuildOptions, type ChangeOptions } from "./build.ts";
export { type Change, type ChangeListener, CHANGES, isChange } from "./change.ts";
export { diffPipelines, type PipelineDiff, type StageChange, type StageFate, type ValueChange } from "./diff.ts";
export { formatDiff } from "./format_diff.ts";
export { PipelineWatch, type WatchListener, watchText, type WatchTextOptions } from "./watch.ts";
export { type PipelineDocument, writePipeline } from "./write_config.ts";
export {
  type Connection,
  type PipelineConfig,
  type PipelineSettings,
  readPipeline,
  type ReadPipelineOptions,
  type StageConfig,
} from "./config.ts";
export { type DefaultPayload, type ErrorPolicy } from "./error_policy.ts";
export { createPipeline, Pipeline, type PipelineOptions } from "./pipeline.ts";
export { StageRegistry, type StageSource } from "./registry.ts";
export { pipelineSchema, type Schema } from "./schema.ts";
export { OWN_MODULE, type Placement } from "./placement.ts";
export { type FindStage, serveStage, type StageHost } from "./worker_host.ts";
export type { SlabMessage, StageTask, ThreadHooks, Workers, WorkerThread } from "./worker_thread.ts";
export { type RestartConfig } from "./restart.ts";
export { builtinStages, fileStages, formatFrameLine, parseFrameLine } from "./stages/mod.ts";
export { type Results } from "./single_shot.ts";
export { type PipelineState } from "./state.ts";
export { shed, type ShedReadOptions } from "./shed.ts";
export { SHED_POLICIES, type ShedOptions, type ShedPolicy, ShedQueue } from "./shed_queue.ts";
export { formatPrometheus, Histogram, type MetricFamily, type MetricSample } from "../telemetry/mod.ts";
