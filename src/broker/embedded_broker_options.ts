import type { Clock } from "../clock/mod.ts";
import type { Link } from "../link/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Intercept } from "./connection/intercept.ts";
import type { Users } from "./connection/sasl.ts";
import { type KeepOptions, MEMORY } from "./kept.ts";
import type { StorageDamage } from "./storage/broker_storage.ts";

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

/** The same with all that has a default. */
export type SettledOptions =
  & EmbeddedBrokerOptions
  & Required<
    Omit<EmbeddedBrokerOptions, "advertised" | "users" | "intercept" | "onEvent" | "files" | "lock" | "recording">
  >;

/** Puts the defaults in. */
export function settleOptions(options: EmbeddedBrokerOptions): SettledOptions {
  return {
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
}

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
