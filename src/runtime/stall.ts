import { TinmanError } from "../errors/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import type { Execution } from "./execution.ts";

/** How often to look. */
const LOOK_MS = 500;

/**
 * Fails a run in which nothing moves while publishers wait for room. A node that waits for something outside (a port, a
 * person) while nobody waits for it is no reason: it will go on when that comes.
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
      if (now !== last || blocked.length === 0 || !onlyReadersAreBusy(execution, blocked)) {
        [last, since] = [now, env.clock.elapsedNs()];
      } else if (env.clock.elapsedNs() - since >= stallMs * 1e6) {
        return execution.fail(stalled(execution, blocked, stallMs));
      }
    }
  };
  look().catch(() => {});
  return { [Symbol.dispose]: () => ended.abort() };
}

// Whoever still runs is a node for which a publisher waits.
function onlyReadersAreBusy(execution: Execution, blocked: readonly string[]): boolean {
  return execution.runs.every(({ ended, sleeping, waiting, wired: { node } }) =>
    ended || !sleeping && (waiting || Object.values(node.inputs).some(({ name }) => blocked.includes(name)))
  );
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
