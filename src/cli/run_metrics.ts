import { TinmanError } from "../errors/mod.ts";
import {
  bufferFamilies,
  BufferPool,
  type BuildOptions,
  channelFamilies,
  createMetrics,
  formatPrometheus,
  metricFamilies,
  noObserver,
  type PipelineConfig,
  type PipelineMetrics,
  PipelineMonitor,
} from "../pipeline/mod.ts";
import type { ChannelStats } from "../runtime/mod.ts";
import { type MetricFamily, metricPoints, PROMETHEUS_CONTENT_TYPE } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { count } from "./output.ts";
import { clean } from "./style.ts";
import { version } from "./version.ts";

/**
 * What a run counts of itself, for whoever looks: `--metrics`, `--stats`, and what `OTEL_DENO` sends to. Where nobody does,
 * only what is dropped is counted, which costs nothing.
 */
export class RunMetrics implements AsyncDisposable {
  readonly #elapsedNs: (() => number) | undefined;
  readonly #pipelines: PipelineMetrics[] = [];
  readonly #types = new Map<PipelineMetrics, ReadonlyMap<string, string>>();
  readonly #buffers = new Map<string, BufferPool>();
  readonly #drops = new Map<string, number>();
  readonly #open = new AsyncDisposableStack();
  #channels: readonly ChannelStats[] = [];

  /** `elapsedNs` is the time for all of it, where it is wanted. */
  constructor(elapsedNs: (() => number) | undefined) {
    this.#elapsedNs = elapsedNs;
  }

  /** Whether more is counted than what is dropped. */
  get isWanted(): boolean {
    return this.#elapsedNs !== undefined;
  }

  /** What the pipeline of a configuration is built with, so that it is counted. */
  readonly observe = (name: string, config: PipelineConfig): Pick<BuildOptions, "observer" | "elapsedNs" | "pool"> => {
    if (this.#elapsedNs === undefined) return { observer: { ...noObserver, drop: this.#drop } };
    const taken = this.#pipelines.filter((each) => each.name === name || each.name.startsWith(`${name}-`)).length;
    const observer = createMetrics(config, { name: taken === 0 ? name : `${name}-${taken + 1}` });
    this.#pipelines.push(observer);
    this.#types.set(observer, new Map(config.stages.map(({ id, type }) => [id, type.type])));
    const pool = new BufferPool();
    this.#buffers.set(observer.name, pool);
    return { observer, elapsedNs: this.#elapsedNs, pool };
  };

  /** What is counted of pipelines, and the types of their stages: for the inspector. */
  pipelines(): { readonly metrics: PipelineMetrics; readonly types: ReadonlyMap<string, string> }[] {
    return this.#pipelines.map((metrics) => ({ metrics, types: this.#types.get(metrics)! }));
  }

  /** What went through the channels so far. */
  readonly see = (channels: readonly ChannelStats[]): void => {
    this.#channels = channels;
  };

  /** All that is counted. */
  families(): MetricFamily[] {
    return [
      ...metricFamilies(this.#pipelines),
      ...bufferFamilies(new Map([...this.#buffers].map(([name, { stats }]) => [name, stats]))),
      ...channelFamilies(this.#channels),
    ];
  }

  /** What was dropped, in one line: nothing is shed in silence. */
  dropped(): string | undefined {
    const counted = this.#pipelines.flatMap((each) => each.stages()).map(({ id, drops }) => [id, drops] as const);
    const drops = [...this.#drops, ...counted].filter(([, count]) => count > 0);
    if (drops.length === 0) return undefined;
    const sum = drops.reduce((sum, [, each]) => sum + each, 0);
    return `${count(sum, "frame")} given up or shed: ${
      drops.map(([id, each]) => `${each} at ${clean(id)}`).join(", ")
    }`;
  }

  /** How the stages of each pipeline did, for people. */
  report({ out }: Pick<Context, "out">): void {
    for (const each of this.#pipelines) {
      const lines = new PipelineMonitor(each).report().split("\n").map(clean);
      out.note(`\n${lines.join("\n")}\n`);
    }
  }

  /** Begins to show and to send. */
  async open({ io: { telemetry }, out }: Pick<Context, "io" | "out">, port: number | undefined): Promise<void> {
    const families = () => this.families();
    const sending = telemetry.export?.(version, () => metricPoints(families()));
    if (sending !== undefined) this.#open.use(sending);
    if (port === undefined) return;
    const text = () => formatPrometheus(families());
    const server = await telemetry.serve({ port, text, contentType: PROMETHEUS_CONTENT_TYPE });
    this.#open.use(server);
    out.note(`metrics at ${server.url}`);
  }

  readonly #drop = (id: string, count: number): void => {
    this.#drops.set(id, (this.#drops.get(id) ?? 0) + count);
  };

  /** Nobody sees any more; what is sent is sent up to here. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

/** The metrics of a run, open: `metrics` is what `--metrics` says, `stats` whether somebody looks without it. */
export async function openRunMetrics(
  { metrics: flag, stats }: { readonly metrics: string | true | undefined; readonly stats: boolean },
  context: Context,
): Promise<RunMetrics> {
  const { io: { environment: { clock }, telemetry } } = context;
  const isWanted = flag !== undefined || stats || telemetry.export !== undefined;
  const metrics = new RunMetrics(isWanted ? () => clock.elapsedNs() : undefined);
  await metrics.open(context, flag === undefined ? undefined : readPort(flag));
  return metrics;
}

function readPort(text: string | true): number {
  const port = text === true ? 0 : Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536 && text !== "") return port;
  throw new TinmanError("USAGE", `Cannot read --metrics "${text}": it is a port from 0 to 65535`, {
    hint: "--metrics alone takes any port that is free, and prints it",
  });
}
