import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { add, counter, join } from "./_fixture_test.ts";
import { readPipeline } from "./config.ts";
import { topologicalOrder } from "./connections.ts";
import { StageRegistry } from "./registry.ts";

const registry = new StageRegistry([counter, add, join]);
const read = (config: unknown) => readPipeline(config, { registry });

/** All that is wrong with a configuration. */
function problems(config: unknown): string[] {
  try {
    read(config);
    return [];
  } catch (error) {
    assert.ok(isTinmanError(error, "CONFIG"), String(error));
    return error.message.replace("Cannot use the pipeline: ", "").split("; ");
  }
}

const good = {
  nodes: [{ id: "count", type: "Counter" }, { id: "one", type: "Add" }],
  connections: [{ from: "count", to: "one" }],
};

Deno.test("readPipeline() fills in the defaults", () => {
  const { settings, stages, connections } = read(good);
  assert.deepEqual(settings, { channel_capacity: 100, priority: "normal", stage_timeout_ms: 30_000 });
  assert.deepEqual(connections, [{ from: "count", to: "one", input: "in" }]);
  const { id, config, on_error, restart, timeout_ms } = stages[1]!;
  assert.deepEqual({ id, config, on_error, restart, timeout_ms }, {
    id: "one",
    config: { by: 1 },
    on_error: "propagate",
    restart: { strategy: "never" },
    timeout_ms: 30_000,
  });
});

Deno.test("readPipeline() takes JSON with comments, and says where it cannot be read", () => {
  const text = `// a pipeline\n${JSON.stringify(good)}`;
  assert.equal(readPipeline(text, { registry }).stages.length, 2);
  assert.throws(() => readPipeline("{\n  nodes: []}", { registry, path: "p.json" }), /Cannot read p\.json:2:3/);
});

Deno.test("readPipeline() says all that is wrong at once, each with its place and what would be right", () => {
  assert.deepEqual(
    problems({
      pipeline_confg: {},
      pipeline_config: { channel_capacity: 0, priority: "urgent", trigger_every_ms: -1 },
      nodes: [
        { id: "a", type: "Countr" },
        { type: "Add", config: { by: 1000, bye: 1 } },
        { id: "a", type: "Add", on_error: "ignore", restart: { strategy: "exponential", base_ms: -1, bas: 1 } },
        { id: "trigger" },
      ],
      connections: [{ from: "a" }, { from: "b", to: "a" }, { to: "a.x", from: "a" }, 7],
    }),
    [
      'pipeline_confg: did you mean "pipeline_config"?',
      "pipeline_config.trigger_every_ms: expected milliseconds from 0 up, found -1",
      "pipeline_config.trigger_every_ms: expected more than 0",
      "pipeline_config.channel_capacity: expected a whole number from 1 to 16777216, found 0",
      'pipeline_config.priority: expected critical, high, normal, low, found "urgent"',
      'nodes[0].type: unknown node type "Countr"',
      'did you mean "Counter"?',
      "nodes[1].id: it is missing",
      'nodes[1].config.bye: did you mean "by"?',
      "nodes[1].config.by: expected a number from -100 to 100, found 1000",
      'nodes[2].id: "a" is the name of nodes[0].id already',
      "nodes[2].restart.bas: there is no such key",
      "there are strategy, base_ms, max_ms, max_attempts, jitter, reset_ms",
      "nodes[2].restart.base_ms: expected a number from 0 to 3600000, found -1",
      'nodes[2].on_error: expected propagate, skip, default, found "ignore"',
      'nodes[3].id: the name "trigger" is one that tinman uses itself',
      "nodes[3].type: it is missing",
      "connections[0].to: it is missing",
      'connections[1].from: there is no node "b"',
      'did you mean "a"?',
      'connections[2].to: "a" has no input "x"',
      "there are in",
      "connections[3]: expected an object, found 7",
      "connections[3].from: it is missing",
      "connections[3].to: it is missing",
    ].filter((each) => each !== ""),
  );
});

Deno.test("readPipeline() has no longest wait that is shorter than the first", () => {
  const restart = (values: object) => ({ id: "a", type: "Add", restart: { strategy: "exponential", ...values } });
  assert.deepEqual(problems({ nodes: [restart({ base_ms: 100, max_ms: 3 })] }), [
    "nodes[0].restart.max_ms: expected at least base_ms, which is 100, found 3",
  ]);
  const { stages: [stage] } = read({ nodes: [restart({ base_ms: 60_000 })] });
  assert.equal((stage!.restart as { max_ms: number }).max_ms, 60_000);
});

Deno.test("readPipeline() refuses circles, connections to sources and from nothing, and connections that are there twice", () => {
  const nodes = ["a", "b", "c"].map((id) => ({ id, type: "Add" }));
  const link = (from: string, to: string) => ({ from, to });
  assert.deepEqual(problems({ nodes, connections: [link("a", "b"), link("b", "c"), link("c", "a")] }), [
    "connections: a → b → c → a is a circle, and frames would never come out of it",
  ]);
  assert.deepEqual(problems({ nodes, connections: [link("a", "a")] }), [
    "connections: a → a is a circle, and frames would never come out of it",
  ]);
  assert.deepEqual(problems({ nodes, connections: [link("a", "b"), link("a", "b.in")] }), [
    "connections[1]: it is the same as connections[0]",
  ]);
  assert.deepEqual(problems({ ...good, connections: [link("one", "count")] }), [
    'connections[0].to: Counter "count" is a source and has no input',
  ]);
});

Deno.test("readPipeline() refuses a pipeline without nodes, and what is no object at all", () => {
  assert.deepEqual(problems({}), ["nodes: it is missing", "nodes: it is missing"].slice(0, 1));
  assert.deepEqual(problems({ nodes: [] }), ["nodes: it is empty", "a pipeline has at least one node"]);
  assert.match(problems([])[0]!, /^the whole: expected an object, found a list/);
});

Deno.test("readPipeline() refuses a circuit breaker where the first error ends the pipeline", () => {
  const node = { id: "a", type: "Counter", restart: "circuit_breaker" };
  assert.equal(read({ nodes: [node] }).stages[0]!.on_error, "skip");
  assert.match(problems({ nodes: [{ ...node, on_error: "propagate" }] })[0]!, /a circuit breaker never opens/);
});

Deno.test("topologicalOrder() puts every stage behind all that feed it, for any graph without circles", () => {
  const edges = fc.array(fc.tuple(fc.nat(19), fc.nat(19)).filter(([a, b]) => a < b), { maxLength: 60 });
  fc.assert(fc.property(edges, fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 }), (edges, names) => {
    const nodes = [...names.keys()].map((i) => ({ id: `n${i}`, type: "Add" }));
    const unique = new Map(edges.map(([a, b]) => [`${a} ${b}`, { from: `n${names[a]}`, to: `n${names[b]}` }]));
    const { stages, connections } = read({ nodes, connections: [...unique.values()] });
    const order = topologicalOrder(stages, connections);
    assert.equal(new Set(order).size, 20);
    for (const { from, to } of connections) assert.ok(order.indexOf(from) < order.indexOf(to));
  }));
});

Deno.test("readPipeline() never throws anything but CONFIG, whatever it is given", () => {
  const part = fc.constantFrom(
    "nodes",
    "connections",
    "pipeline_config",
    "id",
    "type",
    "from",
    "to",
    "restart",
    "config",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, 0, -1, 1.5, NaN, "", "a", "Add", "Counter", "exponential"),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(part, tie("tree"), { maxKeys: 5 }),
    ),
  }));
  fc.assert(fc.property(tree, (config) => void problems(config)));
});

Deno.test("readPipeline() checks ten thousand stages in a chain in no time", () => {
  const nodes = Array.from({ length: 10_000 }, (_, i) => ({ id: `n${i}`, type: "Add" }));
  const connections = nodes.slice(1).map(({ id }, i) => ({ from: `n${i}`, to: id })).reverse();
  const config = read({ nodes, connections });
  assert.equal(topologicalOrder(config.stages, config.connections).at(-1), "n9999");
});
