import type { Clock } from "../clock/mod.ts";
import type { Codec, CodecHeader, CodecRegistry } from "../codec/mod.ts";
import type { Files } from "../files/mod.ts";
import type { LogEntry } from "./logs.ts";

/** Things that a run hands on to its nodes, by name: `plugins` opens those of plugins, `replaying` is true in a replay. */
export type Services = Readonly<Record<string, unknown>>;

/** Everything a run needs from outside. `mod.ts` fills it in for the machine at hand; tests and simulations give doubles. */
export interface RunEnvironment {
  /** The time outside: the time of a live run, and the pace of a replay. */
  readonly clock: Clock;
  /** Where recordings lie. */
  readonly files: Files;
  /** Codecs that may be used to read a recording. */
  readonly registry: CodecRegistry;
  /**
   * The codecs for a recording whose channels have these headers: those in `registry`, and those of plugins which they
   * name. `note` hears what is odd about them. @default {those in `registry`}
   */
  registryFor?(headers: readonly CodecHeader[], note?: (message: string) => void): Promise<CodecRegistry>;
  /** For channels that name none. */
  readonly defaultCodec: Codec<unknown>;
  /** Resolves after the event loop has turned once. */
  nextTurn(): Promise<void>;
  /** A seed that was never used before. */
  randomSeed(): string;
  /** Gets the diagnostics of runs. */
  say(entry: LogEntry): void;
  /** Calls `handler` whenever somebody asks the process to end, until the result is disposed. */
  onSignals?(handler: (name: string) => void): Disposable;
  /**
   * Shows `handler` each error that a promise was rejected with and nobody waits for, until the result is disposed. Where
   * it says that it has dealt with it, the process goes on.
   */
  onUnhandled?(handler: (reason: unknown) => boolean): Disposable;
  /** Ends the process. */
  exit?(code: number): void;
  /** Tells when the wall clock stepped or the machine slept. */
  onClockStep?(listener: (step: { atNs: bigint; deltaMs: number }) => void): Disposable;
  /** What whoever starts the run gives to nodes that know it by name, see {@linkcode NodeContext}. */
  readonly services?: Services | undefined;
  /** Name and version of this program, for recordings. */
  readonly tool: string;
}
