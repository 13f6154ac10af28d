import type { Out, Slice } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { createRandom } from "../random/mod.ts";
import type { Services } from "./environment.ts";
import { Grower, stopped } from "./grower.ts";
import type { Follower } from "./handler_loop.ts";
import type { Journal } from "./journal.ts";
import { createDiagnostics, type LogEntry, logs } from "./logs.ts";
import { type AnyChannel, type Node } from "./node.ts";
import { NodeRun } from "./node_run.ts";
import { nodesBehind, outputsOf, readersFirst, readsAll } from "./graph_plan.ts";
import { Scheduler } from "./scheduler.ts";
import { type ChannelTap, wire, type WiredNode, type Wiring } from "./wiring.ts";

/** What makes a run live or a replay. */
export interface ExecutionOptions {
  readonly clock: Clock;
  readonly slice: Slice & { readonly turning: boolean };
  /** Resolves after the event loop has turned once. */
  readonly nextTurn: () => Promise<void>;
  /** From which the chance of every node is drawn. */
  readonly seed: string;
  readonly journal: (node: string) => Journal;
  /** The journal with this number of those for nodes that join, counted from 0; nothing was in it before `sinceNs`. */
  readonly joinedJournal: (number: number, sinceNs: bigint) => Journal;
  /** What stands in for sources that join, see {@linkcode Growth.standsIn}. */
  readonly standIn?: { has(channel: string): boolean; feed(channel: string, out: Out<unknown>): void };
  /** Gets each journal whose node has ended before the run. */
  readonly retireJournal?: (journal: Journal) => void;
  readonly tap: (channel: AnyChannel) => ChannelTap | undefined;
  /** Whether somebody lets one thing happen at a time and calls {@linkcode Execution.settle} in between. */
  readonly driven: boolean;
  readonly services: Services | undefined;
  /** Gets every diagnostic. */
  readonly say: (entry: LogEntry) => void;
}

/** The nodes of a graph at work: starts them, stops them, and knows when they have ended. */
export class Execution {
  readonly wiring: Wiring;
  /** Those that are there now: whoever came or went with a change of the graph and has ended is not. */
  readonly runs: NodeRun[];
  readonly #options: ExecutionOptions;
  readonly #ended = Promise.withResolvers<void>();
  readonly #order = { next: 0 };
  readonly #followers: Follower[] = [];
  readonly #logs: Out<unknown>;
  readonly #behindLogs: ReadonlySet<Node>;
  /** Entries that the `logs` channel had no room for. */
  missedLogs = 0;
  /** Errors that publishers were refused with, and the channel. */
  readonly #refused = new WeakMap<object, string>();
  #failure: { readonly error: unknown } | undefined;
  #stopping = false;
  #aborted = false;
  readonly #scheduler = new Scheduler();
  readonly #grower: Grower;
  /** What a driver waits for, see {@linkcode NodeContext.hold}. */
  #held = 0;
  #released: PromiseWithResolvers<void> | undefined;

  /** Wires the nodes, which were validated before. Nothing runs yet. */
  constructor(nodes: readonly Node[], options: ExecutionOptions) {
    this.#options = options;
    const { slice, tap } = options;
    this.wiring = wire(nodes, [logs], { slice, tap, order: this.#order, onRefuse: this.#refuse });
    this.#logs = this.wiring.outs.get(logs.name)!;
    this.#behindLogs = nodesBehind(nodes, logs.name);
    this.#grower = new Grower({
      ...options,
      run: this,
      order: this.#order,
      outs: this.wiring.outs,
      say: this.say,
      refuse: this.#refuse,
      isAborted: () => this.#aborted,
      start: (wired, journal) => this.#startJoined(wired, journal),
    });
    this.runs = this.wiring.nodes.map((wired) => this.#prepare(wired, options.journal(wired.node.name)));
  }

  /** Resolves when all nodes but daemons have ended; rejects with the first error that a node threw, itself. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether {@linkcode Execution.stop} was called. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** What the run failed with, also after it had ended. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Starts all nodes; monitors of all channels first, so that they miss nothing. */
  start(): void {
    // Whoever reads starts before whoever publishes to it: so it never finds a value at its start, live or in a replay.
    const order = readersFirst(this.runs.map(({ wired }) => wired.node));
    const runs = order.map((node) => this.runs.find(({ wired }) => wired.node === node)!);
    const monitors = runs.filter(({ wired }) => readsAll(wired.node));
    const others = runs.filter((run) => !monitors.includes(run));
    for (const run of [...monitors, ...others]) {
      // What a monitor has not asked for before the first value comes, it does not want.
      if (run === others[0]) { for (const monitor of monitors) monitor.leaveUnasked(); }
      this.#begin(run);
    }
    this.#nodeEnded();
  }

  /** Asks sources to end; everything behind them drains. */
  stop(): void {
    this.#stopping = true;
    for (const run of this.runs) run.stop();
  }

  /** Ends everything now: waits are refused, channels close. Nodes that wait for something else are left behind. */
  abort(): void {
    this.#stopping = this.#aborted = true;
    for (const run of this.runs) run.abort();
    for (const out of this.wiring.outs.values()) out.abort(stopped());
  }

  /** The first error ends the run; later ones are consequences and only said. */
  fail(error: unknown, node?: Node): void {
    if (this.#failure !== undefined) {
      createDiagnostics(node?.name ?? "", this.#options.clock, this.say).debug("failed as well", error);
      return;
    }
    this.#failure = { error };
    if (node !== undefined && typeof error === "object" && error !== null) failedNodes.set(error, node.name);
    this.abort();
    this.#ended.reject(error);
  }

  /**
   * For errors that nobody waits for: if a publisher of this run was refused with it, the run fails as if its node had
   * waited. Says whether it was.
   */
  readonly takeUnhandled = (error: unknown): boolean => {
    const channel = this.#refused.get(error as object);
    if (channel === undefined) return false;
    const publisher = this.runs.find(({ wired }) => outputsOf(wired.node).some(({ name }) => name === channel));
    if (error !== this.#failure?.error) this.fail(error, publisher?.wired.node);
    return true;
  };

  /** The names of the nodes that have not ended. */
  unfinished(): string[] {
    return this.runs.filter((run) => !run.ended).map(({ wired }) => wired.node.name);
  }

  /**
   * For who drives it and finds nothing else to do: lets in publishers that wait for more room than they need, and what
   * waits for a fiber that waits for room. Says whether there was anything.
   */
  loosen(): boolean {
    let any = false;
    for (const out of this.wiring.outs.values()) any = out.admitEarly() || any;
    return any || this.runs.some((run) => run.openTurnstile(false));
  }

  /**
   * For nodes that wait for each other in a circle, because each follows its journal and one is further than it was then:
   * gives channels that are full a little more room. Says whether there was any to give.
   */
  stretch(): boolean {
    if (!this.#followers.some(({ held }) => held)) return false;
    let any = false;
    for (const out of this.wiring.outs.values()) any = out.stretch() || any;
    return any;
  }

  /** Lets the first node that is held up by its journal go its own way; says whether there was one. */
  abandonJournal(): boolean {
    const held = this.#followers.find((follower) => follower.held);
    held?.abandonJournal();
    return held !== undefined;
  }

  /** Publishes a diagnostic. The `logs` channel never holds up whoever speaks, and ends before its last readers do. */
  readonly say = (entry: LogEntry): void => {
    this.#options.say(entry);
    if (!this.#logs.closing && !this.#logs.tryPublish(entry)) this.missedLogs++;
  };

  /** For who drives it: resolves when all that could go on by itself has done so. Stops it when `isOver`. */
  async settle(isOver: () => boolean): Promise<void> {
    const { nextTurn, slice } = this.#options;
    do {
      while (this.#held > 0 && !isOver()) await (this.#released ??= Promise.withResolvers()).promise;
      await nextTurn();
      // A source that never waits for the time does not come to rest by itself.
      if (slice.turning && isOver()) this.stop();
    } while (slice.turning || this.#held > 0 && !isOver() || this.runs.some((run) => run.openTurnstile()));
  }

  /** Whether a node waits for something outside of the graph, see {@linkcode NodeContext.hold}. */
  get waitsOutside(): boolean {
    return this.#held > 0;
  }

  /** Has {@linkcode Execution.settle} look again whether it is over. */
  lookUp(): void {
    this.#released?.resolve();
    this.#released = undefined;
  }

  readonly #hold = <T>(work: Promise<T>): Promise<T> => {
    this.#held++;
    const back = () => --this.#held === 0 && this.lookUp();
    work.then(back, back);
    return work;
  };

  readonly #afterDrain = (callback: () => void): void => {
    const { nextTurn, slice } = this.#options;
    void nextTurn().then(() => slice.turning ? this.#afterDrain(callback) : callback());
  };

  #prepare(wired: WiredNode, journal: Journal): NodeRun {
    const { clock, slice, seed, services, driven } = this.#options;
    const { name } = wired.node;
    const run: NodeRun = new NodeRun(wired, {
      clock,
      slice,
      scheduler: this.#scheduler,
      order: this.#order,
      journal,
      random: createRandom(`${seed}/${name}`),
      log: createDiagnostics(name, clock, this.say),
      follow: (follower) => this.#followers.push(follower),
      services,
      growth: () => this.#grower.growthFor(run),
      hold: this.#hold,
      afterDrain: driven ? undefined : this.#afterDrain,
      fail: (error) => this.fail(error, wired.node),
    });
    return run;
  }

  #startJoined(wired: WiredNode, journal: Journal): void {
    const run = this.#prepare(wired, journal);
    run.isPassing = true;
    this.runs.push(run);
    if (this.#aborted) run.abort();
    else if (this.#stopping) run.stop();
    this.#begin(run);
  }

  #begin(run: NodeRun): void {
    run.start().then(() => this.#runEnded(run), (error) => this.fail(error, run.wired.node));
  }

  #runEnded(run: NodeRun): void {
    if (run.isPassing) {
      this.runs.splice(this.runs.indexOf(run), 1);
      for (const follower of run.followers) this.#followers.splice(this.#followers.indexOf(follower), 1);
      this.#options.retireJournal?.(run.journal);
    }
    if (!run.hasHandedOver) this.#nodeEnded();
  }

  readonly #refuse = (channel: string, error: unknown): void => {
    if (typeof error === "object" && error !== null) this.#refused.set(error, channel);
  };

  #nodeEnded(): void {
    const left = this.runs.filter((run) => !run.ended);
    // Readers of the logs would wait for each other for ever.
    if (left.every(({ wired: { node } }) => node.daemon || this.#behindLogs.has(node))) this.#logs.close();
    if (left.every(({ wired }) => wired.node.daemon)) {
      for (const run of left) run.dismiss();
      this.#ended.resolve();
    }
  }
}

const failedNodes = new WeakMap<object, string>();

/** The name of the node that threw `error`, if a run failed with it. */
export function failedNode(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? failedNodes.get(error) : undefined;
}
