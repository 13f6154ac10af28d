import { type Channel, channel } from "../channel/mod.ts";
import { Graph, growthOf, type Node, node, type NodeContext } from "../runtime/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { type Change, type ChangeListener, CHANGES, changesChannel } from "./change.ts";
import { generationOf } from "./change_plan.ts";
import { Changeover } from "./changeover.ts";
import { type PipelineConfig, TRIGGER } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { frameCodec } from "./frame_codec.ts";
import { namesOf, triggeredBy } from "./layout.ts";
import { noObserver, type StageObserver } from "./observer.ts";
import { FrameLatency } from "./observer_latency.ts";
import type { StageRegistry } from "./registry.ts";
import { createMovable, type Plan, stageNode } from "./stage_node.ts";
import { scheduledTriggers } from "./triggers.ts";

/** How a pipeline may be changed while it runs, or is replayed. */
export interface ChangeOptions {
  /** The kinds of stages that a new configuration may name; the same as those that it was read with. */
  readonly registry: StageRegistry;
  /** Hears how changes go. @default {nobody, as in a replay} */
  readonly listener?: ChangeListener;
}

/** Options of {@linkcode buildGraph}. */
export interface BuildOptions {
  /** Hears what the stages do. @default {nobody} */
  readonly observer?: StageObserver;
  /** Nanoseconds for the observer; not the time of the run. @default {always 0} */
  readonly elapsedNs?: () => number;
  /** Where stages take arrays. @default {one of its own} */
  readonly pool?: BufferPool;
  /** Makes the node that feeds the sources. @default {what `trigger_every_ms` and `trigger_count` say} */
  readonly triggers?: (trigger: Channel<DataFrame>, changes: Channel<Change>) => Node;
  /**
   * Adds a node that follows the channel `changes`, which the node of `triggers` publishes to, or a recording has.
   * @default {it stays as it is}
   */
  readonly changes?: ChangeOptions;
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
  const { triggers, changes, pool = new BufferPool(), observer = noObserver, elapsedNs = () => 0 } = options;
  const channels = new Channels(config);
  const latency = new FrameLatency(observer, elapsedNs);
  const changeovers = new Changeovers(config, changes);
  const plan: Plan = {
    ...{ latency, pool, options },
    declare: (name, config) => channels.declare(name, config),
    changeover: (context) => changeovers.of(context, plan),
  };
  const trigger = channels.declare(TRIGGER, config);
  const change = changesChannel();
  // Without anybody to trigger there is nothing to do for it.
  const isNeeded = triggers !== undefined || triggeredBy(config).length > 0;
  const generation = generationOf(config);
  return Graph.of(
    ...isNeeded ? [triggers?.(trigger, change) ?? scheduledTriggers(trigger, settings)] : [],
    ...stages.map((stage) => stageNode(stage, generation, plan)),
    ...changes === undefined ? [] : [changesNode(change, plan)],
  );
}

/** Declares channels, those of the configuration that it begins with once. */
class Channels {
  readonly #config: PipelineConfig;
  readonly #declared: ReadonlyMap<string, Channel<DataFrame>>;

  constructor(config: PipelineConfig) {
    this.#config = config;
    const names = [TRIGGER, ...config.stages.flatMap(namesOf)];
    this.#declared = new Map(names.map((name) => [name, this.#make(name, config)]));
  }

  declare(name: string, config: PipelineConfig): Channel<DataFrame> {
    return config === this.#config && this.#declared.get(name) || this.#make(name, config);
  }

  #make(name: string, { settings: { channel_capacity: capacity } }: PipelineConfig): Channel<DataFrame> {
    return channel<DataFrame>(name, { capacity, codec: frameCodec() });
  }
}

/** One changeover for each run of a graph. */
class Changeovers {
  readonly #config: PipelineConfig;
  readonly #options: ChangeOptions | undefined;
  readonly #byRun = new WeakMap<object, Changeover>();

  constructor(config: PipelineConfig, options: ChangeOptions | undefined) {
    [this.#config, this.#options] = [config, options];
  }

  of(context: NodeContext, plan: Plan): Changeover | undefined {
    const growth = growthOf(context);
    if (this.#options === undefined) return undefined;
    let changeover = this.#byRun.get(growth.run);
    if (changeover === undefined) this.#byRun.set(growth.run, changeover = this.#make(this.#options, plan));
    return changeover;
  }

  #make({ registry, listener }: ChangeOptions, plan: Plan): Changeover {
    return new Changeover({
      ...{ config: this.#config, registry, listener },
      observer: plan.options.observer ?? noObserver,
      declare: plan.declare,
      makeNode: (stage, generation, movable) => stageNode(stage, generation, plan, movable),
      makeStage: (stage, context, key) => {
        const growth = growthOf(context);
        const seat = { clock: context.clock, inputs: [], emit: () => Promise.resolve(), giveUp() {} };
        return createMovable(stage, { plan, context, seat, random: growth.random(key), log: growth.log(stage.id) });
      },
    });
  }
}

function changesNode(changes: Channel<Change>, plan: Plan): Node {
  return node({ in: { changes }, name: CHANGES }, ({ changes, ...context }) => {
    return plan.changeover(context)!.follow(changes, context);
  });
}
