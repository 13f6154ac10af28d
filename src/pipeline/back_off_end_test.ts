// Goal: Ctrl-C does not wait for a restart, in a run that nobody but the command line has started. Method: a stage that
// would be made anew in an hour, a signal in between; the recording of that replays.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { counter, failing, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { PipelineMetrics } from "./metrics.ts";
import { StageRegistry } from "./registry.ts";

const config = {
  pipeline_config: { trigger_every_ms: 10, trigger_count: 5 },
  nodes: [{ id: "count", type: "Counter" }, {
    ...{ id: "f", type: "Failing", on_error: "skip", dead_letters: "lost" },
    restart: { strategy: "exponential", base_ms: 3_600_000, max_ms: 3_600_000, jitter: 0 },
  }],
  connections: [{ from: "count", to: "f" }],
};

const read = () => {
  const registry = new StageRegistry([counter, failing((call) => call === 2)]);
  return readPipeline(config, { registry });
};

Deno.test("Ctrl-C during a back-off ends the wait: its frame is given up, what waits behind it still goes through", async () => {
  const environment = world();
  const metrics = new PipelineMetrics();
  const running = buildGraph(read(), { observer: metrics }).run(environment, { record: "/runs" });
  const { recording, stopped, leftBehind, elapsedMs } = await environment.drive(interrupted(running, 100));
  assert.deepEqual([stopped, leftBehind, elapsedMs], ["signal", [], 100]);
  const { frames, drops, restarts } = metrics.stages().find(({ id }) => id === "f")!;
  assert.deepEqual([frames, drops, restarts], [4, 1, 0]);

  const [, ...stages] = buildGraph(read()).nodes;
  const replayed = await environment.drive(Graph.of(...stages).replay(recording!, environment, { verify: true }));
  assert.equal(replayed.verify!.divergence, undefined);

  async function interrupted<T>(run: Promise<T>, afterMs: number): Promise<T> {
    await environment.clock.sleep(afterMs);
    environment.signal();
    return await run;
  }
});
