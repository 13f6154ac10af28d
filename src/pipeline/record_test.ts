// Goal: a pipeline that was recorded replays byte for byte, whatever it did: errors, restarts, chance, several inputs, and
// stages that take their time. Method: record on a virtual clock, replay the same configuration, compare every frame.
import assert from "node:assert/strict";
import { Graph } from "../runtime/mod.ts";
import { add, counter, failing, join, numberFrame, stageType, valueOf, values, world } from "./_fixture_test.ts";
import { buildGraph } from "./build.ts";
import { readPipeline } from "./config.ts";
import { createPipeline } from "./pipeline.ts";
import { StageRegistry } from "./registry.ts";
import type { StageType } from "./stage.ts";
import { builtinStages } from "./stages/mod.ts";

/** Records it and replays it with everything but its triggers; what the comparison says. */
async function recordAndVerify(config: unknown, types: () => readonly StageType[], seed = "one") {
  const environment = world();
  const read = () => readPipeline(config, { registry: new StageRegistry([...types(), ...builtinStages]) });
  const { recording } = await environment.drive(buildGraph(read()).run(environment, { record: "/runs", seed }));
  const [, ...stages] = buildGraph(read()).nodes;
  const report = await environment.drive(Graph.of(...stages).replay(recording!, environment, { verify: true }));
  return { ...report.verify!, environment };
}

Deno.test("errors, back-off with jitter, circuit breakers and dead letters replay as they were", async () => {
  const flaky = stageType("Flaky", ({ random }) => (frame) => {
    if (random.next() < 0.4) throw new Error("by chance");
    return numberFrame(valueOf(frame) + random.next(), frame.sequenceId);
  });
  const chancy = { ...flaky, type: "Chancy" };
  const config = {
    pipeline_config: { trigger_every_ms: 10, trigger_count: 60 },
    nodes: [
      { id: "count", type: "Counter" },
      {
        ...{ id: "a", type: "Flaky", on_error: "default", dead_letters: "lost" },
        restart: { strategy: "exponential", base_ms: 3, max_attempts: 2, jitter: 0.5, reset_ms: 20 },
      },
      { id: "b", type: "Chancy", restart: { strategy: "circuit_breaker", error_threshold: 2, timeout_ms: 35 } },
      { id: "join", type: "Join" },
      { id: "one", type: "Add" },
    ],
    connections: [
      { from: "count", to: "a" },
      { from: "count", to: "b" },
      { from: "a", to: "join.a" },
      { from: "b", to: "join.b" },
      { from: "lost", to: "one" },
    ],
  };
  for (const seed of ["one", "two", "three", "four"]) {
    const verify = await recordAndVerify(config, () => [counter, add, join, flaky, chancy], seed);
    assert.equal(verify.divergence, undefined, seed);
    const recorded = new Map(verify.channels.map(({ name, recorded }) => [name, recorded]));
    assert.ok(recorded.get("lost")! > 0 && recorded.get("b")! < 60, "it did something");
  }
});

Deno.test("stages that take their time replay as they were, also where one gives up on them", async () => {
  const slow = stageType("Slow", ({ clock, random }) => async (frame) => {
    await clock.sleep(random.int(30));
    return frame;
  });
  const config = {
    pipeline_config: { trigger_every_ms: 7, trigger_count: 50, channel_capacity: 3 },
    nodes: [
      { id: "count", type: "Counter" },
      { id: "slow", type: "Slow", timeout_ms: 20, on_error: "skip", dead_letters: "late" },
      { id: "other", type: "Slow" },
      { id: "join", type: "Join" },
    ],
    connections: [
      { from: "count", to: "slow" },
      { from: "count", to: "other" },
      { from: "slow", to: "join.a" },
      { from: "other", to: "join.b" },
    ],
  };
  for (const seed of ["one", "two", "three", "four"]) {
    const verify = await recordAndVerify(config, () => [counter, join, slow], seed);
    assert.equal(verify.divergence, undefined, seed);
    assert.ok(verify.channels.find(({ name }) => name === "late")!.recorded > 0, "it did something");
  }
});

Deno.test("a changed stage is found out by the comparison", async () => {
  let by = 1;
  const changing = stageType("Changing", () => {
    const mine = by++;
    return (frame) => numberFrame(valueOf(frame) * mine, frame.sequenceId);
  });
  const nodes = [{ id: "count", type: "Counter" }, { id: "c", type: "Changing" }];
  const config = { pipeline_config: { trigger_count: 3 }, nodes, connections: [{ from: "count", to: "c" }] };
  const { divergence } = await recordAndVerify(config, () => [counter, changing]);
  assert.equal(divergence?.channel, "c");
});

Deno.test("Pipeline.start() records when it is told to, and its triggers are in the recording", async () => {
  const environment = world();
  const registry = new StageRegistry([counter, failing(() => false)]);
  const config = { nodes: [{ id: "count", type: "Counter" }] };
  const pipeline = createPipeline(config, { registry, environment, run: { record: "/runs" } });
  await environment.drive(pipeline.start());
  for (let i = 0; i < 3; i++) await environment.drive(pipeline.trigger());
  const report = await environment.drive(pipeline.stop());
  assert.deepEqual(values(pipeline.results, "count"), [0, 1, 2]);
  assert.deepEqual(
    report!.channels.map(({ name, count, drops }) => [name, count, drops]).slice(0, 3),
    [["trigger", 3, 0], ["changes", 1, 0], ["count", 3, 0]],
  );
  assert.ok(environment.files.stat(report!.recording!));
});
