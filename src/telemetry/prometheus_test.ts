import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPrometheus, Histogram, type MetricFamily } from "./mod.ts";

Deno.test("formatPrometheus() writes HELP, TYPE and a line for each set of labels", () => {
  const text = formatPrometheus([
    {
      name: "frames_total",
      help: "Frames.",
      type: "counter",
      samples: [{ labels: { stage: "a" }, value: 3 }, { labels: { stage: "b" }, value: 1e21 }],
    },
    { name: "fill", help: "Fill.", type: "gauge", samples: [{ value: -0.5 }] },
  ]);
  assert.equal(
    text,
    `# HELP frames_total Frames.
# TYPE frames_total counter
frames_total{stage="a"} 3
frames_total{stage="b"} 1e+21
# HELP fill Fill.
# TYPE fill gauge
fill -0.5
`,
  );
});

Deno.test("formatPrometheus() writes what is no finite number as the format has it", () => {
  const gauge = (value: number): MetricFamily[] => [{ name: "x", help: "", type: "gauge", samples: [{ value }] }];
  const last = (value: number) => formatPrometheus(gauge(value)).trimEnd().split("\n").at(-1);
  assert.deepEqual([NaN, Infinity, -Infinity].map(last), ["x NaN", "x +Inf", "x -Inf"]);
});

Deno.test("formatPrometheus() escapes help and labels, so that any text comes back", () => {
  const unit = fc.constantFrom("\\", '"', "\n", "n", "a", "}", ",", "µ", " ", "{");
  fc.assert(fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
    const written = formatPrometheus([
      { name: "x", help: text, type: "gauge", samples: [{ labels: { b: text, a: "1" }, value: 2 }] },
    ]);
    const [help, , line, rest] = written.split("\n");
    assert.equal(rest, "");
    assert.equal(unescape(help!.slice("# HELP x ".length)), text);
    assert.equal(unescape(/^x\{a="1",b="((?:[^"\\]|\\.)*)"\} 2$/.exec(line!)![1]!), text);
  }));
});

Deno.test("formatPrometheus() shows a histogram as growing counts that end in +Inf, with sum and count", () => {
  const histogram = new Histogram();
  for (const value of [1024, 1025, 3e9, 40e9]) histogram.record(value);
  const text = formatPrometheus([{
    name: "latency_seconds",
    help: "Latency.",
    type: "histogram",
    divisor: 1e9,
    samples: [{ labels: { stage: "a" }, value: histogram }],
  }]);
  const buckets = [...text.matchAll(/^latency_seconds_bucket\{stage="a",le="(.+)"\} (\d+)$/gm)];
  const bounds = buckets.map(([, le]) => le === "+Inf" ? Infinity : Number(le));
  const counts = buckets.map(([, , count]) => Number(count));
  assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b));
  assert.deepEqual(counts, [...counts].sort((a, b) => a - b));
  assert.deepEqual([buckets[0]!.slice(1), buckets[1]!.slice(1)], [["0.000001024", "1"], ["0.000002048", "2"]]);
  assert.deepEqual(buckets.at(-2)!.slice(1), ["17.179869184", "3"]);
  assert.deepEqual(buckets.at(-1)!.slice(1), ["+Inf", "4"]);
  assert.match(text, /^latency_seconds_sum\{stage="a"\} 43.000002049$/m);
  assert.match(text, /^latency_seconds_count\{stage="a"\} 4$/m);
});

Deno.test("formatPrometheus() writes nothing for a family without samples, and nothing of nothing", () => {
  assert.equal(formatPrometheus([{ name: "x", help: "", type: "counter", samples: [] }]), "");
  assert.equal(formatPrometheus([]), "");
});

Deno.test("formatPrometheus() refuses names that the format does not have, and a series that comes twice", () => {
  const family = (more: Partial<MetricFamily>): MetricFamily => ({
    name: "x",
    help: "",
    type: "gauge",
    samples: [{ value: 1 }],
    ...more,
  });
  const labelled = (label: string) => family({ samples: [{ labels: { [label]: "" }, value: 1 }] });
  const wrong: MetricFamily[][] = [
    [family({ name: "1x" })],
    [family({ name: "a-b" })],
    [family({ name: "" })],
    [labelled("__name")],
    [labelled("a:b")],
    [family({}), family({})],
    [family({ name: "x_sum" }), family({ type: "histogram", samples: [{ value: new Histogram() }] })],
    [family({ samples: [{ value: 1 }, { value: 2 }] })],
    [family({ type: "histogram" })],
    [family({ samples: [{ value: new Histogram() }] })],
    [family({ type: "histogram", samples: [{ labels: { le: "1" }, value: new Histogram() }] })],
  ];
  for (const families of wrong) assert.throws(() => formatPrometheus(families), TypeError);
});

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
}
