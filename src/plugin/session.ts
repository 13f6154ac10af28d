import { TinmanError } from "../errors/mod.ts";
import type { Diagnostics } from "../runtime/mod.ts";
import { failed, misbehaved, tooSlow } from "./failures.ts";
import { isFromGuest } from "./from_guest.ts";
import { NodeSession, type NodeTask } from "./node_session.ts";
import { StageSession } from "./stage_session.ts";
import type { FromGuest, GuestModule, GuestStageStart, GuestUsage, LinkCall, Tier, ToGuest } from "./protocol.ts";
import type { Coded, Provided, SessionOptions } from "./session_options.ts";

/**
 * A plugin at work: holds the guest to the protocol, watches that it answers, and gives up on it when it does not. All
 * that waits for the plugin is then refused with one `PLUGIN` or `TIMEOUT` error.
 */
export class PluginSession implements AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #ready = Promise.withResolvers<Provided>();
  readonly #nodes = new Map<number, NodeSession>();
  /** What stages say to people. */
  readonly #logs = new Map<number, Diagnostics>();
  readonly #calls = new Map<number, PromiseWithResolvers<never>>();
  readonly #closing = new AbortController();
  #idle: PromiseWithResolvers<void> | undefined;
  #posted = 0;
  #answered = 0;
  #answeredNs: number;
  #last = 0;
  #failure: TinmanError | undefined;
  #isLeaving = false;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#answeredNs = options.clock.elapsedNs();
    options.guest.onMessage = (message) => this.#take(message);
    options.guest.onGone = (error) => this.#fail(error);
    this.#ready.promise.catch(() => {});
  }

  /**
   * Loads a plugin into a guest.
   *
   * @throws {TinmanError} `PLUGIN` when it cannot be loaded, `TIMEOUT` when that takes too long. The guest is closed.
   */
  static async open(modules: readonly GuestModule[], options: SessionOptions): Promise<PluginSession> {
    const session = new PluginSession(options);
    const { clock, limits: { startMs = 5000 } = {}, plugin } = options;
    const cancel = clock.at(clock.elapsedNs() + startMs * 1e6, () => {
      session.#fail(tooSlow(plugin, "was not loaded within", { name: "startMs", ms: startMs }));
    });
    try {
      session.#post(["load", modules]);
      session.provided = await session.#ready.promise;
    } catch (error) {
      await session.close();
      throw error;
    } finally {
      cancel();
    }
    void session.#watch();
    return session;
  }

  /** The id of the plugin. */
  get plugin(): string {
    return this.#options.plugin;
  }

  /** What the plugin brings. */
  provided: Provided = { nodes: [], stages: [], codecs: {}, transports: [] };

  /** Why the plugin is no more, if it is not. */
  get failure(): TinmanError | undefined {
    return this.#failure;
  }

  /** Where it runs. */
  get tier(): Tier {
    return this.#options.guest.tier;
  }

  /** Aborts when the plugin is no more. */
  get over(): AbortSignal {
    return this.#closing.signal;
  }

  /** Whether it was asked to {@linkcode PluginSession.leave}. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** What it takes of the machine, where somebody can tell. */
  usage(): GuestUsage | undefined {
    return this.#failure === undefined ? this.#options.guest.usage?.() : undefined;
  }

  /**
   * Has its nodes take nothing more and end when they have done with what they were given, at the latest after `graceMs`. It is
   * to be closed then, by whoever ran them.
   */
  async leave(graceMs = 1000): Promise<void> {
    this.#isLeaving = true;
    const { clock } = this.#options;
    const late = new AbortController();
    const cancel = clock.at(clock.elapsedNs() + graceMs * 1e6, () => late.abort());
    await Promise.all(this.#nodes.values().map((node) => node.leave(late.signal)));
    cancel();
  }

  /** Gives up on the plugin: all that waits for it is refused with `reason`. */
  end(reason: TinmanError): void {
    this.#fail(reason);
  }

  /** Runs a node of the plugin until it returns; rejects with the node's error, or when the plugin is given up. */
  runNode(task: NodeTask): Promise<void> {
    return this.startNode(task).done;
  }

  /** The same, for who wants to know how far it is. */
  startNode(task: NodeTask): { readonly done: Promise<void>; settled(): Promise<void> } {
    if (this.#failure !== undefined) return { done: Promise.reject(this.#failure), settled: () => Promise.resolve() };
    const id = ++this.#last;
    const { plugin, openLink, openQueue } = this.#options;
    const node = new NodeSession(id, task, {
      plugin,
      post: (message) => this.#post(message),
      idle: () => this.#whenIdle(),
      isBusy: () => this.#failure === undefined && this.#answered < this.#posted,
      giveUp: (error) => this.#fail(error),
      ...(openLink !== undefined && { openLink }),
      ...(openQueue !== undefined && { openQueue }),
    });
    this.#nodes.set(id, node);
    return { done: node.run().finally(() => this.#nodes.delete(id)), settled: () => node.settled() };
  }

  /**
   * Makes a stage of the plugin, which lives as long as the session.
   *
   * @throws {TinmanError} `PLUGIN`, with what the plugin threw as its cause.
   */
  async openStage(start: GuestStageStart, log: Diagnostics): Promise<StageSession> {
    const id = ++this.#last;
    this.#logs.set(id, log);
    const stage = new StageSession(id, {
      plugin: this.#options.plugin,
      ask: (what) => this.#call((call) => ["stage", call, what]),
    });
    await stage.make(start);
    return stage;
  }

  /** Encodes or decodes all of `items`; one result or error for each. */
  code(
    codec: string,
    direction: "encode" | "decode",
    items: readonly unknown[],
    params?: unknown,
  ): Promise<readonly Coded[]> {
    return this.#call((call) => ["code", call, codec, direction, items, params ?? null]);
  }

  /** Uses a transport of the plugin; {@linkcode openSessionLink} makes a link of it. */
  link(what: LinkCall): Promise<Coded> {
    return this.#call((call) => ["link", call, what]);
  }

  /** Ends the plugin; nodes that still run are refused. Twice is fine. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#failure = new TinmanError("CLOSED", `Cannot use plugin ${this.#options.plugin}: it was closed`, {});
      this.#closing.abort();
      this.#refuse(this.#failure);
    }
    await this.#options.guest.close();
  }

  /** Same as {@linkcode PluginSession.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call<T>(say: (call: number) => ToGuest): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    const call = ++this.#last;
    const result = Promise.withResolvers<T>();
    this.#calls.set(call, result as unknown as PromiseWithResolvers<never>);
    try {
      this.#post(say(call));
      return await result.promise;
    } finally {
      this.#calls.delete(call);
    }
  }

  #post(message: ToGuest): void {
    if (this.#failure !== undefined) return;
    if (this.#posted === this.#answered) this.#answeredNs = this.#options.clock.elapsedNs();
    this.#posted++;
    try {
      this.#options.guest.post(message);
    } catch (error) {
      // It cannot cross the border, so nobody has heard it.
      this.#posted--;
      throw error;
    }
  }

  /** Resolves when the plugin has done all that it could do with what it was told so far. */
  #whenIdle(): Promise<void> {
    if (this.#answered === this.#posted || this.#failure !== undefined) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  #take(message: FromGuest): void {
    if (this.#failure !== undefined) return;
    if (!isFromGuest(message)) {
      return this.#fail(misbehaved(this.#options.plugin, "sent a message that makes no sense"));
    }
    switch (message[0]) {
      case "ready":
        return this.#ready.resolve(message[1]);
      case "broken":
        return this.#fail(failed(this.#options.plugin, "Cannot load", message[1]));
      case "idle":
        return this.#heard(message[1]);
      case "coded":
      case "staged":
      case "linked":
        return this.#calls.get(message[1])?.resolve(message[2] as never);
      case "log":
        this.#logs.get(message[1])?.[message[2]](message[3]);
        return this.#nodes.get(message[1])?.take(message);
      default:
        this.#nodes.get(message[0] === "call" ? message[2] : message[1])?.take(message);
    }
  }

  #heard(count: number): void {
    this.#answered = Math.min(count, this.#posted);
    this.#answeredNs = this.#options.clock.elapsedNs();
    if (this.#answered < this.#posted) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Asks now and then whether it still answers, also while it has nothing to do: it may hang in something of its own. */
  async #watch(): Promise<void> {
    const { clock, plugin, limits: { stallMs = 5000 } = {} } = this.#options;
    const { signal } = this.#closing;
    try {
      while (!signal.aborted) {
        await clock.sleep(stallMs / 2, { signal });
        if (this.#posted === this.#answered) this.#post(["ping"]);
        else if (clock.elapsedNs() - this.#answeredNs >= stallMs * 1e6) {
          this.#fail(tooSlow(plugin, "has not answered for", { name: "stallMs", ms: stallMs }));
        }
      }
    } catch {
      // Closed while it slept.
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof TinmanError
      ? error
      : new TinmanError("PLUGIN", `Plugin ${this.#options.plugin} failed: ${error.message}`, {
        ...this.#where(),
        cause: error,
      });
    this.#closing.abort();
    this.#refuse(this.#failure);
    void this.#options.guest.close(0);
  }

  #refuse(error: TinmanError): void {
    this.#ready.reject(error);
    for (const node of this.#nodes.values()) node.refuse(error);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #where(): { plugin: string; tier: string } {
    return { plugin: this.#options.plugin, tier: this.#options.guest.tier };
  }
}
