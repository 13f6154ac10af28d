import { type Channel, channel, type In, type Out } from "../channel/mod.ts";
import { Graph, type Inputs, type Node, node, type NodeContext, SERVICES } from "../runtime/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { type Connection, type PipelineConfig, type StageConfig, stageInputs, TRIGGER } from "./config.ts";
import { deadLetter } from "./error_policy.ts";
import type { DataFrame } from "./frame.ts";
import { frameCodec } from "./frame_codec.ts";
import { noObserver, type StageObserver } from "./observer.ts";
import { FrameLatency } from "./observer_latency.ts";
import { readEdge } from "./shed_edge.ts";
import { type Given, StageRun } from "./stage_run.ts";
import { outputChannels, outputsOf } from "./registry.ts";
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
  /** Where stages that give frames by themselves wait while nothing shall go through. */
  readonly passing?: () => Promise<void> | undefined;
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
  const { triggers, pool = new BufferPool() } = options;
  const fed = new Set(config.connections.map(({ to }) => to));
  // Without anybody to trigger there is nothing to do for it.
  const isNeeded = triggers !== undefined || stages.some(({ id, type }) => !fed.has(id) && type.selfDriven !== true);
  const feed = isNeeded ? [triggers?.(trigger) ?? scheduledTriggers(trigger, settings)] : [];
  const latency = new FrameLatency(options.observer ?? noObserver, options.elapsedNs ?? (() => 0));
  const plan = { config, channels, ends, latency, pool, options };
  return Graph.of(...feed, ...stages.map((stage) => stageNode(stage, plan)));
}

/** The channels that a stage publishes to. */
function namesOf({ id, type, dead_letters }: StageConfig): string[] {
  return [...outputChannels(id, type), ...dead_letters === undefined ? [] : [dead_letters]];
}

/** The channels that frames come out of, because nothing is connected to them, and stages that have no output. */
export function endsOf({ stages, connections }: PipelineConfig): string[] {
  const used = new Set(connections.map(({ from }) => from));
  return stages.flatMap(namesOf).filter((name) => !used.has(name));
}

/** Where a stage gets its frames from: its connections, or the triggers where it has none and does nothing by itself. */
export function feedsOf(stage: StageConfig, connections: readonly Connection[]): readonly Connection[] {
  const feeds = connections.filter(({ to }) => to === stage.id);
  if (feeds.length > 0 || stage.type.selfDriven === true) return feeds;
  return [{ from: TRIGGER, to: stage.id, input: stageInputs(stage)[0] ?? TRIGGER }];
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
  const outputs = outputChannels(stage.id, stage.type);
  const outs = Object.fromEntries(
    namesOf(stage).map((name) => [name === stage.dead_letters ? "dead" : portOf(name, outputs), channels.get(name)!]),
  );
  const { observer = noObserver, elapsedNs = () => 0, ending, passing, onReady, onResult } = options;
  const capacity = config.settings.channel_capacity;
  return node({ in: ins, out: outs, name: stage.id }, async (ports) => {
    const { out, dead, ...context } = ports as unknown as Ports;
    const byPort = ports as unknown as Readonly<Record<string, Out<DataFrame>>>;
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
      context: {
        ...{ id: stage.id, clock: context.clock, random: context.random, log: context.log, pool },
        inputs: feeds.filter(({ from }) => from !== TRIGGER).map(({ input }) => input),
        signal: ending === undefined ? context.signal : AbortSignal.any([context.signal, ending]),
        emit: async (frame, output) => {
          const name = channelOf(stage, output);
          run.gave(frame);
          if (feeds.length === 0) {
            latency.begin(frame);
            observer.frame(stage.id, 0);
          }
          await passing?.();
          await send(byPort[portOf(name, outputs)], name, [frame]);
        },
        hold: context.hold,
        [SERVICES]: context[SERVICES],
      },
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
      if (feeds.length === 0) await run.drive();
      await consume(sources, {
        take: async (frame, { input, from }) => {
          // A trigger is of who triggers.
          const isOurs = stage.type.doneOnReturn === true && from !== TRIGGER;
          const received = isOurs ? pool.receive(frame) : frame;
          if (from === TRIGGER) latency.begin(frame);
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

function portOf(channel: string, outputs: readonly string[]): string {
  const at = outputs.indexOf(channel);
  return at === 0 ? "out" : `out${at}`;
}

/** The channel of an output of a stage, the first without a name. */
export function channelOf({ id, type }: StageConfig, output: string | undefined): string {
  const all = outputsOf(type);
  const name = outputChannels(id, type)[output === undefined ? 0 : all.indexOf(output)];
  if (name !== undefined) return name;
  throw new RangeError(
    `it gave a frame for output ${JSON.stringify(output)}; ${type.type} has ${all.join(", ") || "none"}`,
  );
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
