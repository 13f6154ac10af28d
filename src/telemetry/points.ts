import type { Histogram } from "./histogram.ts";
import type { MetricFamily, MetricSample } from "./prometheus.ts";

/** A metric that is a number for each set of labels. */
export interface MetricPoints {
  /** As {@linkcode MetricFamily.name}, with an ending where it is a part of a histogram. */
  readonly name: string;
  /** {@linkcode MetricFamily.help} */
  readonly help: string;
  /** A `counter` only grows. */
  readonly type: "counter" | "gauge";
  /** One for each set of labels. */
  readonly points: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What is told of a histogram where there are numbers alone. */
const PARTS: readonly (readonly [ending: string, type: MetricPoints["type"], of: (histogram: Histogram) => number])[] =
  [
    ["_count", "counter", ({ count }) => count],
    ["_sum", "counter", ({ sum }) => sum],
    ["_p50", "gauge", (histogram) => histogram.quantile(0.5)],
    ["_p99", "gauge", (histogram) => histogram.quantile(0.99)],
  ];

/**
 * Families as plain numbers, for exporters that ask and have no buckets: of a histogram its `_count` and `_sum`, and its
 * `_p50` and `_p99` since the start. Empty families are left out.
 */
export function metricPoints(families: Iterable<MetricFamily>): MetricPoints[] {
  return [...families].filter(({ samples }) => samples.length > 0).flatMap(pointsOf);
}

function pointsOf({ name, help, type, divisor = 1, samples }: MetricFamily): MetricPoints[] {
  const numbers = (of: (value: MetricSample["value"]) => number) =>
    samples.map(({ labels = {}, value }) => ({ labels, value: of(value) }));
  if (type !== "histogram") return [{ name, help, type, points: numbers((value) => (value as number) / divisor) }];
  return PARTS.map(([ending, type, of]) => ({
    name: name + ending,
    help,
    type,
    points: numbers((value) => of(value as Histogram) / (ending === "_count" ? 1 : divisor)),
  }));
}
