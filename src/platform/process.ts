import process from "node:process";
import { isGranted } from "./permission.ts";

/** A stream of text out of this process. */
export interface TextSink {
  /** Whether a person is looking. */
  readonly isTerminal: boolean;
  /** Width of the terminal in columns now; 80 where there is none. */
  readonly columns: number;
  /** Writes all of `text` before it returns; `false` when nobody reads any more (EPIPE). */
  write(text: string): boolean;
}

/** The arguments of this process, without the program. */
export function processArguments(): string[] {
  return [...Deno.args];
}

/** Standard output and standard error. */
export function processSinks(): { readonly stdout: TextSink; readonly stderr: TextSink } {
  return { stdout: sink(Deno.stdout), stderr: sink(Deno.stderr) };
}

/**
 * The bytes of the keys pressed, each as it is pressed and not shown, or undefined when standard input is not a
 * terminal. The terminal is as it was when the loop is left or `signal` aborts.
 */
export function processKeys(): ((signal: AbortSignal) => AsyncIterable<Uint8Array>) | undefined {
  return Deno.stdin.isTerminal() ? readKeys : undefined;
}

/** The bytes of standard input, until it ends or `signal` aborts. For one reader. */
export async function* processInput(signal: AbortSignal): AsyncIterable<Uint8Array> {
  const reader = Deno.stdin.readable.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Lets nobody but the owner read a file; false where the disk keeps no owners (FAT), so that whoever has it reads all. */
export function protectFile(path: string): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    Deno.chmodSync(path, 0o600);
  } catch (error) {
    // Some of those disks refuse, others do nothing.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  return (Deno.statSync(path).mode! & 0o077) === 0;
}

/** Calls `listener` at each signal until the returned function is called. Signals this system has not are left out. */
export function onProcessSignal<Name extends Deno.Signal>(
  names: readonly Name[],
  listener: (name: Name) => void,
): () => void {
  const undo: (() => void)[] = [];
  for (const name of names) {
    const handler = () => listener(name);
    try {
      Deno.addSignalListener(name, handler);
      undo.push(() => Deno.removeSignalListener(name, handler));
    } catch (error) {
      // Windows has no SIGHUP and no SIGTERM.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return () => undo.splice(0).forEach((each) => each());
}

/** The folder of this process. */
export function processFolder(): string {
  return Deno.cwd();
}

/** Moves this process into another folder. */
export function changeProcessFolder(path: string): void {
  Deno.chdir(path);
}

/** A variable of the environment, or undefined where it is not set or may not be read. */
export function processVariable(name: string): string | undefined {
  // Asking for it would ask the person at the terminal.
  return isGranted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
}

/** Whether this process may do something, without asking anybody. */
export function processPermission(name: Deno.PermissionName): "granted" | "prompt" | "denied" | "partial" {
  const { state, partial } = Deno.permissions.querySync({ name });
  return partial ? "partial" : state;
}

/** What this process runs on. */
export function processVersions(): Record<string, string> {
  return { ...Deno.version, system: `${Deno.build.os} ${Deno.build.arch}` };
}

/** Ends this process now. */
export function exitProcess(code: number): never {
  Deno.exit(code);
}

function sink(stream: typeof Deno.stdout): TextSink {
  const encoder = new TextEncoder();
  return {
    isTerminal: stream.isTerminal(),
    get columns() {
      try {
        return Deno.consoleSize().columns;
      } catch {
        return 80;
      }
    },
    write(text) {
      try {
        for (let rest = encoder.encode(text); rest.length > 0;) rest = rest.subarray(writeSome(stream, rest));
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) return false;
        throw error;
      }
    },
  };
}

function writeSome(stream: typeof Deno.stdout, bytes: Uint8Array): number {
  for (;;) {
    try {
      return stream.writeSync(bytes);
    } catch (error) {
      // The other end of a pipe may have made it non-blocking; then full means: not yet.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

async function* readKeys(signal: AbortSignal): AsyncIterable<Uint8Array> {
  const input = process.stdin;
  // Ctrl-C stays what it is: a signal.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  const stop = () => input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (!signal.aborted) { for await (const chunk of input) yield chunk as Uint8Array; }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    Deno.stdin.setRaw(false);
  }
}
