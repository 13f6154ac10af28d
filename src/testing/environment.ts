import { setImmediate } from "node:timers";
import { VirtualClock } from "../clock/mod.ts";
import { type Codec, CodecRegistry } from "../codec/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import type { LogEntry, RunEnvironment } from "../runtime/mod.ts";

/** A world for runs that has no machine: virtual time, files in memory, diagnostics in a list. */
export interface TestEnvironment extends RunEnvironment {
  /** Moves only while {@linkcode TestEnvironment.drive} waits. */
  readonly clock: VirtualClock;
  /** What was said so far. */
  readonly said: LogEntry[];
  /** Waits for `result`; whenever nothing else can go on, the next timer fires. */
  drive<T>(result: Promise<T>): Promise<T>;
  /** What a person does: asks the process to end. */
  signal(name?: string): void;
  /** The codes with which the process was ended. */
  readonly exits: number[];
}

/** Options of {@linkcode createTestEnvironment}. */
export interface TestEnvironmentOptions {
  /** Where recordings lie. @default {new ones in memory} */
  readonly files?: Files;
  /** When time begins. @default {2026-01-01} */
  readonly startNs?: bigint;
  /** For channels that name none. @default {JSON without bigint} */
  readonly defaultCodec?: Codec<unknown>;
  /** Codecs that may be read. @default {the default codec alone} */
  readonly registry?: CodecRegistry;
}

const START_NS = 1_767_225_600_000_000_000n;

const json: Codec<unknown> = {
  id: "testing.json",
  version: 1,
  encode: (value) =>
    new TextEncoder().encode(JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}` : each)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
};

/** Makes a world for one test. It needs no permission. */
export function createTestEnvironment(options: TestEnvironmentOptions = {}): TestEnvironment {
  const { files = createMemoryFiles(), startNs = START_NS, defaultCodec = json } = options;
  const { registry = new CodecRegistry([{ id: json.id, version: 1, revive: () => json }]) } = options;
  const clock = new VirtualClock(startNs);
  const said: LogEntry[] = [];
  const exits: number[] = [];
  const listeners = new Set<(name: string) => void>();
  const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
  let seeds = 0;
  return {
    clock,
    files,
    registry,
    defaultCodec,
    said,
    exits,
    nextTurn,
    tool: "tinman test",
    randomSeed: () => `seed ${++seeds}`,
    say: (entry) => said.push(entry),
    exit: (code) => exits.push(code),
    signal: (name = "SIGINT") => listeners.forEach((listener) => listener(name)),
    onSignals(handler) {
      listeners.add(handler);
      return { [Symbol.dispose]: () => void listeners.delete(handler) };
    },
    onUnhandled(handler) {
      const listener = (event: PromiseRejectionEvent) => {
        if (handler(event.reason)) event.preventDefault();
      };
      addEventListener("unhandledrejection", listener);
      return { [Symbol.dispose]: () => removeEventListener("unhandledrejection", listener) };
    },
    async drive(result) {
      let settled = false;
      const done = () => void (settled = true);
      result.then(done, done);
      for (;;) {
        // Several turns, because work may be handed from one to the next.
        for (let i = 0; i < 3 && !settled; i++) await nextTurn();
        if (settled) return await result;
        clock.fireNext();
      }
    },
  };
}
