import { type Clock, msToNs } from "../../clock/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { MemoryClient } from "./memory_client.ts";
import { MemoryTopics } from "./memory_topics.ts";
import type { QueueBroker, QueueClient } from "../queue.ts";

/** Options of {@linkcode MemoryQueue}. */
export interface MemoryQueueOptions {
  /** Gives records their time, and ends waits. */
  readonly clock: Clock;
  /** What it is called in {@linkcode MemoryQueue.url}. @default {"queue"} */
  readonly name?: string;
  /** Most bytes of all records; more are refused. @default {268435456} */
  readonly maxBytes?: number;
  /** Most topics. @default {10000} */
  readonly maxTopics?: number;
  /** Whether producing to a topic that is not there makes it, with one partition. @default {true} */
  readonly autoCreate?: boolean;
}

/**
 * A queue in this process, for tests and for programs that need no broker: partitions are real, fetch waits, and what it
 * costs depends on what it gives. Nothing is on disk: it is empty again when it was stopped.
 *
 * @example
 * ```ts
 * import { VirtualClock } from "tinman";
 * import { MemoryQueue } from "tinman/broker";
 *
 * await using queue = new MemoryQueue({ clock: new VirtualClock() });
 * await queue.start();
 * await using client = await queue.connect();
 * await client.produce("readings", { value: new TextEncoder().encode("21.5") });
 * const [record] = await client.fetch("readings");
 * console.log(new TextDecoder().decode(record!.value!)); // 21.5
 * ```
 */
export class MemoryQueue implements QueueBroker {
  /** `memory://NAME` */
  readonly url: string;
  readonly #clock: Clock;
  readonly #autoCreate: boolean;
  readonly #limits: { readonly url: string; readonly maxBytes: number; readonly maxTopics: number };
  readonly #clients = new Set<MemoryClient>();
  #topics: MemoryTopics | undefined;

  /** Makes one that does not run. */
  constructor(options: MemoryQueueOptions) {
    const { clock, name = "queue", maxBytes = 256 * 2 ** 20, maxTopics = 10_000, autoCreate = true } = options;
    this.url = `memory://${name}`;
    [this.#clock, this.#autoCreate, this.#limits] = [clock, autoCreate, { url: this.url, maxBytes, maxTopics }];
  }

  /** {@linkcode QueueBroker.isRunning} */
  get isRunning(): boolean {
    return this.#topics !== undefined;
  }

  /** {@linkcode QueueBroker.start} */
  start(): Promise<void> {
    this.#topics ??= new MemoryTopics(this.#limits);
    return Promise.resolve();
  }

  /** Closes all clients, and forgets all topics. Twice is fine. */
  async stop(): Promise<void> {
    this.#topics = undefined;
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  /** {@linkcode QueueBroker.connect} */
  connect(): Promise<QueueClient> {
    if (this.#topics === undefined) {
      const message = `Cannot connect to ${this.url}: it is not running`;
      return Promise.reject(new TinmanError("UNAVAILABLE", message, { what: this.url, hint: "start() it first" }));
    }
    const client = new MemoryClient(this.#topics, {
      url: this.url,
      clock: this.#clock,
      autoCreate: this.#autoCreate,
      nowMs: () => Number(this.#clock.now() / msToNs(1)),
      onClose: () => this.#clients.delete(client),
    });
    this.#clients.add(client);
    return Promise.resolve(client);
  }

  /** Same as {@linkcode MemoryQueue.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Removes what all groups that committed to a partition are done with; says how many records that were. Where no group
   * ever did, all stays.
   */
  collect(): number {
    return this.#topics?.collect() ?? 0;
  }
}
