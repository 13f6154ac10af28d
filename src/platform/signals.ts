/** The requests to stop: Ctrl-C, `kill`, and the terminal was closed. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP";

const NAMES: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Calls `handler` at each request to stop, the first as well as the tenth, until the result is disposed. Meanwhile these
 * do not end the process by themselves, and listening does not keep it alive.
 */
export function onSignals(handler: (signal: SignalName) => void): Disposable {
  const listening = new DisposableStack();
  for (const name of NAMES) {
    const listener = () => handler(name);
    try {
      Deno.addSignalListener(name, listener);
      listening.defer(() => Deno.removeSignalListener(name, listener));
    } catch (error) {
      // Windows has no SIGTERM.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return listening;
}
