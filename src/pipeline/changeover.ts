import type { In } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Growth, growthOf, type NodeContext, STOPPING } from "../runtime/mod.ts";
import { type Change, isChange } from "./change.ts";
import { type ChangePlan, type Generation, generationOf, planChange } from "./change_plan.ts";
import { type Connection, type PipelineConfig, readPipeline, type StageConfig, TRIGGER } from "./config.ts";
import { edgeKey } from "./diff.ts";
import type { DataFrame } from "./frame.ts";
import { namesOf } from "./layout.ts";
import type { MovableStage } from "./movable_stage.ts";
import type { ChangeoverOptions, Member, Passing, Prepared, Start } from "./passing.ts";
import type { EdgeCounts } from "./shed_edge.ts";

/** Gets out what is left in a stage. */
type Finish = (how: { readonly isRestarted: boolean }) => Promise<void>;

/**
 * Turns a pipeline that runs into another one. At a change the queues of the sources are cut: what is in them is for the
 * old pipeline. A stage that has done all of that passes the change on: it cuts the queues of its readers, and leaves its
 * outputs, and its state where that is kept, to a node of the new pipeline. So the border goes the way of the frames, as
 * the markers of Chandy and Lamport (1985) do: no frame is on both sides of it or on none, and nobody waits until the
 * whole pipeline is empty.
 */
export class Changeover {
  readonly #options: ChangeoverOptions;
  readonly #members = new Map<string, Member>();
  /** Stages whose inputs came to their end, though the pipeline goes on. */
  readonly #ended = new Set<string>();
  readonly #counts = new Map<string, EdgeCounts>();
  #generation: Generation;
  #growth: Growth | undefined;
  #prepared: Prepared | undefined;
  #passing: Passing | undefined;
  #hasFailed = false;

  /** For one run of a graph. */
  constructor(options: ChangeoverOptions) {
    this.#options = options;
    this.#generation = generationOf(options.config);
  }

  /** Takes in a stage whose node has begun. */
  join(member: Member): void {
    this.#members.set(member.stage.id, member);
  }

  /** A stage has ended for good. */
  leave(id: string): void {
    if (this.#members.delete(id)) this.#ended.add(id);
  }

  /** What is counted of an edge, over all changes. */
  countsOf(feed: Connection, { at }: In<DataFrame>): EdgeCounts {
    const key = edgeKey(feed);
    const counts = this.#counts.get(key) ?? { from: at, drops: 0 };
    this.#counts.set(key, counts);
    return counts;
  }

  /** The body of the node that reads the channel of changes. */
  async follow(changes: In<Change>, context: NodeContext): Promise<void> {
    this.#growth = growthOf(context);
    this.#options.listener?.attached((number) => this.#commit(number));
    try {
      for await (const change of changes) {
        if (!isChange(change)) context.log.warn("something on the channel of changes is no change of a pipeline");
        else if (change.go) {
          this.#commit(change.number);
          await this.#isDone(context);
        } else if (change.number > 0) {
          await context.hold(this.#prepare(change, context));
        }
      }
    } finally {
      await this.#forget(this.#prepared);
    }
  }

  /** Whether the inputs of a stage ended because of a change, and not for good. */
  isPassing(id: string): boolean {
    return this.#passing?.left.has(id) === true;
  }

  /** A stage has done all that came before the change. `finish` gets out what is left in one that is not kept. */
  async pass(member: Member, finish: Finish): Promise<"handed over" | "let go"> {
    const { stage: { id }, movable, feeds, growth } = member;
    const passing = this.#passing!;
    const fate = passing.plan.fates.get(id)!;
    const isKept = fate === "kept" || fate === "updated";
    const isRestarted = passing.plan.restarted.has(id);
    if (!isKept) await finish({ isRestarted });
    // What it holds, such as a port, its successor needs.
    if (isRestarted) await movable.close();
    passing.left.delete(id);
    this.#members.delete(id);
    this.#leaveEdges(feeds);
    const start = passing.starts.get(id);
    if (start === undefined) this.#options.observer.left?.(id);
    else {
      if (isKept) {
        start.movable = movable;
        movable.run.change(start.stage, fate === "updated");
      }
      growth.handOver();
      this.#passOutputs(member, start.stage);
    }
    if (this.#hasFailed) await this.#forget(passing);
    this.#beginAll();
    return isKept ? "handed over" : "let go";
  }

  /** The run fails: whoever has no node any more is let go. */
  async fail(): Promise<void> {
    this.#hasFailed = true;
    this.#passing?.done.resolve();
    await this.#forget(this.#passing);
  }

  async #prepare({ number, config, restart }: Change, context: NodeContext): Promise<void> {
    const { registry, listener, makeStage } = this.#options;
    await this.#forget(this.#prepared);
    const made = new Map<string, MovableStage>();
    try {
      const next = readPipeline(config, { registry, path: "the new pipeline" });
      const plan = planChange(this.#generation, next, restart);
      for (const stage of plan.anew) {
        if (this.#standsIn(stage, plan.after)) continue;
        const movable = makeStage(stage, context, `${stage.id}/~${number}`);
        made.set(stage.id, movable);
        if (!plan.restarted.has(stage.id)) await movable.run.stage.open();
      }
      this.#prepared = { number, plan, made };
      listener?.ready(number);
    } catch (error) {
      await this.#forget({ made });
      if (listener !== undefined) listener.refused(number, error);
      else context.log.warn("a change of the pipeline is left out", error);
    }
  }

  /** The change under way is done, or the run ends and no other comes. */
  async #isDone(context: NodeContext): Promise<void> {
    const stopping = context[STOPPING];
    if (this.#passing === undefined || stopping?.aborted) return;
    const stopped = Promise.withResolvers<void>();
    const stop = () => stopped.resolve();
    stopping?.addEventListener("abort", stop);
    await Promise.race([this.#passing.done.promise, stopped.promise]);
    stopping?.removeEventListener("abort", stop);
  }

  /** Whether a recording stands in for a stage that gives frames by itself. */
  #standsIn(stage: StageConfig, { feeds }: Generation): boolean {
    return feeds.get(stage.id)!.length === 0 && this.#growth!.standsIn(namesOf(stage));
  }

  #commit(number: number): void {
    const prepared = this.#prepared;
    if (prepared?.number !== number) return;
    this.#prepared = undefined;
    const { plan, made } = prepared;
    const { before, after: { config }, alone, staying } = plan;
    this.#check(before.config, alone);
    const growth = this.#growth!;
    this.#generation = plan.after;
    const left = new Set([...this.#members.keys()].filter((id) => !staying.has(id)));
    const passing = { ...prepared, left, starts: new Map<string, Start>(), done: Promise.withResolvers<void>() };
    this.#passing = passing;
    const first = growth.reserve(config.stages.length);
    config.stages.forEach((stage, i) => {
      const feeds = plan.after.feeds.get(stage.id)!;
      if (staying.has(stage.id)) return this.#stay(stage, plan);
      const ins = feeds.map(() => undefined);
      const isNew = this.#ended.delete(stage.id);
      const start = { stage, feeds, ins, journal: first + i, movable: made.get(stage.id), isNew };
      passing.starts.set(stage.id, start);
    });
    made.clear();
    this.#ended.clear();
    const ended = [...passing.starts.values()].filter(({ isNew }) => isNew).flatMap(({ stage }) => namesOf(stage));
    const channels = new Set([...plan.channels, ...ended]);
    const played = new Set(config.stages.filter((stage) => this.#standsIn(stage, plan.after)).flatMap(namesOf));
    for (const name of channels) growth.channel(this.#options.declare(name, config), { isPlayed: played.has(name) });
    for (const name of new Set([TRIGGER, ...alone.flatMap(namesOf), ...channels])) this.#cut(name);
    for (const { id } of alone) if (left.has(id)) this.#members.get(id)!.movable.askToEnd();
    this.#beginAll();
  }

  /** One that gives frames by itself does not stop for a change of others. */
  #stay(stage: StageConfig, { fates, after }: ChangePlan): void {
    const member = this.#members.get(stage.id);
    member?.movable.run.change(stage, fates.get(stage.id) === "updated");
    member?.moveTo(after);
  }

  #check({ stages }: PipelineConfig, alone: readonly StageConfig[]): void {
    const isThere = (stage: StageConfig) => this.#members.has(stage.id) || this.#ended.has(stage.id);
    const missing = stages.filter((stage) => !isThere(stage) && !alone.includes(stage));
    if (missing.length === 0) return;
    const names = missing.map(({ id }) => `"${id}"`).join(", ");
    throw new TinmanError("USAGE", `Cannot change the pipeline: ${names} is not at work in this graph`, {
      hint: "a recording of a pipeline that was changed is replayed with all its nodes",
    });
  }

  #passOutputs({ stage, feeds }: Member, next: StageConfig): void {
    const kept = namesOf(next);
    for (const name of namesOf(stage)) {
      // Those of one that gives frames by itself were cut at once.
      if (feeds.length > 0) this.#cut(name);
      if (!kept.includes(name)) this.#growth!.outs.get(name)?.close();
    }
  }

  /** What waits on a channel is for its old readers, what comes is for the new ones. */
  #cut(name: string): void {
    const { starts } = this.#passing!;
    const out = this.#growth!.outs.get(name);
    for (const { feeds, ins } of this.#members.values()) {
      feeds.forEach(({ from }, i) => from === name && ins[i]!.endHere());
    }
    if (out === undefined) return;
    const capacity = this.#generation.config.settings.channel_capacity;
    for (const { feeds, ins } of starts.values()) {
      feeds.forEach(({ from }, i) => {
        if (from !== name) return;
        ins[i] = this.#growth!.subscribe(out, { capacity, isOrdered: feeds.length > 1 }) as In<DataFrame>;
      });
    }
  }

  #beginAll(): void {
    const passing = this.#passing!;
    const outs = this.#growth!.outs;
    for (const start of [...passing.starts.values()]) {
      const { stage, feeds, ins, movable, journal, isNew } = start;
      const isRecorded = this.#standsIn(stage, this.#generation);
      if (movable === undefined && !isNew && !isRecorded || passing.left.has(stage.id) || ins.includes(undefined)) {
        continue;
      }
      passing.starts.delete(stage.id);
      if (isRecorded) {
        this.#growth!.standIn(namesOf(stage));
        continue;
      }
      const node = this.#options.makeNode(stage, this.#generation, movable);
      const ports = {
        ...Object.fromEntries(feeds.map((_, i) => [`in${i}`, ins[i] as In<unknown>])),
        ...Object.fromEntries(Object.entries(node.outputs).map(([key, { name }]) => [key, outs.get(name)!])),
      };
      this.#growth!.join(node, ports, journal);
    }
    if (passing.left.size > 0 || passing.starts.size > 0) return;
    this.#passing = undefined;
    passing.done.resolve();
    this.#options.listener?.passed(passing.number);
  }

  #leaveEdges(feeds: readonly Connection[]): void {
    for (const feed of feeds) {
      if (this.#generation.edges.has(edgeKey(feed))) continue;
      this.#counts.delete(edgeKey(feed));
      this.#options.observer.unwatch?.(feed.from, `${feed.to}.${feed.input}`);
    }
  }

  /** Closes the stages of a change that no node has. */
  async #forget(change: Pick<Passing, "made"> & Partial<Passing> | undefined): Promise<void> {
    if (change === undefined) return;
    if (change === this.#prepared) this.#prepared = undefined;
    const movables = [...change.made.values()];
    change.made.clear();
    for (const start of change.starts?.values() ?? []) {
      if (start.movable !== undefined) movables.push(start.movable);
      start.movable = undefined;
    }
    for (const movable of movables) await movable.close();
  }
}
