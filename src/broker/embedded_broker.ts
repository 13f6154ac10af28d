import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { createLinkPair, type Link } from "../link/mod.ts";
import type { Random } from "../random/mod.ts";
import { handlers } from "./api/mod.ts";
import { serveConnection } from "./connection/connection.ts";
import { ConnectionLimits } from "./connection/connection_limits.ts";
import { FetchSessions } from "./connection/fetch_sessions.ts";
import type { Intercept } from "./connection/intercept.ts";
import { closeKept, type KeepOptions, keepUp, type Kept, MEMORY, openKept } from "./kept.ts";
import { KafkaQueueClient } from "./client/kafka_client.ts";
import type { QueueBroker } from "./queue.ts";
import { SaslServer, type Users } from "./connection/sasl.ts";
import type { StorageDamage } from "./storage/broker_storage.ts";
import { keepHouse } from "./storage/housekeeping.ts";

/** Where links come in. */
export interface Listener {
  /** The port that was bound. */
  readonly port: number;
  /** Links as they come, until it is closed. */
  readonly links: AsyncIterable<Link>;
  /** Takes no more. Links that are open stay open. */
  close(): void;
}

/** Binds a port: when it resolves, clients can connect. */
export type Listen = (options: { readonly host: string; readonly port: number }) => Promise<Listener>;

/** What happens to a broker. */
export type BrokerEvent =
  | { readonly kind: "started"; readonly host: string; readonly port: number }
  | { readonly kind: "stopped" }
  /** One client has ended badly; the others notice nothing. Or the disk failed: then `client` is where the data is. */
  | { readonly kind: "error"; readonly error: unknown; readonly client: string }
  /** Bytes on the disk are not what was written; all that lies around them is served. */
  | { readonly kind: "damage" } & StorageDamage
  /** What is served of a recording, by names of topics; and what is not as it should be with it, in sentences. */
  | {
    readonly kind: "recording";
    readonly folder: string;
    readonly topics: readonly { readonly topic: string; readonly channel: string }[];
    readonly problems: readonly string[];
  }
  /** It serves nobody any more. */
  | { readonly kind: "fatal"; readonly error: unknown };

/** Options of {@linkcode EmbeddedBroker}. */
export interface EmbeddedBrokerOptions extends KeepOptions {
  /** Time of records, sessions and waits. */
  readonly clock: Clock;
  /** Makes ids. */
  readonly random: Random;
  /** How ports are bound. */
  readonly listen: Listen;
  /** The address to bind. @default {"127.0.0.1"} */
  readonly host?: string;
  /** 0: one that is free. @default {9092} */
  readonly port?: number;
  /** What clients are told to connect to, where they see another address than the one that is bound. @default {the same} */
  readonly advertised?: { readonly host: string; readonly port?: number };
  /** Partitions of topics that say nothing of it. @default {1} */
  readonly defaultPartitions?: number;
  /** Whether topics are made when somebody asks for them. @default {true} */
  readonly autoCreate?: boolean;
  /** How long the first rebalance of an empty group waits for more members, in milliseconds. @default {0} */
  readonly groupInitialDelayMs?: number;
  /** How often members of groups of KIP-848 are to say that they are there, in milliseconds. @default {5000} */
  readonly groupHeartbeatMs?: number;
  /** How long members of groups of KIP-848 may say nothing, in milliseconds. @default {45000} */
  readonly groupSessionMs?: number;
  /** Longest time that a transaction may ask for, in milliseconds, as `transaction.max.timeout.ms`. @default {900000} */
  readonly maxTransactionMs?: number;
  /** Longest request. @default {104857600} */
  readonly maxRequestBytes?: number;
  /** Most clients at once; more are refused. @default {1000} */
  readonly maxConnections?: number;
  /** How long a client may ask for nothing, in milliseconds. @default {600000} */
  readonly maxIdleMs?: number;
  /** How long a request may take to come and an answer to be taken, in milliseconds. @default {60000} */
  readonly maxTransferMs?: number;
  /**
   * Bytes of requests that have begun to come, over all clients: more wait in their sockets. One always fits. And bytes of
   * answers that are not taken, above which answers become short. @default {268435456}
   */
  readonly maxMemoryBytes?: number;
  /** Longest content of one compressed batch. @default {67108864} */
  readonly maxContentBytes?: number;
  /** Who may connect, by name and password (PLAIN, SCRAM). Clients in this process need none. @default {everybody} */
  readonly users?: Users;
  /** Sees each request before it is served, and may answer, delay or drop it: for tests of clients. */
  readonly intercept?: Intercept;
  /** Hears what happens. It returns at once. */
  readonly onEvent?: (event: BrokerEvent) => void;
}

/** A broker that stock Kafka clients use: what is served and what is not is in SUPPORTED.md. */
export class EmbeddedBroker implements QueueBroker {
  readonly #options: Settled;
  /** What it keeps: for its life in memory, from start to stop in a folder. */
  #kept: Kept | undefined;
  readonly #connections = new Set<Promise<void>>();
  readonly #sasl: SaslServer | undefined;
  readonly #limits: ConnectionLimits;
  /** Forgotten at each start, as other brokers do. */
  #fetchSessions: FetchSessions | undefined;
  #listener: Listener | undefined;
  #stopping = new AbortController();
  #gone = new AbortController();
  #accepting: Promise<void> | undefined;
  #keeping: Promise<unknown> | undefined;

  /** Makes one that does not run. */
  constructor(options: EmbeddedBrokerOptions) {
    this.#options = {
      host: "127.0.0.1",
      port: 9092,
      defaultPartitions: 1,
      autoCreate: true,
      groupInitialDelayMs: 0,
      groupHeartbeatMs: 5000,
      groupSessionMs: 45_000,
      maxTransactionMs: 900_000,
      maxRequestBytes: 100 * 2 ** 20,
      maxConnections: 1000,
      maxIdleMs: 600_000,
      maxTransferMs: 60_000,
      maxMemoryBytes: 256 * 2 ** 20,
      maxContentBytes: 64 * 2 ** 20,
      data: MEMORY,
      sync: { everyMs: 250 },
      cleanEveryMs: 60_000,
      ...options,
    };
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
    this.#fetchSessions = new FetchSessions(this.#options);
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
    this.#accepting = this.#accept(this.#listener);
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
    await Promise.all(this.#connections);
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
      this.#admit(b, undefined);
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

  async #accept({ links }: Listener): Promise<void> {
    try {
      for await (const link of links) {
        if (this.#connections.size < this.#options.maxConnections) this.#admit(link, this.#sasl);
        else await this.#turnAway(link);
      }
    } catch (error) {
      this.#options.onEvent?.({ kind: "fatal", error });
    }
  }

  async #turnAway(link: Link): Promise<void> {
    await link.close();
    const message = `Cannot serve ${link.name}: ${this.#options.maxConnections} clients are connected`;
    const error = new TinmanError("UNAVAILABLE", message, { what: "broker", hint: "raise `maxConnections`" });
    this.#options.onEvent?.({ kind: "error", error, client: link.name });
  }

  #admit(link: Link, sasl: SaslServer | undefined): void {
    const served = this.#serve(link, sasl).finally(() => this.#connections.delete(served));
    this.#connections.add(served);
  }

  async #serve(link: Link, sasl: SaslServer | undefined): Promise<void> {
    const { maxRequestBytes, maxContentBytes, intercept, onEvent } = this.#options;
    try {
      await serveConnection(link, {
        cluster: this.#kept!.cluster,
        groups: this.#kept!.groups,
        transactions: this.#kept!.transactions,
        fetchSessions: this.#fetchSessions!,
        address: this.#address(),
        served,
        stopping: this.#stopping.signal,
        maxRequestBytes,
        maxContentBytes,
        limits: this.#limits,
        sasl,
        intercept,
      });
    } catch (error) {
      // Who leaves while an answer is on its way has done nothing wrong.
      if (isTinmanError(error, "UNAVAILABLE") && error.details.what === link.name) return;
      onEvent?.({ kind: "error", error, client: link.name });
    }
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

const served = [...handlers.values()].map(({ api }) => api);

type Settled =
  & EmbeddedBrokerOptions
  & Required<
    Omit<EmbeddedBrokerOptions, "advertised" | "users" | "intercept" | "onEvent" | "files" | "lock" | "recording">
  >;
