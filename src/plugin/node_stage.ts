import { TinmanError } from "../errors/mod.ts";
import type { DataFrame, Stage, StageContext, StageResult } from "../pipeline/mod.ts";
import type { NodeContext } from "../runtime/mod.ts";
import { ofStage } from "./failures.ts";
import { frameOfValue, type FrameRest, valuesOfFrame } from "./frame_values.ts";
import { Handoff, ValueFeed } from "./handoff.ts";
import { Intake } from "./intake.ts";
import type { ProvidedNode } from "./manifest.ts";
import type { OpenedPlugin } from "./plugin_node.ts";

/** What {@linkcode NodeStage} is made of. */
export interface NodeStageOptions {
  readonly node: ProvidedNode;
  readonly opened: OpenedPlugin;
  readonly context: StageContext;
}

/**
 * A node of a plugin as a stage of a pipeline. Where something is connected to it, it is given one frame at a time: what it
 * publishes until it has come to rest follows from that frame, and what comes later, such as after a sleep, is passed on when
 * it comes. With nothing connected it gives what it publishes, when it does.
 */
export class NodeStage implements Stage {
  readonly #options: NodeStageOptions;
  readonly #feeds: ReadonlyMap<string, ValueFeed>;
  readonly #main: string | undefined;
  readonly #handoff = new Handoff<readonly [frame: DataFrame, port: string]>();
  readonly #done: Promise<void>;
  readonly #settled: () => Promise<void>;
  readonly #origin: Origin;
  /** The end of the last thing that was let in: the plugin is at rest behind it. */
  #entered: Promise<unknown> = Promise.resolve();
  /** What follows from the frame that it is at work on. */
  #taking: DataFrame[] | undefined;
  /** What is taken from the last frame by what does not say otherwise. */
  #last: FrameRest | undefined;
  /** What is wrong with something that it published, unless it was said. */
  #problem: { readonly error: unknown } | undefined;
  #state: "at work" | "over" | "failed" | "gone" = "at work";

  /** Starts the node. */
  constructor(options: NodeStageOptions) {
    this.#options = options;
    const { node, opened: { session, config, seesTime }, context } = options;
    const inputs = inputsOfNode(node, context);
    this.#origin = originOf(context);
    this.#feeds = new Map(inputs.map((port) => [port, new ValueFeed()]));
    [this.#main] = Object.keys(node.out);
    const outputs = Object.keys(node.out).map((
      port,
    ) => [port, { publish: (value: unknown) => this.#give(value, port) }]);
    const { done, settled } = session.startNode({
      ...{ node: node.name, config, seesTime, context: contextOf(context, inputs.length === 0) },
      ...(inputs.length > 0 && { gate: (enter) => this.#gate(enter) }),
      inputs: Object.fromEntries(this.#feeds.entries().map(([port, feed]) => [port, new Intake(feed)])),
      outputs: Object.fromEntries(outputs),
    });
    [this.#done, this.#settled] = [done, settled];
    done.then(() => this.#ended(), (error) => this.#failed(error));
  }

  /** Whether its plugin is no more, or something else is connected to it than when it was started. */
  get broken(): boolean {
    const { node, context } = this.#options;
    const inputs = inputsOfNode(node, context);
    return this.#state === "gone" || inputs.length !== this.#feeds.size ||
      inputs.some((port) => !this.#feeds.has(port));
  }

  async process(frame: DataFrame, input: string): Promise<StageResult> {
    return this.#feeds.size === 0 ? await this.#next() : await this.#gate(() => this.#take(frame, input));
  }

  /** Passes on what it publishes until it is over. */
  async run(): Promise<void> {
    for (let next; (next = await this.#handoff.take()) !== undefined;) await this.#options.context.emit(...next);
  }

  async end(): Promise<void> {
    if (this.#feeds.size === 0) return;
    this.#raise();
    await this.#gate(() => Promise.resolve(this.#feeds.values().forEach((feed) => feed.end())));
    await this.#done;
  }

  async close(): Promise<void> {
    this.#state = "gone";
    this.#handoff.end();
    await this.#options.opened.session.close();
  }

  abandon(): void {
    void this.close();
  }

  /**
   * One thing enters at a time: a frame, or the end of something that the node waited for, such as a sleep; the next when all
   * that came of it is out. Else it would depend on the pace of the plugin what follows from which frame.
   */
  #gate<T>(enter: () => Promise<T>): Promise<T> {
    const entered = this.#entered.then(enter);
    this.#entered = entered.catch(() => {});
    return entered;
  }

  async #take(frame: DataFrame, input: string): Promise<StageResult> {
    this.#raise();
    if (this.#state === "over") return undefined;
    const { timestampUs, sequenceId, metadata } = frame;
    this.#last = { timestampUs, sequenceId, metadata };
    const taking: DataFrame[] = this.#taking = [];
    try {
      // Nothing is held here: the session does so for what it asks the plugin, and the node may wait for the run's time.
      await this.#pass(frame, input);
    } catch (error) {
      // A node that has failed was heard already.
      this.#raise();
      throw error;
    } finally {
      this.#taking = undefined;
    }
    this.#raise();
    return taking;
  }

  async #pass(frame: DataFrame, input: string): Promise<void> {
    const { node: { takes } } = this.#options;
    const passed = this.#feeds.get(input)!.push(valuesOfFrame(frame, takes)).then(() => this.#settled());
    // A node that ends or fails comes to no rest.
    await Promise.race([passed, this.#done]);
  }

  /** The next frame, for who asks for one. */
  async #next(): Promise<StageResult> {
    for (;;) {
      const next = await this.#handoff.take();
      if (next === undefined) return undefined;
      const [frame, port] = next;
      if (port === this.#main) return frame;
      await this.#options.context.emit(frame, port);
    }
  }

  async #give(value: unknown, port: string): Promise<void> {
    if (this.#taking === undefined || this.#problem === undefined) {
      try {
        const frame = this.#frameOf(value, port);
        if (this.#feeds.size === 0) return await this.#handoff.put([frame, port]);
        if (this.#taking === undefined || port !== this.#main) return await this.#options.context.emit(frame, port);
        this.#taking.push(frame);
      } catch (error) {
        // While it is at work on a frame, that frame has failed; else there is none that could, so the node has.
        if (this.#taking === undefined) throw error;
        this.#problem = { error };
      }
    }
  }

  #frameOf(value: unknown, port: string): DataFrame {
    const { context: { clock } } = this.#options;
    const last = this.#last;
    if (last !== undefined) return frameOfValue(value, last);
    const { startNs, counts } = this.#origin;
    const sequenceId = counts.get(port) ?? 0;
    counts.set(port, sequenceId + 1);
    const timestampUs = Math.round((clock.elapsedNs() - startNs) / 1000);
    return frameOfValue(value, { timestampUs, sequenceId, metadata: {} });
  }

  /** Says once what went wrong. */
  #raise(): void {
    const problem = this.#problem;
    this.#problem = undefined;
    if (this.#state === "failed") this.#state = "gone";
    if (problem !== undefined) throw problem.error;
  }

  #ended(): void {
    if (this.#state === "at work") this.#state = "over";
    this.#handoff.end();
  }

  #failed(error: unknown): void {
    const why = ofStage(this.#options.context.id, error);
    if (this.#state === "at work") [this.#state, this.#problem] = ["failed", { error: why }];
    this.#handoff.end(why);
  }
}

/** What the frames of a source are counted from. */
interface Origin {
  readonly startNs: number;
  /** Frames so far, by output. */
  readonly counts: Map<string, number>;
}

/** One that is started again after an error goes on where it was. */
const origins = new WeakMap<StageContext, Origin>();

function originOf(context: StageContext): Origin {
  let origin = origins.get(context);
  if (origin === undefined) origins.set(context, origin = { startNs: context.clock.elapsedNs(), counts: new Map() });
  return origin;
}

/** The inputs of a node in a pipeline: those that something is connected to, or one for triggers. */
export function inputsOfNode({ in: inputs, source }: ProvidedNode, context: StageContext): readonly string[] {
  const [first] = Object.keys(inputs);
  if (context.inputs.length > 0 || first === undefined || source === true) return context.inputs;
  return [first];
}

/** What the graph gives to a node, taken from what the pipeline gives to a stage. */
function contextOf({ id, clock, random, log, signal, hold }: StageContext, isSource: boolean): NodeContext {
  const stop = new AbortController();
  // One that is given frames ends when they do.
  if (isSource) signal.addEventListener("abort", () => stop.abort(stopped()), { once: true });
  if (isSource && signal.aborted) stop.abort(stopped());
  return { name: id, clock, random, log, signal: stop.signal, hold };
}

function stopped(): TinmanError<"STOPPED"> {
  return new TinmanError("STOPPED", "The pipeline was asked to stop", {});
}
