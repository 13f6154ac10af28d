/** Hands `result` on unless it is a promise: a transaction that waits would take in what others do meanwhile. */
export function refusePromise<T>(result: T): T {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
    throw new TypeError("Cannot wait in a transaction: its action returned a promise");
  }
  return result;
}
