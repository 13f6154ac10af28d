import assert from "node:assert/strict";
import fc from "fast-check";
import { add, counter, join } from "./_fixture_test.ts";
import { type PipelineConfig, readPipeline } from "./config.ts";
import { diffPipelines } from "./diff.ts";
import { formatDiff } from "./format_diff.ts";
import { StageRegistry } from "./registry.ts";
import { builtinStages } from "./stages/mod.ts";
import { writePipeline } from "./write_config.ts";

const registry = new StageRegistry([counter, add, join, ...builtinStages]);
const read = (config: unknown) => readPipeline(config, { registry });

const before = read({
  nodes: [
    { id: "count", type: "Counter" },
    { id: "a", type: "Add", config: { by: 2 } },
    { id: "b", type: "Add", restart: "immediate" },
    { id: "sine", type: "SineGenerator" },
    { id: "join", type: "Join" },
    { id: "other", type: "SineGenerator" },
  ],
  connections: [{ from: "count", to: "a" }, { from: "a", to: "join.a" }, { from: "b", to: "join.b" }],
});

Deno.test("formatDiff() says what changes, a line each", () => {
  const after = read({
    pipeline_config: { channel_capacity: 7, stage_timeout_ms: 5 },
    nodes: [
      { id: "a", type: "Add", config: { by: 3 }, on_error: "skip" },
      { id: "b", type: "Add", restart: { strategy: "immediate", max_attempts: 9 } },
      { id: "sine", type: "SineGenerator", config: { frequency: 441 } },
      { id: "join", type: "Join" },
      { id: "other", type: "Counter" },
      { id: "new", type: "Counter" },
    ],
    connections: [{ from: "a", to: "join.a", shed: "drop_oldest" }, { from: "new", to: "a" }],
  });
  assert.deepEqual(formatDiff(diffPipelines(before, after)), [
    "~ pipeline_config: channel_capacity 100 → 7",
    "~ pipeline_config: stage_timeout_ms 30000 → 5",
    "- count: Counter",
    "+ new: Counter",
    '~ a: config.by 2 → 3, on_error "propagate" → "skip" (made anew)',
    "~ b: restart.max_attempts 3 → 9",
    "~ sine: config.frequency 440 → 441",
    '~ other: type "SineGenerator" → "Counter" (made anew)',
    "- count → a",
    "- b → join.b",
    "+ new → a",
    '~ a → join.a: shed "block" → "drop_oldest"',
  ]);
});

Deno.test("diffPipelines() finds nothing between a pipeline and itself, in any order, and as it is written", () => {
  const shuffled: PipelineConfig = {
    ...before,
    stages: before.stages.toReversed(),
    connections: before.connections.toReversed(),
  };
  assert.equal(diffPipelines(before, shuffled).isEmpty, true);
  assert.equal(diffPipelines(before, read(writePipeline(before))).isEmpty, true);
  assert.deepEqual(read(JSON.parse(JSON.stringify(writePipeline(before)))), before);
});

Deno.test("writePipeline() is the opposite of readPipeline(), whatever ids look like", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "a.a", "a.b", "b", "a.a.b", "x y"), { minLength: 2 });
  fc.assert(fc.property(names, fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.boolean())), (ids, edges) => {
    const taken = new Set<string>();
    const connections = edges.flatMap(([from, to, second]) => {
      const [source, target] = [ids[from % ids.length]!, ids[to % ids.length]!];
      const key = `${source} ${target} ${second}`;
      if (from % ids.length >= to % ids.length || taken.has(key)) return [];
      taken.add(key);
      // With a name of its own, an input may look like another stage.
      if (second && (ids as readonly string[]).includes(`${target}.b`)) return [];
      return [{ from: source, to: second ? `${target}.b` : target }];
    });
    const config = read({ nodes: ids.map((id) => ({ id, type: "Join" })), connections });
    assert.deepEqual(read(writePipeline(config)), config);
  }));
});
