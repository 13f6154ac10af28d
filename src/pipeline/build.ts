import { type Channel, channel, type In, type Out } from "../channel/mod.ts";
import { Graph, type Inputs, type Node, node, type NodeContext } from "../runtime/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { type Connection, type PipelineConfig, type StageConfig, stageInputs, TRIGGER } from "./config.ts";
import { deadLetter } from "./error_policy.ts";
import type { DataFrame } from "./frame.ts";
import { frameCodec } from "./frame_codec.ts";
import { noObserver, type StageObserver } from "./observer.ts";
import { FrameLatency } from "./observer_latency.ts";
import { readEdge } from "./shed_edge.ts";
import { type Given, StageRun } from "./stage_run.ts";
import { isFor, scheduledTriggers } from "./triggers.ts";

/** Options of {@linkcode buildGraph}. */
export interface BuildOptions {
  /** Hears what the stages do. @default {nobody} */
  readonly observer?: StageObserver;
  /** Nanoseconds for the observer; not the time of the run. @default {always 0} */
  readonly elapsedNs?: () => number;
  /** Where stages take arrays. @default {one of its own} */
  readonly pool?: BufferPool;
  /** Makes the node that feeds the sources. @default {what `trigger_every_ms` and `trigger_count` say} */
  readonly triggers?: (trigger: Channel<DataFrame>) => Node;
  /** Ends waits for restarts. */
  readonly ending?: AbortSignal;
  /** A stage was made and waits for frames. */
  readonly onReady?: (id: string) => void;
  /** Gets what comes out at the ends: what nobody is connected to. It is one of its readers, which may release it. */
  readonly onResult?: (end: string, frame: DataFrame) => void;
}

/**
 * The graph of a pipeline: a node and a channel for each stage, both with its id, and a node and channel `trigger` for the
 * sources. It is run, recorded, replayed and drawn as any graph is.
 */
export function buildGraph(config: PipelineConfig, options: BuildOptions = {}): Graph {
  const { settings, stages } = config;
  const declare = (name: string) =>
    channel<DataFrame>(name, { capacity: settings.channel_capacity, codec: frameCodec() });
  const trigger = declare(TRIGGER);
  const channels = new Map([trigger, ...stages.flatMap(namesOf).map(declare)].map((each) => [each.name, each]));
  const ends = new Set(endsOf(config));
  const { triggers = (trigger) => scheduledTriggers(trigger, settings), pool = new BufferPool() } = options;
  const latency = new FrameLatency(options.observer ?? noObserver, options.elapsedNs ?? (() => 0));
  const plan = { config, channels, ends, latency, pool, options };
  return Graph.of(triggers(trigger), ...stages.map((stage) => stageNode(stage, plan)));
}

/** The channels that a stage publishes to. */
function namesOf({ id, type, dead_letters }: StageConfig): string[] {
  return [...type.hasOutput === false ? [] : [id], ...dead_letters === undefined ? [] : [dead_letters]];
}

/** The channels that frames come out of, because nothing is connected to them, and stages that have no output. */
export function endsOf({ stages, connections }: PipelineConfig): string[] {
  const used = new Set(connections.map(({ from }) => from));
  return stages.flatMap(namesOf).filter((name) => !used.has(name));
}

/** Where a stage gets its frames from: its connections, or the triggers where it has none. */
export function feedsOf(stage: StageConfig, connections: readonly Connection[]): readonly Connection[] {
  const feeds = connections.filter(({ to }) => to === stage.id);
  return feeds.length > 0 ? feeds : [{ from: TRIGGER, to: stage.id, input: stageInputs(stage)[0] ?? TRIGGER }];
}

interface Plan {
  readonly config: PipelineConfig;
  readonly channels: ReadonlyMap<string, Channel<DataFrame>>;
  readonly ends: ReadonlySet<string>;
  readonly latency: FrameLatency;
  readonly pool: BufferPool;
  readonly options: BuildOptions;
}

function stageNode(stage: StageConfig, { config, channels, ends, latency, pool, options }: Plan): Node {
  const feeds = feedsOf(stage, config.connections);
  const ins = Object.fromEntries(feeds.map(({ from }, i) => [`in${i}`, channels.get(from)!]));
  const outs = Object.fromEntries(
    namesOf(stage).map((name) => [name === stage.id ? "out" : "dead", channels.get(name)!]),
  );
  const { observer = noObserver, elapsedNs = () => 0, ending, onReady, onResult } = options;
  const capacity = config.settings.channel_capacity;
  return node({ in: ins, out: outs, name: stage.id }, async (ports) => {
    const { out, dead, ...context } = ports as unknown as Ports;
    const publish = async (port: Out<DataFrame> | undefined, frame: DataFrame) => {
      if (port === undefined) return;
      if (port.hasRoom()) return await port.publish(frame);
      const startNs = elapsedNs();
      await port.publish(frame);
      observer.blocked(stage.id, elapsedNs() - startNs);
    };
    const send = async (port: Out<DataFrame> | undefined, name: string, frames: Given) => {
      const isEnd = ends.has(name);
      const readers = (port?.subscribers ?? 0) + (isEnd && onResult !== undefined ? 1 : 0);
      // All of them first: they may have samples in common. Where nobody reads them, we do until they are out.
      const shared = frames.map((frame) => pool.share(frame, Math.max(1, readers)));
      for (const frame of shared) {
        if (isEnd) {
          latency.end(frame);
          onResult?.(name, frame);
        }
        await publish(port, frame);
      }
      if (readers === 0) shared.forEach((frame) => pool.release(frame));
    };
    const run = new StageRun(stage, {
      context: { id: stage.id, clock: context.clock, random: context.random, log: context.log, pool },
      observer,
      elapsedNs,
      ending,
      giveUp: (frame, error) =>
        stage.dead_letters === undefined
          ? undefined
          : send(dead, stage.dead_letters, [deadLetter(frame, stage.id, error)]),
    });
    const emit = (given: Given) => send(out, stage.id, given);
    const letGo = (frame: DataFrame) => pool.release(frame);
    try {
      await run.open();
      onReady?.(stage.id);
      const sources = feeds.map((feed, i): Source => {
        const frames = readEdge(context[`in${i}`]! as In<DataFrame>, { feed, capacity, observer, letGo });
        return { ...feed, frames };
      });
      await consume(sources, {
        take: async (frame, { input, from }) => {
          // A trigger is of who triggers.
          const isOurs = stage.type.doneOnReturn === true && from !== TRIGGER;
          const received = isOurs ? pool.receive(frame) : frame;
          if (feeds[0]!.from === TRIGGER) latency.begin(frame);
          const processed = run.process(received, input);
          const given = Array.isArray(processed) ? processed as Given : await processed;
          for (const each of given) latency.follow(frame, each);
          if (out === undefined) latency.end(frame);
          await emit(given);
          if (isOurs && run.isDone) pool.release(received);
        },
        isFor: (frame) => isFor(stage.id, frame),
      });
      await emit(await run.end());
    } finally {
      await run.close();
    }
  });
}

type Ports = Inputs<Readonly<Record<string, Channel<DataFrame>>>> & NodeContext & {
  readonly out?: Out<DataFrame>;
  readonly dead?: Out<DataFrame>;
};

interface Source {
  readonly from: string;
  readonly input: string;
  readonly frames: AsyncIterable<DataFrame>;
}

interface Sink {
  take(frame: DataFrame, source: Source): Promise<void>;
  isFor(trigger: DataFrame): boolean;
}

/** Hands over the frames of all sources, one at a time, each source in its order, until all have ended. */
async function consume(sources: readonly Source[], { take, isFor }: Sink): Promise<void> {
  const [only] = sources;
  if (sources.length === 1) {
    for await (const frame of only!.frames) {
      if (only!.from !== TRIGGER || isFor(frame)) await take(frame, only!);
    }
    return;
  }
  let last: Promise<void> = Promise.resolve();
  await Promise.all(sources.map(async (source) => {
    for await (const frame of source.frames) await (last = last.then(() => take(frame, source)));
  }));
}
