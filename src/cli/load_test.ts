import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { createEventPipeline } from "../reactive/mod.ts";
import { Graph, node } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { loadGraph } from "./load.ts";
import { createMemoryIo } from "./memory_io.ts";

const numbers = channel<number>("numbers");
const source = node({ name: "source", out: { numbers } }, async () => {});
const sink = node({ name: "sink", in: { numbers } }, async () => {});

/** The names of the nodes that `specs` give, where /p/nodes.ts exports `exported`. */
async function load(exported: Record<string, unknown> | Error, ...specs: string[]): Promise<string[]> {
  return (await loadWhole(exported, ...specs)).nodes.map(({ name }) => name);
}

function loadWhole(exported: Record<string, unknown> | Error, ...specs: string[]): Promise<Graph> {
  const files = createMemoryFiles();
  for (const name of ["nodes.ts", "other.ts"]) files.replace(`/p/${name}`, new Uint8Array(0));
  const loadModule = (path: string) =>
    exported instanceof Error
      ? Promise.reject(exported)
      : Promise.resolve(path === "/p/other.ts" ? { extra: node({ name: "extra" }, async () => {}) } : exported);
  const io = createMemoryIo({ environment: createTestEnvironment({ files }), load: loadModule });
  return loadGraph(specs, { io, path: (path) => path.startsWith("/") ? path : `/p/${path}` });
}

Deno.test("loadGraph() takes one export by name", async () => {
  assert.deepEqual(await load({ source, sink }, "nodes.ts:source"), ["source"]);
});

Deno.test("loadGraph() takes several exports with commas, in this order", async () => {
  assert.deepEqual(await load({ source, sink }, "nodes.ts:sink,source"), ["sink", "source"]);
});

Deno.test("loadGraph() takes several files", async () => {
  assert.deepEqual(await load({ source, sink }, "nodes.ts:source", "other.ts"), ["source", "extra"]);
});

Deno.test("loadGraph() takes lists, also nested, and Graphs", async () => {
  assert.deepEqual(await load({ all: [source, [sink]] }, "nodes.ts:all"), ["source", "sink"]);
  assert.deepEqual(await load({ graph: Graph.of(source, sink) }, "nodes.ts"), ["source", "sink"]);
});

Deno.test("loadGraph() without a name takes the default export, or every node, list and Graph once", async () => {
  assert.deepEqual(await load({ default: [sink], source, sink }, "nodes.ts"), ["sink"]);
  assert.deepEqual(await load({ source, sink, all: [source, sink], helper: () => 1, text: "x" }, "nodes.ts"), [
    "source",
    "sink",
  ]);
});

Deno.test("loadGraph() keeps what a Graph says about how it is run", async () => {
  const graph = Graph.of(source, sink).withStats();
  assert.equal(await loadWhole({ graph, source, sink }, "nodes.ts"), graph);
  assert.equal(await loadWhole({ default: graph }, "nodes.ts"), graph);
});

Deno.test("loadGraph() calls a factory without parameters, sync or async, with optional ones too", async () => {
  assert.deepEqual(await load({ make: () => source }, "nodes.ts:make"), ["source"]);
  assert.deepEqual(await load({ make: () => Promise.resolve([source, sink]) }, "nodes.ts"), ["source", "sink"]);
  assert.deepEqual(await load({ default: (one = source) => [one] }, "nodes.ts"), ["source"]);
  assert.deepEqual(await load({ default: Promise.resolve(source) }, "nodes.ts"), ["source"]);
});

Deno.test("loadGraph() does not guess among several factories", async () => {
  const exported = { a: () => source, b: () => sink };
  await assert.rejects(load(exported, "nodes.ts"), { code: "MODULE", hint: /nodes\.ts:a/ });
});

Deno.test("loadGraph() says that a function with parameters is not a node", async () => {
  const exported = { step: (_: number) => source };
  await assert.rejects(load(exported, "nodes.ts:step"), {
    code: "MODULE",
    message: /it is a function with 1 parameter, not a node/,
    hint: /wrap it: node\(/,
  });
});

Deno.test("loadGraph() names the file that was meant when there is none of this name", async () => {
  await assert.rejects(load({ source }, "node.ts"), { code: "NOT_FOUND", hint: /did you mean "nodes\.ts"\?/ });
  await assert.rejects(load({ source }, "node.ts:source"), { code: "NOT_FOUND", hint: /nodes\.ts/ });
});

Deno.test("loadGraph() says what a module exports when the export is not there", async () => {
  await assert.rejects(load({ source, sink, limit: 3 }, "nodes.ts:sourec"), {
    code: "NOT_FOUND",
    message: /it exports source \(a node\), sink \(a node\), limit \(a number\)/,
    hint: /did you mean "source"\?/,
  });
});

Deno.test("loadGraph() refuses what is no node: an empty list, a text, a list with something else in it", async () => {
  for (const value of [[], "text", 3, null, {}, [source, "text"], () => [], () => undefined]) {
    await assert.rejects(load({ value }, "nodes.ts:value"), { code: "MODULE" });
  }
  await assert.rejects(load({}, "nodes.ts"), { code: "MODULE", message: /it exports nothing/ });
});

Deno.test("loadGraph() keeps the cause when a module or a factory fails", async () => {
  const cause = new Error("no such port");
  await assert.rejects(load(cause, "nodes.ts"), { code: "MODULE", cause });
  const make = () => {
    throw cause;
  };
  await assert.rejects(load({ make }, "nodes.ts"), { code: "MODULE", cause, message: /the function failed/ });
});

Deno.test("loadGraph() names a file when it is given a folder", async () => {
  await assert.rejects(load({ source }, "/p"), { code: "MODULE", message: /it is a folder/, hint: /nodes\.ts/ });
});

Deno.test("loadGraph() takes a pipeline of events as a node of the name of its file or its export", async () => {
  const pipeline = createEventPipeline([]);
  assert.deepEqual(await load({ default: pipeline }, "nodes.ts"), ["nodes"]);
  assert.deepEqual(await load({ first: pipeline, source, sink }, "nodes.ts"), ["first", "source", "sink"]);
  assert.deepEqual(await load({ default: () => Promise.resolve(pipeline) }, "nodes.ts"), ["nodes"]);
});

Deno.test("loadGraph() tells whoever exports processors how to make a pipeline of them", async () => {
  const processors = [{ name: "greeter", handlers: [] }];
  await assert.rejects(load({ default: processors }, "nodes.ts"), { hint: /createEventPipeline/ });
});
