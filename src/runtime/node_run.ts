import type { Slice } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Services } from "./environment.ts";
import { GROWTH, type Growth } from "./growth.ts";
import { type Follower, HandlerLoop } from "./handler_loop.ts";
import type { Journal } from "./journal.ts";
import type { Diagnostics } from "./logs.ts";
import { type NodeContext, SERVICES, SKIP, STOPPING } from "./node.ts";
import { NodeClock } from "./node_clock.ts";
import type { Scheduler } from "./scheduler.ts";
import { Turnstile } from "./turnstile.ts";
import type { WiredNode } from "./wiring.ts";

/** Values that a source may still publish after it was asked to end, such as a summary. */
const LAST_WORDS = 1000;

/** What a run gives to each of its nodes. */
export interface NodeRunOptions {
  readonly clock: Clock;
  readonly slice: Slice;
  readonly scheduler: Scheduler;
  readonly order: { next: number };
  readonly journal: Journal;
  readonly random: Random;
  readonly log: Diagnostics;
  /** Takes note of somebody who follows a journal. */
  readonly follow: (follower: Follower) => void;
  readonly services: Services | undefined;
  readonly growth: () => Growth;
  /** See {@linkcode NodeContext.hold} */
  readonly hold: <T>(work: Promise<T>) => Promise<T>;
  readonly afterDrain: ((callback: () => void) => void) | undefined;
  /** Ends the run with an error that no call of the node can throw. */
  readonly fail: (error: unknown) => void;
}

/** One node from its start to its end: calls its body, closes its outputs and leaves its inputs, whatever happens. */
export class NodeRun {
  readonly wired: WiredNode;
  /** Whether the body has returned or thrown. */
  ended = false;
  /** Whether it goes from the run when it has ended, because it came with a change or went with one. */
  isPassing = false;
  /** Whether its outputs belong to somebody else now. */
  hasHandedOver = false;
  /** Who follows its journal for it. */
  readonly followers: Follower[] = [];
  readonly #options: NodeRunOptions;
  readonly #signal = new AbortController();
  readonly #ending = new AbortController();
  readonly #aborted = new AbortController();
  readonly #asked = new AbortController();
  #turnstile: Turnstile | undefined;
  #clock: NodeClock | undefined;
  #openInputs: number;
  #stopping = false;

  constructor(wired: WiredNode, options: NodeRunOptions) {
    [this.wired, this.#options] = [wired, options];
    const regular = wired.inputs.filter((input) => !wired.feedback.includes(input));
    this.#openInputs = regular.length;
    for (const input of regular) input.onEnd = () => --this.#openInputs === 0 && this.#inputsEnded();
    if (wired.node.body.form === "function" && wired.inputs.length > 1) this.#makeTurnstile();
  }

  /** What it observes is written there. */
  get journal(): Journal {
    return this.#options.journal;
  }

  /** Has it leave its outputs open when it ends. */
  handOver(): void {
    this.hasHandedOver = this.isPassing = true;
  }

  /** Whether it makes its values by itself. */
  get isSource(): boolean {
    return this.wired.inputs.length === 0;
  }

  /** Whether it waits for a time to come. */
  get sleeping(): boolean {
    return (this.#clock?.waiting ?? 0) > 0;
  }

  /**
   * Whether it goes on only when another node does. A node that has read and does not ask for more is at work, perhaps
   * on something outside that takes its time.
   */
  get stuck(): boolean {
    const { inputs, outputs } = this.wired;
    if (this.ended || this.sleeping) return this.ended;
    if (outputs.some(({ blocked }) => blocked)) return true;
    const full = inputs.filter(({ size, capacity }) => size >= capacity);
    return full.length === 0 ? inputs.some(({ parked }) => parked) : full.some(({ asked }) => !asked);
  }

  /** Whether an input that it reads is full. */
  get behind(): boolean {
    return this.wired.inputs.some(({ asked, size, capacity }) => asked && size >= capacity);
  }

  /** Lets the next thing into a node whose last fiber has not come back though all is at rest; says whether it did. */
  openTurnstile(patience = true): boolean {
    return this.#turnstile?.open(patience) === true;
  }

  /** Runs the body to its end. A node that ends because it was stopped has not failed. */
  async start(): Promise<void> {
    const { inputs, outputs } = this.wired;
    try {
      await this.#body();
    } catch (error) {
      if (!this.#stopping || !isTinmanError(error, "STOPPED")) throw error;
    } finally {
      this.ended = true;
      for (const output of outputs) if (!this.hasHandedOver) output.close();
      for (const input of inputs) input.close();
      // Nobody stops a node that has left the run.
      if (this.isPassing) this.abort();
      this.#signal.abort(stopped());
      this.#ending.abort(stopped());
    }
  }

  /** Asks the node to end: a source at once, others when their inputs have ended. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#asked.abort(stopped());
    if (this.isSource) this.#askToEnd();
    else if (this.#openInputs === 0) this.#ending.abort(stopped());
  }

  /** Ends a daemon, because nobody else is left. What is queued for it can still be read. */
  dismiss(): void {
    this.#stopping = true;
    this.#askToEnd();
    for (const input of this.wired.inputs) input.endWhenEmpty();
  }

  /** Refuses all waits from now on. */
  abort(): void {
    this.#stopping = true;
    for (const controller of [this.#signal, this.#ending, this.#aborted]) controller.abort(stopped());
    for (const input of this.wired.inputs) input.close();
    this.#turnstile?.abort();
  }

  /** Leaves the inputs that nobody has asked for. */
  leaveUnasked(): void {
    for (const input of this.wired.inputs) if (!input.asked) input.close();
  }

  #askToEnd(): void {
    for (const controller of [this.#signal, this.#ending, this.#aborted]) controller.abort(stopped());
    for (const output of this.wired.outputs) output.allow(LAST_WORDS, stopped());
  }

  #body(): Promise<void> {
    const { node: { body }, inputs, outputs, ports } = this.wired;
    const { journal, slice, scheduler } = this.#options;
    const context = { ...ports, ...this.#context() };
    if (body.form === "function") return body.run(context as never);
    const handlers = body.form === "pure"
      ? [pureHandler(body.step, (value) => outputs[0]!.publish(value))]
      : Object.keys(this.wired.node.inputs).map((key) => body.on[key]!.bind(body.on));
    const loop = new HandlerLoop({ inputs, outputs, context, journal, slice, scheduler, handlers });
    this.#follow(loop);
    return loop.start();
  }

  #context(): NodeContext {
    const { clock, journal, random, log, hold, services, growth } = this.#options;
    const { node: { body, name }, inputs } = this.wired;
    const isFunction = body.form === "function";
    const context: NodeContext = {
      clock: this.#clock = new NodeClock({
        clock,
        journal,
        // A turnstile and a loop over several inputs journal each turn themselves.
        taken: () => this.#turnstile === undefined && inputs.length === 1 ? inputs[0]!.at : 0,
        turnstile: () => isFunction ? this.#turnstile ?? this.#makeTurnstile() : undefined,
        ending: this.#ending.signal,
        aborted: this.#aborted.signal,
      }),
      random,
      log,
      signal: this.#signal.signal,
      name,
      hold,
      [SERVICES]: services,
      [STOPPING]: this.#asked.signal,
    };
    return Object.assign(context, { [GROWTH]: growth() });
  }

  #makeTurnstile(): Turnstile {
    const { clock, journal, order, afterDrain, fail } = this.#options;
    this.#turnstile = new Turnstile(this.wired, { clock, journal, order, afterDrain, fail });
    this.#follow(this.#turnstile);
    return this.#turnstile;
  }

  #follow(follower: Follower): void {
    this.followers.push(follower);
    this.#options.follow(follower);
  }

  #inputsEnded(): void {
    for (const input of this.wired.feedback) input.endWhenEmpty();
    if (this.#stopping) this.#ending.abort(stopped());
  }
}

function pureHandler(step: (value: never) => unknown, publish: (value: unknown) => Promise<void>) {
  return (value: never) => {
    const result = step(value);
    return result === SKIP ? undefined : publish(result);
  };
}

function stopped(): TinmanError<"STOPPED"> {
  return new TinmanError("STOPPED", "The run was asked to stop", {});
}
