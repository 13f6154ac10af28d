import type { RunEnvironment } from "../runtime/mod.ts";
import { createMemoryStore } from "../store/mod.ts";
import type { Io, Sink } from "./io.ts";
import { createMemoryMeshIo } from "./mesh_io.ts";

/** What a test hears and says, see {@linkcode createMemoryIo}. */
export interface MemoryIo extends Io {
  /** What stands on stdout so far. */
  readonly printed: () => string;
  /** What stands on stderr so far. */
  readonly noted: () => string;
  /** The exit codes that were asked for at once. */
  readonly exits: number[];
}

/** Options of {@linkcode createMemoryIo}: whatever is left out is in memory and sees no terminal. */
export interface MemoryIoOptions extends Partial<Io> {
  /** What runs need, and the files that everything is in. */
  readonly environment: RunEnvironment;
  /** The environment. @default {{}} */
  readonly variables?: Readonly<Record<string, string>>;
  /** What stands on standard input. @default {""} */
  readonly stdin?: string;
  /** Whether both sinks are terminals. @default {false} */
  readonly terminal?: boolean;
}

/** An outside for tests: nothing leaves the process. */
export function createMemoryIo(options: MemoryIoOptions): MemoryIo {
  const { variables = {}, terminal = false, stdin = "", ...rest } = options;
  const stdout = memorySink(terminal);
  const stderr = memorySink(terminal);
  const exits: number[] = [];
  return {
    stdout,
    stderr,
    keys: undefined,
    input: async function* () {
      if (stdin !== "") yield await Promise.resolve(new TextEncoder().encode(stdin));
    },
    builtin: { list: () => [], read: (path) => path },
    files: options.environment.files,
    folder: "/somewhere",
    changeFolder: () => {},
    env: (name) => variables[name],
    load: () => Promise.resolve({}),
    permission: () => "granted",
    versions: { deno: "0.0.0" },
    protect: () => true,
    openStore: createMemoryStore,
    openBroker: () => Promise.reject(new Error("no network in memory")),
    openKafka: () => Promise.reject(new Error("no network in memory")),
    mesh: createMemoryMeshIo(options.environment),
    telemetry: {
      serve: () => Promise.reject(new Error("no network in memory")),
      export: undefined,
    },
    inspector: {
      assets: { list: () => [], read: (path) => path },
      secret: (bytes) => new Uint8Array(bytes).fill(7),
      serve: () => Promise.reject(new Error("no network in memory")),
      openPage: () => false,
    },
    exit: (code) => void exits.push(code),
    ...rest,
    printed: () => stdout.text,
    noted: () => stderr.text,
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
