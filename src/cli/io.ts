import type { BrokerEvent, EmbeddedBroker, KafkaQueueClient, SaslMechanism, SyncPolicy } from "../broker/mod.ts";
import type { Files } from "../files/mod.ts";
import type { PageAssets } from "../inspector/mod.ts";
import type {
  AppServer,
  AppServerOptions,
  ExportedMetric,
  MetricsServer,
  MetricsServerOptions,
} from "../platform/mod.ts";
import type { BuiltinPlugins } from "../plugin/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";
import type { Store } from "../store/mod.ts";
import type { MeshIo } from "./mesh_io.ts";

/** Where text goes: standard output, standard error, or a string in a test. */
export interface Sink {
  /** Whether a person is looking: colour, live lines and questions only then. */
  readonly isTerminal: boolean;
  /** Width in columns; 80 when nobody can tell. */
  readonly columns: number;
  /**
   * Writes all of `text` before it returns.
   *
   * @throws {PipeClosed} when the reader has gone (`| head`).
   */
  write(text: string): void;
}

/** Thrown by {@linkcode Sink.write} when nobody reads any more. The command then ends quietly. */
export class PipeClosed extends Error {
  /** The name of the error class. */
  override readonly name = "PipeClosed";
}

/** What a permission question is answered with, see {@linkcode Io.permission}. */
export type PermissionState = "granted" | "prompt" | "denied" | "partial";

/** Ways out for what a run counts. */
export interface Telemetry {
  /** Shows a text to programs on this machine. */
  serve(options: MetricsServerOptions): Promise<MetricsServer>;
  /** Sends metrics; undefined where nobody asked for that. */
  readonly export: ((version: string, look: () => readonly ExportedMetric[]) => Disposable) | undefined;
}

/** What the inspector needs of the machine. */
export interface InspectorIo {
  /** The files of its page. */
  readonly assets: PageAssets;
  /** Bytes that nobody can guess. */
  secret(bytes: number): Uint8Array;
  /** Serves its page on the loopback. */
  serve(options: AppServerOptions): Promise<AppServer>;
  /** Shows an address in a browser; says whether one could be asked. */
  openPage(url: string): boolean;
}

/** How {@linkcode Io.openKafka} gets in. */
export interface KafkaAccess {
  /** Whether to speak TLS, and whom to trust besides. */
  readonly tls: boolean | { readonly trusted: readonly string[] };
  /** Who to log in as. */
  readonly sasl?: { readonly user: string; readonly password: string; readonly mechanism: SaslMechanism };
}

/** What {@linkcode Io.openBroker} takes. */
export interface BrokerStart {
  /** The address to bind. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** The folder where all is kept, or `memory://`. */
  readonly data: string;
  /** A recording to serve. */
  readonly recording?: string;
  /** When what was acknowledged is on the disk. */
  readonly sync: SyncPolicy;
  /** Partitions of topics that say nothing of it. */
  readonly defaultPartitions: number;
  /** Most clients at once. */
  readonly maxConnections: number;
  /** How long members of groups of KIP-848 may say nothing. */
  readonly groupSessionMs: number;
  /** How often they are to speak. */
  readonly groupHeartbeatMs: number;
  /** Longest time that a transaction may ask for. */
  readonly maxTransactionMs: number;
  /** Whether topics are made when somebody asks for them. */
  readonly autoCreate: boolean;
  /** Passwords by name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Has clients speak TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Hears what happens. */
  readonly onEvent: (event: BrokerEvent) => void;
}

/** Everything the command line reaches outside itself. */
export interface Io {
  /** Data, and nothing else. */
  readonly stdout: Sink;
  /** Progress, diagnostics, questions. */
  readonly stderr: Sink;
  /** The keys that are pressed, raw, or undefined when standard input is not a terminal. Ends with `signal`. */
  readonly keys: ((signal: AbortSignal) => AsyncIterable<Uint8Array>) | undefined;
  /** The bytes of standard input, until it ends or `signal` aborts. For one reader. */
  input(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The plugins that come with the program. */
  readonly builtin: BuiltinPlugins;
  /** Files of this machine. */
  readonly files: Files;
  /** What runs need: time, chance, codecs, signals. */
  readonly environment: RunEnvironment;
  /** The folder that relative paths start from, absolute. */
  readonly folder: string;
  /** Moves the process into another folder (`-C`). */
  changeFolder(path: string): void;
  /** A variable of the environment, or undefined where it is not set or not to be seen. */
  env(name: string): string | undefined;
  /** Loads a module by its absolute path. */
  load(path: string): Promise<Record<string, unknown>>;
  /** Whether something is allowed: `read`, `write`, `net`, `ffi`, …. */
  permission(name: string): PermissionState;
  /** Versions of what tinman stands on: `{ deno: "2.9.6", v8: "…" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Lets nobody but the owner read a file; false where the disk keeps no owners, so that whoever has it reads all. */
  protect(path: string): boolean;
  /** Opens the store in a file. */
  openStore(path: string): Store;
  /** Starts a broker on this machine. */
  openBroker(options: BrokerStart): Promise<EmbeddedBroker>;
  /** Connects to any Kafka: `HOST:PORT,HOST:PORT`. */
  openKafka(addresses: string, options: KafkaAccess): Promise<KafkaQueueClient>;
  /** Datasets in folders, and how peers are reached. */
  readonly mesh: MeshIo;
  /** Where runs show what they count. */
  readonly telemetry: Telemetry;
  /** Where they show themselves. */
  readonly inspector: InspectorIo;
  /** Ends the process now. Only for the second Ctrl-C. */
  exit(code: number): void;
}
