/** The signals that ask a process to stop: Ctrl-C, `kill`, and the terminal that was closed. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP";

const NAMES: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Calls `handler` at each of these signals, the first as well as the tenth, until the result is disposed. Meanwhile they
 * do not end the process by themselves; listening does not keep it alive either.
 */
export function onSignals(handler: (signal: SignalName) => void): Disposable {
  const stack = new DisposableStack();
  for (const name of NAMES) {
    const listener = () => handler(name);
    try {
      Deno.addSignalListener(name, listener);
      stack.defer(() => Deno.removeSignalListener(name, listener));
    } catch (error) {
      // Windows has no SIGTERM.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return stack;
}
