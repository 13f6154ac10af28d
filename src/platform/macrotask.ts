import { setImmediate } from "node:timers";

/** Longest time in which only immediates turn the event loop. */
const LONGEST_MS = 40;

let waitedMs = -Infinity;

/**
 * Resolves in the next turn of the event loop: timers, sockets and signals get their chance before. About 2 µs; now and
 * then a timer's while, because a loop that always has an immediate to run looks at signals and sockets only ten times a
 * second (seen with Deno 2.9.6: Ctrl-C was heard after 120 ms).
 */
export function nextTurn(): Promise<void> {
  if (performance.now() - waitedMs < LONGEST_MS) return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) =>
    void setTimeout(() => {
      waitedMs = performance.now();
      resolve();
    }, 0)
  );
}
