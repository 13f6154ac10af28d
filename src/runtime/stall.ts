import { TinmanError } from "../errors/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import type { Execution } from "./execution.ts";

/** How often to look. */
const LOOK_MS = 500;

/**
 * Fails a run in which nothing moves while publishers wait for room: all wait for each other, or for a node that never
 * reads. A node that is at work, or waits for something outside (a port, a person), is no reason: it will go on.
 */
export function watchForStall(env: RunEnvironment, execution: Execution, stallMs: number): Disposable {
  const ended = new AbortController();
  const progress = () => {
    let sum = 0;
    for (const { published } of execution.wiring.outs.values()) sum += published;
    for (const { wired } of execution.runs) for (const input of wired.inputs) sum += input.at;
    return sum;
  };
  const look = async () => {
    let last = progress();
    let since = env.clock.elapsedNs();
    for await (const _ of env.clock.every(Math.min(LOOK_MS, stallMs / 4), { signal: ended.signal })) {
      const now = progress();
      const blocked = [...execution.wiring.outs].filter(([, out]) => out.blocked).map(([name]) => name);
      const isStuck = !execution.waitsOutside && execution.runs.every(({ stuck }) => stuck);
      if (now !== last || blocked.length === 0 || !isStuck) {
        [last, since] = [now, env.clock.elapsedNs()];
      } else if (env.clock.elapsedNs() - since >= stallMs * 1e6) {
        return execution.fail(stalled(execution, blocked, stallMs));
      }
    }
  };
  look().catch(() => {});
  return { [Symbol.dispose]: () => ended.abort() };
}

function stalled(execution: Execution, blocked: readonly string[], stallMs: number): TinmanError<"DEADLOCK"> {
  const readers = execution.runs.filter(({ ended, wired: { node } }) =>
    !ended && Object.values(node.inputs).some(({ name }) => blocked.includes(name))
  ).map(({ wired }) => wired.node.name);
  const channels = blocked.map((name) => `"${name}"`).join(", ");
  return new TinmanError(
    "DEADLOCK",
    `Cannot go on: channel ${channels} has been full for ${stallMs / 1000} s and ${
      readers.map((each) => `"${each}"`).join(", ")
    } has not read`,
    { waiting: blocked, hint: "read the input, leave its loop, or take it out of the node's inputs" },
  );
}
