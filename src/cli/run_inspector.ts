import { createInspector, type Inspector, renameProbe, RunSource } from "../inspector/mod.ts";
import { formatPrometheus } from "../pipeline/mod.ts";
import type { ReplayControl, RunEnvironment, RunProbe, VerifyLook } from "../runtime/mod.ts";
import type { MetricFamily, Observed, PipelineEditing } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { machineChecks } from "./inspector_checks.ts";
import type { InspectWish } from "./inspect_flags.ts";
import { pluginParts } from "./inspector_plugins.ts";
import type { RunMetrics } from "./run_metrics.ts";
import { clean } from "./style.ts";
import { version } from "./version.ts";

/** What an inspector of the command line is opened with. */
export interface OpenInspectorOptions {
  /** What it shows. */
  readonly sources: readonly Observed[];
  /** Where it listens. @default {a free port} */
  readonly port?: number;
  /** Refuses every change. @default {false} */
  readonly isReadOnly?: boolean;
  /** What `/metrics` answers. @default {the channels of the sources} */
  readonly families?: () => readonly MetricFamily[];
}

/** An inspector that is served. */
export interface ServedInspector extends AsyncDisposable {
  /** The page, with the token behind `#`. It goes to stderr, once, and nowhere else. */
  readonly url: string;
}

/** Serves an inspector and prints where. @throws {TinmanError} `UNAVAILABLE` when the port is taken, `DENIED` */
export async function openInspector(
  context: Pick<Context, "io" | "out" | "path">,
  { sources, port = 0, isReadOnly = false, families }: OpenInspectorOptions,
): Promise<ServedInspector> {
  const { io, out } = context;
  const { inspector: { assets, secret, serve }, environment: { clock } } = io;
  const inspector: Inspector = createInspector({
    ...{ sources, assets, secret, clock, isReadOnly, version: `tinman ${version}` },
    checks: [machineChecks(context, sources)],
    plugins: pluginParts(context),
    audit: (line) => out.note(`inspector: ${clean(line)}`),
    ...(families !== undefined && { metrics: () => formatPrometheus(families()) }),
  });
  const server = await serve({ port, fetch: inspector.fetch });
  const url = `${server.url}#t=${inspector.token}`;
  out.note(`inspector at ${url}`);
  return {
    url,
    async [Symbol.asyncDispose]() {
      inspector[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** `--inspect` of a run or a replay: nothing where it is not given. */
export class RunInspector implements AsyncDisposable {
  readonly #source: RunSource | undefined;
  readonly #served: ServedInspector | undefined;

  private constructor(source?: RunSource, served?: ServedInspector) {
    [this.#source, this.#served] = [source, served];
  }

  /** Serves a page, before anything runs: who opens it at once misses nothing. */
  static async open(
    wish: InspectWish | undefined,
    context: Pick<Context, "io" | "out" | "path">,
    { name, kind, metrics, recorded }: {
      readonly name: string;
      readonly kind: "run" | "replay";
      readonly metrics?: RunMetrics;
      /** The recording that is replayed, which is shown beside. */
      readonly recorded?: Observed | undefined;
    },
  ): Promise<RunInspector> {
    if (wish === undefined) return new RunInspector();
    const { files, environment: { clock } } = context.io;
    const source = new RunSource({ name, kind, files, clock, pipelines: () => metrics?.pipelines() ?? [] });
    if (recorded?.timeline !== undefined) source.timeline = recorded.timeline;
    const served = await openInspector(context, {
      sources: [source, ...recorded === undefined ? [] : [recorded]],
      ...wish,
      ...(metrics !== undefined && { families: () => metrics.families() }),
    });
    return new RunInspector(source, served);
  }

  /** What the run is started with; `names` has better names of channels. */
  options(names: Readonly<Record<string, string>> = {}): { readonly onProbe?: (probe: RunProbe) => void } {
    const source = this.#source;
    return source === undefined ? {} : { onProbe: (probe) => source.attach(renameProbe(probe, names)) };
  }

  /** The environment, which tells the page what is said as well. */
  within<E extends RunEnvironment>(environment: E): E {
    const source = this.#source;
    if (source === undefined) return environment;
    const { onClockStep } = environment;
    return {
      ...environment,
      say: (entry) => {
        source.say(entry);
        environment.say(entry);
      },
      ...(onClockStep !== undefined && {
        onClockStep: (listener: (step: { atNs: bigint; deltaMs: number }) => void) =>
          onClockStep.call(environment, (step) => {
            source.clockStepped(step.deltaMs);
            listener(step);
          }),
      }),
    };
  }

  /** Lets the page change a pipeline. */
  edit(pipeline: PipelineEditing | undefined): void {
    if (this.#source !== undefined && pipeline !== undefined) this.#source.pipeline = pipeline;
  }

  /** Lets the page steer a replay of a recording from `firstNs` to `lastNs`, and begin it anew, where `restart` does that. */
  steer(
    control: ReplayControl,
    { firstNs, lastNs, restart }: {
      readonly firstNs: bigint;
      readonly lastNs: bigint;
      readonly restart?: ((timeNs: bigint) => void) | undefined;
    },
  ): void {
    const source = this.#source;
    if (source === undefined) return;
    source.replay = {
      look: () => {
        const { paused: isPaused, speed, frames } = control;
        const timeNs = source.now();
        return { isPaused, speed, frames, firstNs, lastNs, timeNs: timeNs < firstNs ? firstNs : timeNs };
      },
      pause: () => control.pause(),
      resume: () => control.resume(),
      step: (frames) => control.step(frames),
      setSpeed: (speed) => control.setSpeed(speed),
      seek: (timeNs) => control.skipTo(timeNs),
      stop: () => control.stop(),
      ...(restart !== undefined && { restart }),
    };
  }

  /** It is over; the page may still be looked at. */
  end(phase: "ended" | "failed"): void {
    this.#source?.end(phase);
  }

  /** Waits for a run; what it throws stands on the page before that is gone. */
  async until<T>(running: Promise<T>): Promise<T> {
    try {
      return await running;
    } catch (error) {
      this.#source?.fail(error);
      throw error;
    }
  }

  /** Lets the page see how a replay compares with what was recorded. */
  readonly compare = (look: () => VerifyLook): void => {
    if (this.#source !== undefined) this.#source.verdict = look;
  };

  /** The page is there no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served?.[Symbol.asyncDispose]();
  }
}
