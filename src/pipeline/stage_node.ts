import { type Channel, DONE, type In, type Out } from "../channel/mod.ts";
import { growthOf, type Inputs, type Node, node, type NodeContext, PARTS, SERVICES, STOPPING } from "../runtime/mod.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { BuildOptions } from "./build.ts";
import type { Generation } from "./change_plan.ts";
import type { Changeover } from "./changeover.ts";
import { type Connection, type PipelineConfig, type StageConfig, TRIGGER } from "./config.ts";
import { consume, type Source } from "./consume.ts";
import { wholeName } from "./dead_letters.ts";
import { deadLetter } from "./error_policy.ts";
import type { DataFrame } from "./frame.ts";
import type { Given } from "./given.ts";
import { channelOf, namesOf, portOf } from "./layout.ts";
import { MovableStage, type Seat } from "./movable_stage.ts";
import { noObserver } from "./observer.ts";
import type { FrameLatency } from "./observer_latency.ts";
import { readEdge } from "./shed_edge.ts";
import type { StageRun } from "./stage_run.ts";
import { isFor } from "./triggers.ts";

/** What the nodes of a pipeline share. */
export interface Plan {
  readonly declare: (name: string, config: PipelineConfig) => Channel<DataFrame>;
  readonly latency: FrameLatency;
  readonly pool: BufferPool;
  readonly options: BuildOptions;
  /** Who changes the pipeline in the run of a node, if that can be. */
  readonly changeover: (context: NodeContext) => Changeover | undefined;
}

/** The node of a stage: with a new one, or with `given`, which was in another node before. */
export function stageNode(stage: StageConfig, generation: Generation, plan: Plan, given?: MovableStage): Node {
  const { config } = generation;
  const feeds = generation.feeds.get(stage.id)!;
  const { declare, options: { observer = noObserver, onReady }, changeover, pool } = plan;
  const ins = Object.fromEntries(feeds.map(({ from }, i) => [`in${i}`, declare(from, config)]));
  const outs = Object.fromEntries(namesOf(stage).map((name) => [portOf(stage, name), declare(name, config)]));
  const body = async (ports: unknown) => {
    const context = ports as Ports;
    const desk = new Desk(stage, generation, { plan, context });
    const changing = changeover(context);
    const movable = given ?? createMovable(stage, { plan, context, seat: desk.seat });
    const { run } = movable;
    movable.moveTo(desk.seat);
    const isOver = () => movable.askToEnd(context.signal.reason);
    context.signal.addEventListener("abort", isOver);
    const inputs = feeds.map((_, i) => context[`in${i}`]! as In<DataFrame>);
    const member = {
      ...{ stage, feeds, ins: inputs, movable, growth: growthOf(context) },
      moveTo: (next: Generation) => desk.generation = next,
    };
    let isHere = true;
    try {
      changing?.join(member);
      if (given === undefined) await run.stage.open();
      else if (run.stage.isNew) await run.reopen();
      onReady?.(stage.id);
      const capacity = config.settings.channel_capacity;
      const letGo = (frame: DataFrame) => pool.release(frame);
      const sources = feeds.map((feed, i): Source => {
        const counts = changing?.countsOf(feed, inputs[i]!);
        const frames = readEdge(inputs[i]!, {
          feed,
          capacity,
          observer,
          letGo,
          ...(counts !== undefined && { counts }),
        });
        return { ...feed, frames };
      });
      if (feeds.length === 0) await run.drive();
      await consume(sources, { take: desk.take(movable), isFor: (frame) => isFor(stage.id, frame) });
      const finish = async (how?: Parameters<StageRun["end"]>[0]) => desk.emit(await run.end(how));
      if (changing?.isPassing(stage.id) !== true) {
        await finish();
        return changing?.leave(stage.id);
      }
      isHere = await changing.pass(member, finish) === "let go";
    } catch (error) {
      await changing?.fail();
      throw error;
    } finally {
      context.signal.removeEventListener("abort", isOver);
      if (isHere) await movable.close();
    }
  };
  return node({ in: ins, out: outs, name: stage.id }, stage.placement === "worker" ? withPart(body, stage) : body);
}

/** Says what works somewhere else than in the node. */
function withPart<Body extends object>(body: Body, { type: { type } }: StageConfig): Body {
  return Object.assign(body, {
    [PARTS]: () => [{ name: `${type}, in a worker`, takes: [], requires: [], provides: [] }],
  });
}

/** A stage that sits in the node of `context`, at `seat`; its chance is `random`. */
export function createMovable(
  stage: StageConfig,
  { plan, context, seat, random = context.random, log = context.log }: {
    readonly plan: Plan;
    readonly context: NodeContext;
    readonly seat: Seat;
  } & Partial<Pick<NodeContext, "random" | "log">>,
): MovableStage {
  const { pool, options: { observer = noObserver, elapsedNs = () => 0, ending } } = plan;
  const { hold, [SERVICES]: services } = context;
  return new MovableStage(stage, {
    ...{ seat, random, log, pool, observer, elapsedNs, ending, hold, [SERVICES]: services },
  });
}

/** Shows what waits at the one input of a stage, as long as nothing of it may be shed and all of it is for the stage. */
function lookAhead(id: string, feeds: readonly Connection[], context: Ports): Seat["ahead"] {
  const [only] = feeds;
  if (feeds.length !== 1 || (only!.shed ?? "block") !== "block") return undefined;
  const input = context.in0 as In<DataFrame>;
  if (only!.from !== TRIGGER) return (index) => input.peek(index);
  return (index) => {
    const frame = input.peek(index);
    return frame !== undefined && isFor(id, frame) ? frame : undefined;
  };
}

type Ports = Inputs<Readonly<Record<string, Channel<DataFrame>>>> & NodeContext;

/** Where a stage is handed frames, and puts what it gives. */
class Desk {
  generation: Generation;
  readonly seat: Seat;
  readonly #stage: StageConfig;
  readonly #plan: Plan;
  readonly #outs: Readonly<Record<string, Out<DataFrame>>>;
  readonly #isAlone: boolean;
  readonly #main: Port;

  constructor(
    stage: StageConfig,
    generation: Generation,
    { plan, context }: { readonly plan: Plan; readonly context: Ports },
  ) {
    [this.#stage, this.generation, this.#plan] = [stage, generation, plan];
    this.#outs = context as unknown as Readonly<Record<string, Out<DataFrame>>>;
    const feeds = generation.feeds.get(stage.id)!;
    this.#isAlone = feeds.length === 0;
    this.#main = { name: stage.id, out: this.#outs.out };
    this.seat = {
      clock: context.clock,
      inputs: feeds.filter(({ from }) => from !== TRIGGER).map(({ input }) => input),
      emit: (frame, output) => this.#emitAlone(frame, output),
      stopping: context[STOPPING],
      ahead: lookAhead(stage.id, feeds, context),
      giveUp: (frame, error) => {
        const { dead_letters } = stage;
        if (dead_letters === undefined) return;
        return this.#send(this.#portOf(dead_letters), [deadLetter(frame, stage.id, error)]);
      },
    };
  }

  /** What a stage gave for a frame, or at its end. */
  emit(given: Given): Promise<void> | undefined {
    return this.#send(this.#main, given);
  }

  /** Hands over one frame, and puts what comes of it: at once where the stage gives it at once and there is room. */
  take(movable: MovableStage): (frame: DataFrame, source: Source) => Promise<void> | undefined {
    const { latency, pool } = this.#plan;
    const { type } = this.#stage;
    const { run } = movable;
    return (frame, { input, from }) => {
      // A trigger is of who triggers.
      const isOurs = type.doneOnReturn === true && from !== TRIGGER;
      const received = isOurs ? pool.receive(frame) : frame;
      if (from === TRIGGER) latency.begin(frame);
      const given = run.process(received, input);
      const wait = isPromise(given) ? given.then((given) => this.#put(frame, given)) : this.#put(frame, given);
      if (wait !== undefined) return wait.then(() => isOurs && run.isDone ? pool.release(received) : undefined);
      if (isOurs && run.isDone) pool.release(received);
      return undefined;
    };
  }

  /** What a stage gave for `frame`. */
  #put(frame: DataFrame, given: Given): Promise<void> | undefined {
    const { latency } = this.#plan;
    for (let i = 0; i < given.length; i++) latency.follow(frame, given[i]!);
    if (this.#main.out === undefined) latency.end(frame);
    return this.#send(this.#main, given);
  }

  async #emitAlone(frame: DataFrame, output: string | undefined): Promise<void> {
    const { options: { passing, observer = noObserver }, latency } = this.#plan;
    const name = channelOf(this.#stage, output);
    if (this.#isAlone) {
      latency.begin(frame);
      observer.frame(this.#stage.id, 0);
    }
    await passing?.();
    const port = this.#portOf(name);
    const { out } = port;
    // Readers are counted when it is put: while it waits for room the pipeline may be changed.
    while (out !== undefined && !out.closing && !out.hasRoom()) await out.ready();
    await this.#send(port, [frame]);
  }

  /** Shares frames with all who read them, and publishes them. A promise where there is no room. */
  #send(port: Port, frames: Given): Promise<void> | undefined {
    const { options: { onResult }, pool } = this.#plan;
    const isEnd = this.generation.ends.has(port.name);
    const readers = (port.out?.subscribers ?? 0) + (isEnd && onResult !== undefined ? 1 : 0);
    // All of them first: they may have samples in common. Where nobody reads them, we do until they are out.
    const shared = frames.map((frame) => pool.share(frame, Math.max(1, readers)));
    for (let i = 0; i < shared.length; i++) {
      const wait = this.#publish(port, shared[i]!, isEnd);
      if (wait !== undefined) return this.#sendRest(wait, { ...{ port, isEnd, readers, shared }, from: i + 1 });
    }
    if (readers === 0) { for (let i = 0; i < shared.length; i++) pool.release(shared[i]!); }
    return undefined;
  }

  async #sendRest(
    wait: Promise<void>,
    { port, isEnd, readers, shared, from }: {
      readonly port: Port;
      readonly isEnd: boolean;
      readonly readers: number;
      readonly shared: Given;
      readonly from: number;
    },
  ): Promise<void> {
    await wait;
    for (const frame of shared.slice(from)) await this.#publish(port, frame, isEnd);
    if (readers === 0) shared.forEach((frame) => this.#plan.pool.release(frame));
  }

  #publish({ name, out }: Port, frame: DataFrame, isEnd: boolean): Promise<void> | undefined {
    if (isEnd) {
      this.#plan.latency.end(frame);
      this.#plan.options.onResult?.(wholeName(name), frame);
    }
    if (out === undefined) return undefined;
    if (!out.hasRoom()) return this.#publishLater(out, frame);
    const published = out.publish(frame);
    return published === DONE ? undefined : published;
  }

  async #publishLater(out: Out<DataFrame>, frame: DataFrame): Promise<void> {
    const { observer = noObserver, elapsedNs = () => 0 } = this.#plan.options;
    const startNs = elapsedNs();
    await out.publish(frame);
    observer.blocked(this.#stage.id, elapsedNs() - startNs);
  }

  #portOf(name: string): Port {
    return { name, out: this.#outs[portOf(this.#stage, name)] };
  }
}

function isPromise(given: Given | Promise<Given>): given is Promise<Given> {
  return !Array.isArray(given);
}

/** A channel that a stage publishes to; without `out` where nobody could get what comes. */
interface Port {
  readonly name: string;
  readonly out: Out<DataFrame> | undefined;
}
