/**
 * Counts and distributions of what a program does, Prometheus' text form of them, and what whoever looks at it sees
 * ({@linkcode Observed}). Nothing here allocates where it is called for every frame.
 *
 * @module
 */
export { Counter } from "./counter.ts";
export { Gauge } from "./gauge.ts";
export { Histogram } from "./histogram.ts";
export { type MetricPoints, metricPoints } from "./points.ts";
export { formatPrometheus, type MetricFamily, type MetricSample, PROMETHEUS_CONTENT_TYPE } from "./prometheus.ts";
export type {
  FrameHistory,
  Observed,
  ObservedChannel,
  ObservedEdge,
  ObservedFrame,
  ObservedKind,
  ObservedNode,
  ObservedRecording,
  ObservedState,
  ObservedWarning,
  PipelineEditing,
  ReplayPosition,
  ReplaySteering,
} from "./observed.ts";
export type * from "./observed_broker.ts";
export type * from "./observed_checks.ts";
export type * from "./observed_mesh.ts";
export type * from "./observed_plugins.ts";
export { type Tail, TailBuffer, type TailOptions, type TailSource } from "./tail.ts";
export type { ObservedRun, ObservedTimeline, TimelineMark } from "./timeline.ts";
export type { ObservedDivergence, ObservedVerdict } from "./verdict.ts";
