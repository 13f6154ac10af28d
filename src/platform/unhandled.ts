/**
 * Shows `handler` each error that a promise was rejected with and nobody waits for, until the result is disposed. Where it
 * says that it has dealt with it, the process goes on.
 */
export function onUnhandled(handler: (reason: unknown) => boolean): Disposable {
  const listener = (event: PromiseRejectionEvent) => {
    if (handler(event.reason)) event.preventDefault();
  };
  globalThis.addEventListener("unhandledrejection", listener);
  return { [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", listener) };
}
