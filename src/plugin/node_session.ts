import type { Out } from "../channel/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import type { NodeContext } from "../runtime/mod.ts";
import type { Intake } from "./intake.ts";
import { Credit } from "./credit.ts";
import { failed, misbehaved } from "./failures.ts";
import { NodeCalls } from "./node_calls.ts";
import type { FromGuest, GuestCall, ToGuest } from "./protocol.ts";
import type { HeldQueue, QueueUse } from "./queue.ts";

/** Values that one side may send on a port before the other has said that there is room for more. */
const ROOM = 1024;
/** Values in one message at most. */
const BATCH = 256;

/** A node to run in a plugin. */
export interface NodeTask {
  /** Its name in the plugin. */
  readonly node: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Intake>>;
  readonly outputs: Readonly<Record<string, Pick<Out<unknown>, "publish">>>;
  /** What the graph gives to the node. */
  readonly context: NodeContext;
  /** Whether it may know at what time each message arrives; otherwise it sees the time at which it started. */
  readonly seesTime: boolean;
  /** Lets in what the node asked for, one thing at a time. @default {at once} */
  readonly gate?: <T>(enter: () => Promise<T>) => Promise<T>;
}

/** What a session gives to its nodes. */
export interface NodeSessionOptions {
  readonly plugin: string;
  readonly post: (message: ToGuest) => void;
  /** Resolves when the plugin has done all it could. */
  readonly idle: () => Promise<void>;
  /** Whether it has something to do. */
  readonly isBusy: () => boolean;
  /** Ends the plugin, which does not keep to the protocol. */
  readonly giveUp: (error: TinmanError) => void;
  /** Left out, the plugin has no links. */
  readonly openLink?: (address: string) => Promise<Link>;
  /** Left out, the plugin has no topics. */
  readonly openQueue?: (use: QueueUse) => Promise<HeldQueue>;
}

/** One node of a plugin, seen from the graph: carries its channels over the border, with credits both ways. */
export class NodeSession {
  readonly #id: number;
  readonly #task: NodeTask;
  readonly #options: NodeSessionOptions;
  readonly #result = Promise.withResolvers<void>();
  readonly #inputs = new Map<string, Credit>();
  readonly #outputs = new Map<string, { room: number; published: Promise<void> }>();
  readonly #calls: NodeCalls;
  #startNs = 0n;
  #isLeaving = false;
  /** Values that are taken from a channel, and not sent yet. */
  #gathering: Promise<unknown> = Promise.resolve();
  /** Calls under way that end by themselves. */
  #pending = 0;
  #answered = Promise.withResolvers<void>();
  #over = false;
  /** What it was last denied. */
  #denied: TinmanError | undefined;

  constructor(id: number, task: NodeTask, options: NodeSessionOptions) {
    [this.#id, this.#task, this.#options] = [id, task, options];
    const { plugin, openLink, openQueue } = options;
    const { clock, signal } = task.context;
    this.#calls = new NodeCalls({ plugin, clock, signal, openLink, openQueue, published: () => this.#published() });
  }

  /** Runs the node until it returns, and everything it sent is published. */
  async run(): Promise<void> {
    const { node, config, inputs, outputs, context } = this.#task;
    this.#startNs = context.clock.now();
    for (const port of Object.keys(inputs)) this.#inputs.set(port, new Credit(ROOM));
    for (const port of Object.keys(outputs)) this.#outputs.set(port, { room: ROOM, published: Promise.resolve() });
    this.#options.post(["start", this.#id, {
      node,
      name: context.name,
      config,
      inputs: Object.keys(inputs),
      outputs: Object.keys(outputs),
      seed: Array.from(context.random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join(""),
      timeNs: this.#startNs,
      room: ROOM,
    }]);
    context.signal.addEventListener("abort", () => this.#options.post(["stop", this.#id]), { once: true });
    this.#hold();
    for (const [port, intake] of Object.entries(inputs)) {
      this.#feed(port, intake).catch((error) => this.#result.reject(error));
    }
    try {
      await this.#result.promise;
    } catch (error) {
      if (!this.#isLeaving) this.#sayLost();
      throw error;
    } finally {
      this.#over = true;
      for (const credit of this.#inputs.values()) credit.release();
      await this.#calls.close();
    }
  }

  /** Takes what the guest says about this node. */
  take(message: FromGuest): void {
    const { plugin, giveUp } = this.#options;
    if (this.#over) return;
    switch (message[0]) {
      case "values":
        return this.#publish(message[2], message[3]);
      case "took": {
        const credit = this.#inputs.get(message[2]);
        if (credit?.give(message[3]) !== true) {
          giveUp(misbehaved(plugin, `took more than it was sent on "${message[2]}"`));
        }
        return;
      }
      case "done":
        return this.#finish();
      case "failed":
        // It was told to stop while it slept, and let go of everything.
        if (message[2].code === "STOPPED" && this.#task.context.signal.aborted) return this.#finish();
        // That something is not granted is no fault of the plugin.
        if (this.#denied?.message === message[2].message) return this.#result.reject(this.#denied);
        return this.#result.reject(failed(plugin, `Node "${this.#task.node}" failed in`, message[2]));
      case "log":
        return this.#task.context.log[message[2]](message[3]);
      case "call":
        return void this.#call(message[1], message[3]);
    }
  }

  /** Resolves when the plugin has done all it could with what it was given, and all that came of it is published. */
  async settled(): Promise<void> {
    do {
      await this.#options.idle();
      await this.#published();
      // That there is room again may have woken it.
    } while (this.#options.isBusy());
  }

  /**
   * Takes nothing more, and ends when all that comes of what it was given is published; when `late` aborts in any case. What
   * it holds then is lost, and said.
   */
  async leave(late: AbortSignal): Promise<void> {
    this.#isLeaving = true;
    const isLate = Promise.withResolvers<void>();
    late.addEventListener("abort", () => isLate.resolve(), { once: true });
    const isDone = async () => {
      await this.#gathering;
      await this.#options.idle();
      await this.#published();
      // A source is never done.
      if (this.#inputs.size === 0) return;
      for (await this.settled(); this.#pending > 0 && !this.#over; await this.settled()) await this.#answered.promise;
    };
    await Promise.race([isDone(), isLate.promise, this.#result.promise]).catch(() => {});
    this.#sayLost();
    this.#result.resolve();
  }

  /** Ends it: the plugin is no more. */
  refuse(error: TinmanError): void {
    this.#result.reject(error);
  }

  /** How many messages are in the plugin, or on their way to it, at most. */
  get inside(): number {
    return this.#inputs.values().reduce((sum, { left }) => sum + ROOM - left, 0);
  }

  async #feed(port: string, intake: Intake): Promise<void> {
    const { inputs, seesTime, context } = this.#task;
    // Of several inputs, each message is let in by itself, and so it is if each has its own time.
    const isAlone = Object.keys(inputs).length === 1 && !seesTime;
    const credit = this.#inputs.get(port)!;
    for (;;) {
      while (credit.left === 0 && !this.#over) await credit.wait();
      const next = await intake.next();
      // What came after the plugin has gone is for the next one.
      if (this.#over || this.#isLeaving) return;
      intake.taken();
      if (next.done) break;
      const values = [next.value];
      if (isAlone) values.push(...await (this.#gathering = intake.gather(Math.min(BATCH, credit.left) - 1)));
      credit.left -= values.length;
      this.#options.post(["values", this.#id, port, values, seesTime ? context.clock.now() : this.#startNs]);
      this.#hold();
    }
    this.#options.post(["ended", this.#id, port]);
    this.#hold();
  }

  #publish(port: string, values: readonly unknown[]): void {
    const state = this.#outputs.get(port);
    const { plugin, giveUp, post } = this.#options;
    if (state === undefined) {
      return giveUp(misbehaved(plugin, `sent values on "${port}", which is not one of its outputs`));
    }
    state.room -= values.length;
    if (state.room < 0) return giveUp(misbehaved(plugin, `sent more on "${port}" than there was room for`));
    const output = this.#task.outputs[port]!;
    state.published = state.published.then(async () => {
      for (const value of values) await output.publish(value);
      state.room += values.length;
      post(["room", this.#id, port, values.length]);
    });
    state.published.catch((error) => this.#result.reject(error));
  }

  #sayLost(): void {
    if (this.inside === 0) return;
    this.#task.context.log.warn(`up to ${this.inside} messages that were inside the plugin are lost`);
  }

  #finish(): void {
    void this.#published().then(() => this.#result.resolve(), this.#result.reject);
  }

  #published(): Promise<unknown> {
    return Promise.all(this.#outputs.values().map(({ published }) => published));
  }

  async #call(call: number, what: GuestCall): Promise<void> {
    if (what[0] === "readLink" || what[0] === "readQueue") return await this.#serve(call, what);
    this.#pending++;
    await this.#serve(call, what);
    this.#pending--;
    this.#answered.resolve();
    this.#answered = Promise.withResolvers();
  }

  async #serve(call: number, what: GuestCall): Promise<void> {
    const { clock } = this.#task.context;
    try {
      const value = await this.#calls.serve(what) ?? null;
      const timeNs = this.#task.seesTime || what[0] === "sleep" ? clock.now() : this.#startNs;
      await this.#enter(() => {
        this.#options.post(["answer", call, value, timeNs]);
        this.#hold();
      });
    } catch (error) {
      const { name, message } = error as Error;
      const { post } = this.#options;
      if (isTinmanError(error, "DENIED")) this.#denied = error;
      await this.#enter(() =>
        post(["refuse", call, { name, message, ...(isTinmanError(error) && { code: error.code }) }])
      );
    }
  }

  async #enter(post: () => void): Promise<void> {
    const { gate } = this.#task;
    if (gate === undefined) return post();
    await gate(async () => {
      post();
      // What it failed with, whoever runs it hears.
      await this.settled().catch(() => {});
    });
  }

  /** A replay goes on when the plugin has done with the last message, so the pace cannot change what happens. */
  #hold(): void {
    void this.#task.context.hold(this.#options.idle());
  }
}
