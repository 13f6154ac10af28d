import { VirtualClock } from "../clock/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import type { Io, SignalName, Sink } from "./io.ts";

/** What a test hears and says, see {@linkcode createMemoryIo}. */
export interface MemoryIo extends Io {
  /** What stands on stdout so far. */
  readonly printed: () => string;
  /** What stands on stderr so far. */
  readonly noted: () => string;
  /** Sends a signal to whoever listens. */
  readonly send: (name: SignalName) => void;
  /** The exit codes that were asked for at once. */
  readonly exits: number[];
}

/** Options of {@linkcode createMemoryIo}: whatever is left out is in memory and sees no terminal. */
export interface MemoryIoOptions extends Partial<Io> {
  /** The environment. @default {{}} */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether both sinks are terminals. @default {false} */
  readonly terminal?: boolean;
}

/** An outside for tests: nothing leaves the process. */
export function createMemoryIo(options: MemoryIoOptions = {}): MemoryIo {
  const { variables = {}, terminal = false, ...rest } = options;
  const stdout = memorySink(terminal);
  const stderr = memorySink(terminal);
  const listeners = new Set<(name: SignalName) => void>();
  const exits: number[] = [];
  return {
    stdout,
    stderr,
    keys: undefined,
    files: createMemoryFiles(),
    clock: new VirtualClock(),
    folder: "/somewhere",
    changeFolder: () => {},
    env: (name) => variables[name],
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: () => Promise.resolve({}),
    permission: () => "granted",
    versions: { deno: "0.0.0" },
    exit: (code) => void exits.push(code),
    ...rest,
    printed: () => stdout.text,
    noted: () => stderr.text,
    send: (name) => [...listeners].forEach((listener) => listener(name)),
    exits,
  };
}

function memorySink(isTerminal: boolean): Sink & { text: string } {
  return {
    isTerminal,
    columns: 80,
    text: "",
    write(text) {
      this.text += text;
    },
  };
}
