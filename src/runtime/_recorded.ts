import { type Channel, channel } from "../channel/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import { type Node, node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import type { ReplayOptions, ReplayReport } from "./replay_options.ts";
import { runGraph } from "./run.ts";

/** What {@linkcode counter} and {@linkcode collect} carry. */
export const numbers: Channel<number> = channel<number>("numbers");

/** Publishes 0 … count - 1, one every 100 ms, the first after 100 ms. */
export function counter(count: number, out: Channel<number> = numbers): Node {
  return node({ out: { out }, name: `count ${out.name}` }, async ({ out, clock }) => {
    for await (const _ of clock.every(100)) {
      if (out.published === count) return;
      await out.publish(out.published);
    }
  });
}

/** Reads all into a list. */
export function collect<T>(into: T[], from: Channel<number> = numbers): Node {
  return node({ in: { from }, name: "collect" }, async ({ from }) => {
    for await (const value of from) into.push(value as T);
  });
}

/** A run environment whose time moves while somebody waits. */
export interface DrivenEnvironment extends RunEnvironment {
  /** Waits for `result`. */
  drive<T>(result: Promise<T>): Promise<T>;
}

/** A world in which nodes were recorded. */
export interface Recorded<Env> {
  readonly env: Env;
  readonly folder: string;
  /** Replays what was recorded. */
  replay(nodes: readonly Node[], options?: ReplayOptions): Promise<ReplayReport>;
}

/** Records nodes until they have ended. */
export async function record<Env extends DrivenEnvironment>(env: Env, nodes: readonly Node[]): Promise<Recorded<Env>> {
  const { recording } = await env.drive(runGraph(nodes, env, { record: "runs" }));
  return {
    env,
    folder: recording!,
    replay: (nodes, options = {}) => env.drive(replayGraph(nodes, recording!, env, options)),
  };
}
