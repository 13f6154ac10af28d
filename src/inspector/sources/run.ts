import type { Clock } from "../../clock/mod.ts";
import type { Files } from "../../files/mod.ts";
import type { PipelineMetrics } from "../../pipeline/mod.ts";
import {
  failedNode,
  type LogEntry,
  logs,
  type ProbedChannel,
  type ProbedNode,
  type RunProbe,
} from "../../runtime/mod.ts";
import {
  type Observed,
  type ObservedChannel,
  type ObservedEdge,
  type ObservedNode,
  type ObservedState,
  type ObservedTimeline,
  type ObservedVerdict,
  type ObservedWarning,
  type PipelineEditing,
  type ReplaySteering,
  type Tail,
  TailBuffer,
  type TailOptions,
} from "../../telemetry/mod.ts";
import { DiskLeft } from "./disk_left.ts";
import { Weigher } from "./weigher.ts";

/** Options of {@linkcode RunSource}. */
export interface RunSourceOptions {
  /** For people, such as the files that were named. */
  readonly name: string;
  /** Whether it is live or on a recording. @default {"run"} */
  readonly kind?: "run" | "replay";
  /** The clock outside, which a replay does not follow. */
  readonly clock: Clock;
  /** Tells how much disk is left. */
  readonly files: Files;
  /** What is counted of the stages of pipelines, and of what type they are. @default {[]} */
  readonly pipelines?: () => readonly {
    readonly metrics: PipelineMetrics;
    readonly types: ReadonlyMap<string, string>;
  }[];
}

/** Frames of pipelines lie in memory that is used again. */
const REUSED = "frame";
const MAX_WARNINGS = 200;
const LOW_DISK_BYTES = 2 ** 30;

/** A run or a replay, as the inspector sees it: empty until it has begun, as it ended when it has. */
export class RunSource implements Observed {
  readonly name: string;
  readonly kind: "run" | "replay";
  readonly startedNs: bigint;
  /** Set by whoever starts the replay. */
  replay?: ReplaySteering;
  /** The recording that is replayed; set by whoever starts the replay. */
  timeline?: ObservedTimeline;
  /** Set by whoever starts a replay that compares. */
  verdict?: () => ObservedVerdict;
  /** Set by whoever starts a pipeline that can be changed. */
  pipeline?: PipelineEditing;
  readonly #options: RunSourceOptions;
  readonly #warnings: ObservedWarning[] = [];
  readonly #errors = new Map<string, { readonly timeNs: bigint; readonly message: string; count: number }>();
  readonly #tails = new Set<() => void>();
  #weigher: Weigher;
  readonly #disk: DiskLeft;
  #probe: RunProbe | undefined;
  #clock = { steps: 0, lastMs: 0 };
  #phase: ObservedState["phase"] = "running";

  constructor(options: RunSourceOptions) {
    this.#options = options;
    [this.name, this.kind, this.startedNs] = [options.name, options.kind ?? "run", options.clock.now()];
    this.#weigher = new Weigher(() => options.clock.elapsedNs());
    this.#disk = new DiskLeft(options.files, () => options.clock.elapsedNs());
  }

  /** It begins, or begins anew: for `RunOptions.onProbe`. Who listened goes on listening. */
  readonly attach = (probe: RunProbe): void => {
    this.#probe = probe;
    this.#phase = "running";
    this.#errors.clear();
    this.#weigher = new Weigher(() => this.#options.clock.elapsedNs());
    for (const listen of this.#tails) listen();
  };

  /** A diagnostic of it. */
  say({ level, node, timeNs, message }: LogEntry): void {
    if (level !== "warn" && level !== "error") return;
    if (level === "error" && node !== "") {
      this.#errors.set(node, { timeNs, message, count: (this.#errors.get(node)?.count ?? 0) + 1 });
    }
    this.warn({ timeNs, level, node, message });
  }

  /** Something that a person should know. */
  warn(warning: ObservedWarning): void {
    this.#warnings.push(warning);
    if (this.#warnings.length > MAX_WARNINGS) this.#warnings.shift();
  }

  /** The wall clock stepped. */
  clockStepped(deltaMs: number): void {
    this.#clock = { steps: this.#clock.steps + 1, lastMs: deltaMs };
  }

  /** It has ended. */
  end(phase: "ended" | "failed"): void {
    this.#phase = phase;
  }

  /** It has ended with an error, of a node where it says so. */
  fail(error: unknown): void {
    const { clock } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    this.say({ level: "error", node: failedNode(error) ?? "", timeNs: clock.now(), message });
    this.end("failed");
  }

  /** {@linkcode Observed.now} */
  now(): bigint {
    return this.kind === "replay" && this.#probe !== undefined ? this.#probe.now() : this.#options.clock.now();
  }

  /** {@linkcode Observed.look} */
  look(): ObservedState {
    const probe = this.#probe;
    const { clock } = this.#options;
    const empty = { nodes: [], edges: [], channels: [], warnings: this.#warnings, clock: this.#clock };
    if (probe === undefined) return { ...empty, phase: this.#phase, timeNs: clock.now() };
    this.#weigher.arm(probe);
    const nodes = probe.nodes();
    const channels = probe.channels().filter(({ name, published }) => name !== logs.name || published > 0);
    const bytes = channels.reduce((sum, { recorded }) => sum + (recorded?.bytes ?? 0), 0);
    const drops = channels.reduce((sum, { recorded }) => sum + (recorded?.drops ?? 0), 0);
    const freeBytes = probe.recording === undefined ? undefined : this.#disk.look(probe.recording);
    return {
      phase: this.replay?.look().isPaused && this.#phase === "running" ? "paused" : this.#phase,
      timeNs: this.kind === "replay" ? probe.now() : clock.now(),
      nodes: this.#nodes(nodes, channels),
      edges: this.#edges(nodes, channels),
      channels: channels.map((each) => this.#channel(each, probe)),
      ...(probe.recording !== undefined && {
        recording: {
          ...{ path: probe.recording, bytes, drops, isGrowing: this.#phase === "running" },
          ...(probe.forgets && { forgets: true }),
          ...(freeBytes !== undefined && { freeBytes }),
        },
      }),
      clock: this.#clock,
      warnings: [...this.#derived(drops, freeBytes), ...this.#warnings],
    };
  }

  /** {@linkcode Observed.tail} */
  tail(channel: string, options: TailOptions = {}): Tail | undefined {
    const codec = this.#probe?.codec(channel);
    if (codec === undefined) return undefined;
    let listening: Disposable | undefined;
    const tail: TailBuffer = new TailBuffer({
      ...options,
      encode: (value) => codec.encode(value),
      now: () => this.#probe!.now(),
      isLasting: codec.id !== REUSED,
      onClose: () => {
        this.#tails.delete(listen);
        listening?.[Symbol.dispose]();
      },
    });
    const listen = () => void (listening = this.#probe!.listen(channel, (value, index) => tail.offer(value, index)));
    listen();
    this.#tails.add(listen);
    return tail;
  }

  /** {@linkcode Observed.decode} */
  decode(channel: string, data: Uint8Array): unknown {
    return this.#probe!.codec(channel)!.decode(data);
  }

  #channel({ name, published, recorded }: ProbedChannel, probe: RunProbe): ObservedChannel {
    const codec = probe.codec(name)?.id;
    const weighed = recorded === undefined ? this.#weigher.bytes(name, published) : undefined;
    return {
      ...{ name, count: published, drops: recorded?.drops ?? 0, isRecorded: recorded !== undefined },
      ...(codec !== undefined && { codec }),
      ...(recorded !== undefined && { bytes: recorded.bytes }),
      ...(weighed !== undefined && { bytes: weighed, isEstimate: true }),
    };
  }

  #nodes(nodes: readonly ProbedNode[], channels: readonly ProbedChannel[]): ObservedNode[] {
    const byName = new Map(channels.map((channel) => [channel.name, channel]));
    const stages = new Map(
      (this.#options.pipelines?.() ?? []).flatMap(({ metrics, types }) =>
        metrics.stages().map((stage) => [stage.id, { ...stage, type: types.get(stage.id) }])
      ),
    );
    return nodes.map(({ name, ended, form, inputs, outputs }): ObservedNode => {
      const stage = stages.get(name);
      const error = this.#errors.get(name);
      const isFailed = ended && this.#phase === "failed" && error !== undefined;
      return {
        id: name,
        type: stage?.type ?? (inputs.length === 0 ? "source" : form === "pure" ? "step" : "node"),
        state: isFailed ? "failed" : ended ? "ended" : "running",
        isBlocked: outputs.some((output) => byName.get(output)?.blocked ?? false),
        errors: stage?.errors ?? error?.count ?? 0,
        restarts: stage?.restarts ?? 0,
        drops: stage?.drops ?? 0,
        ...(stage !== undefined && { frames: stage.frames, busyNs: stage.busy.sum, blockedNs: stage.blockedNs }),
        ...(error !== undefined && { lastError: { timeNs: error.timeNs, message: error.message } }),
      };
    });
  }

  #edges(nodes: readonly ProbedNode[], channels: readonly ProbedChannel[]): ObservedEdge[] {
    const producers = new Map(nodes.flatMap(({ name, outputs }) => outputs.map((output) => [output, name] as const)));
    const queues = new Map(
      (this.#options.pipelines?.() ?? []).flatMap(({ metrics }) =>
        metrics.edges().map((edge) => [`${edge.from}\n${edge.to.split(".")[0]}`, edge] as const)
      ),
    );
    const shown = new Set(channels.map(({ name }) => name));
    const edges = nodes.flatMap(({ name: to, inputs }) =>
      inputs.filter(({ channel }) => shown.has(channel)).map((input): ObservedEdge => {
        const { channel, waiting, capacity, feedback } = input;
        const from = producers.get(channel);
        const queue = queues.get(`${channel}\n${to}`) ??
          (from === undefined ? undefined : queues.get(`${from}\n${to}`));
        return {
          ...(from !== undefined && { from }),
          ...{ to, channel, drops: queue?.drops ?? 0 },
          ...(queue !== undefined && queue.waiting > 0
            ? { waiting: queue.waiting, capacity: queue.capacity }
            : { waiting, capacity }),
          ...(feedback && { isFeedback: true }),
        };
      })
    );
    const read = new Set(edges.map(({ channel }) => channel));
    const ends = channels.filter(({ name }) => !read.has(name) && producers.has(name));
    return [...edges, ...ends.map(({ name }) => ({ from: producers.get(name)!, channel: name, drops: 0 }))];
  }

  #derived(drops: number, freeBytes: number | undefined): ObservedWarning[] {
    const about = { timeNs: this.#options.clock.now(), node: "" };
    return [
      ...drops === 0 ? [] : [{
        ...about,
        level: "error" as const,
        message: `${drops} frames are not in the recording`,
        fix: "the disk is full or too slow: free it, or record fewer channels with --exclude",
      }],
      ...freeBytes === undefined || freeBytes >= LOW_DISK_BYTES ? [] : [{
        ...about,
        level: "warn" as const,
        message: `less than 1 GiB is left on the disk of the recording`,
        fix: "free some, or record to another disk with --record=DIR",
      }],
    ];
  }
}
