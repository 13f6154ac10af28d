import { TinmanError } from "../errors/mod.ts";
import { createLinkPair } from "../link/mod.ts";
import { Clients } from "./connection/clients.ts";
import { ConnectionLimits } from "./connection/connection_limits.ts";
import { FetchSessions } from "./connection/fetch_sessions.ts";
import {
  type EmbeddedBrokerOptions,
  type Listener,
  type SettledOptions,
  settleOptions,
} from "./embedded_broker_options.ts";
import { closeKept, keepUp, type Kept, MEMORY, openKept } from "./kept.ts";
import { KafkaQueueClient } from "./client/kafka_client.ts";
import type { QueueBroker } from "./queue.ts";
import { SaslServer } from "./connection/sasl.ts";
import { keepHouse } from "./storage/housekeeping.ts";

/** A broker that stock Kafka clients use: what is served and what is not is in SUPPORTED.md. */
export class EmbeddedBroker implements QueueBroker {
  readonly #options: SettledOptions;
  /** What it keeps: for its life in memory, from start to stop in a folder. */
  #kept: Kept | undefined;
  readonly #sasl: SaslServer | undefined;
  readonly #limits: ConnectionLimits;
  #listener: Listener | undefined;
  #stopping = new AbortController();
  #gone = new AbortController();
  /** Those of this start. */
  #clients: Clients | undefined;
  #accepting: Promise<void> | undefined;
  #keeping: Promise<unknown> | undefined;

  /** Makes one that does not run. */
  constructor(options: EmbeddedBrokerOptions) {
    this.#options = settleOptions(options);
    this.#limits = new ConnectionLimits(this.#options);
    this.#sasl = options.users === undefined ? undefined : new SaslServer(options.users);
  }

  /** Whether it serves. */
  get isRunning(): boolean {
    return this.#listener !== undefined;
  }

  /** Where clients find it: `host:port`. @throws {TinmanError} `UNAVAILABLE` when it does not run. */
  get bootstrap(): string {
    const { host, port } = this.#address();
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** `kafka://host:port`. @throws {TinmanError} `UNAVAILABLE` when it does not run. */
  get url(): string {
    return `kafka://${this.bootstrap}`;
  }

  /**
   * Serves from here on; when it resolves the port is bound. Twice is fine.
   *
   * @throws {TinmanError} `UNAVAILABLE`, `DENIED`, `WRITE_FAILED`.
   */
  async start(): Promise<void> {
    if (this.#listener !== undefined) return;
    const { listen, host, port, data, onEvent } = this.#options;
    this.#stopping = new AbortController();
    this.#gone = new AbortController();
    const onFailure = (error: unknown) => onEvent?.({ kind: "error", error, client: data });
    this.#kept ??= openKept({
      ...this.#options,
      onDamage: (damage) => onEvent?.({ kind: "damage", ...damage }),
      onFailure,
    });
    try {
      this.#listener = await listen({ host, port });
    } catch (error) {
      this.#letGo();
      throw error;
    }
    this.#clients = this.#openClients(this.#kept);
    this.#kept.transactions.resume();
    const keeping = {
      ...this.#options,
      signal: this.#stopping.signal,
      onError: onFailure,
    };
    this.#keeping = Promise.all([
      keepUp(this.#kept, keeping),
      keepHouse([{ everyMs: 1000, run: () => this.#limits.check(this.#stopping.signal.aborted) }], {
        ...keeping,
        signal: this.#gone.signal,
      }),
    ]);
    this.#accepting = this.#clients.accept(this.#listener.links, this.#sasl);
    const { recorded } = this.#kept;
    if (recorded !== undefined) {
      const topics = recorded.topics.map(({ name: topic, channel }) => ({ topic, channel }));
      onEvent?.({ kind: "recording", folder: recorded.folder, topics, problems: recorded.problems });
    }
    onEvent?.({ kind: "started", host, port: this.#listener.port });
  }

  /**
   * Takes no more clients, answers what is under way, and ends all connections. Topics stay. Twice is fine.
   *
   * @throws {TinmanError} `WRITE_FAILED` when the disk did not take all that was acknowledged.
   */
  async stop(): Promise<void> {
    if (this.#listener === undefined) return;
    const listener = this.#listener;
    this.#listener = undefined;
    listener.close();
    this.#stopping.abort();
    this.#kept?.groups.close();
    await this.#accepting;
    await this.#clients?.gone();
    this.#gone.abort();
    await this.#keeping;
    // Only now: the last requests may have begun one.
    this.#kept?.transactions.pause();
    try {
      this.#letGo();
    } finally {
      this.#options.onEvent?.({ kind: "stopped" });
    }
  }

  /** A client in this process: it speaks the same protocol, over memory in place of a socket. */
  connect(): Promise<KafkaQueueClient> {
    const { clock } = this.#options;
    const dial = () => {
      // Asked for here, so that a broker that was stopped cannot be reached.
      this.#address();
      const { a, b } = createLinkPair({ maxBytes: 2 ** 31, bufferBytes: IN_PROCESS_BYTES });
      this.#clients!.admit(b, undefined);
      return Promise.resolve(a);
    };
    try {
      return Promise.resolve(
        new KafkaQueueClient({ bootstrap: [this.#address()], dial: async () => await dial(), clock }),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Same as {@linkcode EmbeddedBroker.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #openClients({ cluster, groups, transactions }: Kept): Clients {
    const { maxRequestBytes, maxContentBytes, maxConnections, intercept, onEvent } = this.#options;
    return new Clients({
      ...{ cluster, groups, transactions, maxRequestBytes, maxContentBytes, maxConnections, intercept, onEvent },
      // Forgotten at each start, as other brokers do.
      fetchSessions: new FetchSessions(this.#options),
      address: this.#address(),
      stopping: this.#stopping.signal,
      limits: this.#limits,
    });
  }

  /** What is in a folder is closed; what is in memory stays. */
  #letGo(): void {
    if (this.#options.data === MEMORY && this.#options.recording === undefined) return;
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) closeKept(kept);
  }

  #address(): { host: string; port: number } {
    const { host, advertised } = this.#options;
    if (this.#listener === undefined) {
      throw new TinmanError("UNAVAILABLE", "Cannot say where the broker is: it does not run", {
        what: "broker",
        hint: "start() it first",
      });
    }
    return { host: advertised?.host ?? host, port: advertised?.port ?? this.#listener.port };
  }
}

/** What is on its way between a client in this process and the broker. */
const IN_PROCESS_BYTES = 4 * 2 ** 20;
