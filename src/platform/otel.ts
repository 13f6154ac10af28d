import { exitProcess, processVariable } from "./process.ts";

/** A metric in numbers, as `metricPoints()` of telemetry gives it. */
export interface ExportedMetric {
  /** The name of its instrument. */
  readonly name: string;
  /** One line for people. */
  readonly help: string;
  /** A `counter` only grows. */
  readonly type: "counter" | "gauge";
  /** One for each set of attributes. */
  readonly points: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Whether this process sends telemetry: see https://docs.deno.com/runtime/fundamentals/open_telemetry/. */
export function isTelemetryOn(): boolean {
  return processVariable("OTEL_DENO") === "true";
}

/**
 * Gives metrics to the exporter of Deno, which sends them by OTLP to where the variables `OTEL_EXPORTER_OTLP_…` say: each
 * `OTEL_METRIC_EXPORT_INTERVAL`, and at the end of the process. `look` is asked before each time, and a last time when the
 * result is disposed of. Only where {@linkcode isTelemetryOn}.
 */
export function exportMetrics(version: string, look: () => readonly ExportedMetric[]): Disposable {
  const meter: Meter = Deno.telemetry.meterProvider.getMeter("tinman", version);
  const tellers = new Map<string, Teller>();
  const tell = () => {
    for (const { name, help, type, points } of look()) {
      const create = type === "counter" ? counterTeller : gaugeTeller;
      const teller = tellers.get(name) ?? create(meter, { name, description: help });
      tellers.set(name, teller);
      for (const { labels, value } of points) teller(value, labels);
    }
  };
  // Instruments that are asked would be simpler; but the exporter does not ask them at the end of a process, where the
  // last numbers of a short run are. So one of them, which has nothing to say, only tells when the others are wanted.
  const clockwork = meter.createObservableGauge("tinman_asked");
  meter.addBatchObservableCallback(tell, [clockwork]);
  return {
    [Symbol.dispose]() {
      meter.removeBatchObservableCallback(tell, [clockwork]);
      tell();
    },
  };
}

/** How long what is left to do may take at the end of a process. */
const END_MS = 5000;

/** Ends this process with `code`, with all that it has to send. */
export function endProcess(code: number): void {
  if (!isTelemetryOn()) exitProcess(code);
  // Deno 2.9.6 hangs in exit() when an export is just under way. A process that ends by itself waits for it.
  Deno.exitCode = code;
  Deno.unrefTimer(setTimeout(exitProcess, END_MS, code));
}

type Labels = Readonly<Record<string, string>>;
type Teller = (value: number, labels: Labels) => void;

/** The part that is used of https://open-telemetry.github.io/opentelemetry-js/interfaces/_opentelemetry_api._opentelemetry_api.Meter.html */
interface Meter {
  createCounter(name: string, options: { description: string }): { add(value: number, attributes: Labels): void };
  createGauge(name: string, options: { description: string }): { record(value: number, attributes: Labels): void };
  createObservableGauge(name: string): object;
  addBatchObservableCallback(callback: () => void, instruments: readonly object[]): void;
  removeBatchObservableCallback(callback: () => void, instruments: readonly object[]): void;
}

interface Told {
  readonly name: string;
  readonly description: string;
}

function counterTeller(meter: Meter, { name, description }: Told): Teller {
  const counter = meter.createCounter(name, { description });
  const last = new Map<string, number>();
  return (value, labels) => {
    const key = JSON.stringify(labels);
    const grown = value - (last.get(key) ?? 0);
    last.set(key, value);
    // What has begun anew is told from there.
    counter.add(grown < 0 ? value : grown, labels);
  };
}

function gaugeTeller(meter: Meter, { name, description }: Told): Teller {
  const gauge = meter.createGauge(name, { description });
  return (value, labels) => gauge.record(value, labels);
}
