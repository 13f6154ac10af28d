import { setImmediate } from "node:timers";

/** Resolves in the next turn of the event loop: timers, sockets and signals get their chance before. About 2 µs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
