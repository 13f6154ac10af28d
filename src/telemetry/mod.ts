/**
 * Counts and distributions of what a program does, and Prometheus' text form of them. Nothing here allocates where it is
 * called for every frame.
 *
 * @module
 */
export { Counter } from "./counter.ts";
export { Gauge } from "./gauge.ts";
export { Histogram } from "./histogram.ts";
export { type MetricPoints, metricPoints } from "./points.ts";
export { formatPrometheus, type MetricFamily, type MetricSample, PROMETHEUS_CONTENT_TYPE } from "./prometheus.ts";
