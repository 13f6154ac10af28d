// Of the original: graph transforms `with_recording`, `with_playback`, `with_stats`, `with_log_capture` (HEAD);
// launcher_test TestConvenienceFunctions.test_no_playback_needed_returns_graph, test_playback_from_recorded.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { Graph } from "./graph.ts";
import { node } from "./node.ts";

const numbers = channel<number>("numbers");

function source(count = 3) {
  return node({ out: { numbers } }, async function source({ numbers }) {
    for (let i = 0; i < count; i++) await numbers.publish(i);
  });
}

function sink(into: number[]) {
  return node({ in: { numbers } }, async function sink({ numbers }) {
    for await (const n of numbers) into.push(n);
  });
}

Deno.test("Graph.of() takes nodes, lists and graphs, and names every node", () => {
  const [a, b] = [node({ name: "a" }, async () => {}), node({ name: "b" }, async () => {})];
  const graph = Graph.of(a, [b, Graph.of(a)], [Graph.of([a, b])]);
  assert.deepEqual(graph.nodes.map(({ name }) => name), ["a_1", "b_1", "a_2", "a_3", "b_2"]);
  assert.equal(Graph.of(graph), graph);
});

Deno.test("Graph.run() runs its nodes", async () => {
  const env = createTestEnvironment();
  const got: number[] = [];
  const report = await env.drive(Graph.of(source(), sink(got)).run(env));
  assert.deepEqual([got, report.stopped, report.recording], [[0, 1, 2], "ended", undefined]);
});

Deno.test("Graph never changes: each with…() gives a new one", async () => {
  const env = createTestEnvironment();
  const graph = Graph.of(source());
  const recorded = graph.withRecording("runs");
  assert.notEqual(recorded, graph);
  assert.equal((await env.drive(graph.run(env))).recording, undefined);
  assert.ok((await env.drive(recorded.run(env))).recording !== undefined);
  assert.ok((await env.drive(recorded.withStats().withLogs(() => {}).run(env))).recording !== undefined);
});

Deno.test("Graph.run() takes options of its own over those of the graph", async () => {
  const env = createTestEnvironment();
  const graph = Graph.of(source()).withRecording("runs");
  const { recording } = await env.drive(graph.run(env, { record: { folder: "other", name: "x" } }));
  assert.equal(recording, "other/x");
});

Deno.test("Graph.replay() feeds from a recording what the graph does not produce", async () => {
  const env = createTestEnvironment();
  const { recording } = await env.drive(Graph.of(source()).withRecording("runs").run(env));
  const got: number[] = [];
  const report = await env.drive(Graph.of(sink(got)).replay(recording!, env));
  assert.deepEqual([got, report.frames, report.played], [[0, 1, 2], 3, ["numbers"]]);
});

Deno.test("Graph.withReplay() makes run() a replay", async () => {
  const env = createTestEnvironment();
  const { recording } = await env.drive(Graph.of(source()).withRecording("runs").run(env));
  const got: number[] = [];
  const graph = Graph.of(sink(got)).withReplay(recording!, { record: "again" });
  await env.drive(graph.run(env));
  assert.deepEqual(got, [0, 1, 2]);
  const report = await env.drive(graph.run(env, { record: "other" }));
  assert.match(report.recording!, /^other/, "what run() is given counts");
});

Deno.test("Graph.replay() of a graph without missing inputs simply runs it", async () => {
  const env = createTestEnvironment();
  const { recording } = await env.drive(Graph.of(source()).withRecording("runs").run(env));
  const got: number[] = [];
  const report = await env.drive(Graph.of(source(5), sink(got)).replay(recording!, env));
  assert.deepEqual([got, report.frames, report.played], [[0, 1, 2, 3, 4], 0, []]);
});

Deno.test("Graph.validate() says what is wrong before anything runs", () => {
  assert.throws(() => Graph.of(sink([])).validate(), (error) => isTinmanError(error, "GRAPH"));
  Graph.of(sink([])).validate({ provided: ["numbers"] });
});

Deno.test("Graph draws itself", () => {
  const graph = Graph.of(source(), sink([]));
  assert.equal(graph.toText(), "[source] → numbers\nnumbers → [sink]\n");
  assert.match(graph.toDot(), /^digraph/);
  assert.match(graph.toMermaid(), /^flowchart/);
  assert.equal(JSON.parse(JSON.stringify(graph)).nodes.length, 2);
});
