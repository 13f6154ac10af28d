import { type Node, node } from "tinman";

/** Keeps one core busy in the middle third of the demo. It reads and publishes nothing. */
export function exercise(seconds: number): Node {
  return node({ name: "exercise", daemon: true }, async ({ clock, signal }) => {
    const third = seconds * 1000 / 3;
    await clock.sleep(third);
    const end = clock.now() + BigInt(Math.round(third * 1e6));
    const block = new Uint8Array(1024 * 1024);
    // Hashing happens in a thread of its own, so it does not hold up the sensors.
    while (clock.now() < end && !signal.aborted) await crypto.subtle.digest("SHA-512", block);
  });
}
