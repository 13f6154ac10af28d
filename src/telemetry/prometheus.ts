import { Histogram } from "./histogram.ts";

/** The media type of {@linkcode formatPrometheus}. */
export const PROMETHEUS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics of one name. */
export interface MetricFamily {
  /** Such as `tinman_stage_frames_total`: ends in the unit, or in `_total` for a counter. */
  readonly name: string;
  /** One line for people. */
  readonly help: string;
  /** A histogram's samples are {@linkcode Histogram}s, those of the others numbers. */
  readonly type: "counter" | "gauge" | "histogram";
  /** What values are divided by, such as 1e9 for nanoseconds shown in seconds. @default {1} */
  readonly divisor?: number;
  /** One for each set of labels. */
  readonly samples: readonly MetricSample[];
}

/** One value, and whose it is. */
export interface MetricSample {
  /** Whose value it is, by label. @default {{}} */
  readonly labels?: Readonly<Record<string, string>>;
  /** The value. */
  readonly value: number | Histogram;
}

/** Ends of the buckets that are shown of a histogram: doubling from 2^10 to 2^34, which is 1 µs to 17 s in nanoseconds. */
const BOUNDS: readonly number[] = Array.from({ length: 25 }, (_, i) => 2 ** (10 + i));

/**
 * Prometheus' text exposition format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 *
 * @throws {TypeError} for a name or a label that the format does not have, and where one series comes twice.
 */
export function formatPrometheus(families: Iterable<MetricFamily>): string {
  const taken = new Set<string>();
  let text = "";
  for (const family of families) {
    for (const name of namesOf(family)) {
      if (taken.has(name)) throw new TypeError(`Cannot write metric "${name}": there are two of that name`);
      taken.add(name);
    }
    if (family.samples.length > 0) text += formatFamily(family);
  }
  return text;
}

function formatFamily({ name, help, type, divisor = 1, samples }: MetricFamily): string {
  const lines = [`# HELP ${name} ${escape(help, /[\\\n]/g)}`, `# TYPE ${name} ${type}`];
  const seen = new Set<string>();
  for (const { labels = {}, value } of samples) {
    const own = formatLabels(name, labels, type);
    if (seen.has(own.join())) throw new TypeError(`Cannot write metric "${name}": {${own}} comes twice`);
    seen.add(own.join());
    if ((type === "histogram") !== (value instanceof Histogram)) {
      throw new TypeError(
        `Cannot write metric "${name}": a ${type} with ${value instanceof Histogram ? "buckets" : "a number"}`,
      );
    }
    if (value instanceof Histogram) lines.push(...formatHistogram(name, { own, value, divisor }));
    else lines.push(`${series(name, own)} ${formatNumber(value / divisor)}`);
  }
  return `${lines.join("\n")}\n`;
}

function formatHistogram(
  name: string,
  { own, value, divisor }: { own: readonly string[]; value: Histogram; divisor: number },
): string[] {
  const bucket = (le: number, count: number) =>
    `${series(`${name}_bucket`, [...own, `le="${formatNumber(le)}"`])} ${count}`;
  return [
    ...BOUNDS.map((bound) => bucket(bound / divisor, value.countAtMost(bound))),
    bucket(Infinity, value.count),
    `${series(`${name}_sum`, own)} ${formatNumber(value.sum / divisor)}`,
    `${series(`${name}_count`, own)} ${value.count}`,
  ];
}

function namesOf({ name, type }: MetricFamily): string[] {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    throw new TypeError(`Cannot write metric "${name}": a name has letters, digits, "_" and ":", no digit first`);
  }
  return type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function formatLabels(name: string, labels: Readonly<Record<string, string>>, type: MetricFamily["type"]): string[] {
  return Object.entries(labels).map(([label, value]) => {
    const isReserved = label.startsWith("__") || (label === "le" && type === "histogram");
    if (isReserved || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
      throw new TypeError(`Cannot write metric "${name}": "${label}" is no name for a label`);
    }
    return `${label}="${escape(value.toWellFormed(), /[\\\n"]/g)}"`;
  }).sort();
}

function series(name: string, labels: readonly string[]): string {
  return labels.length === 0 ? name : `${name}{${labels.join(",")}}`;
}

function escape(text: string, what: RegExp): string {
  return text.replace(what, (char) => char === "\n" ? "\\n" : `\\${char}`);
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
