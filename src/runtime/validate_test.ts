// Of the original: runtime_test TestValidateNodes (all), launcher_test/run_test TestRun.test_validation_error_propagates.
// Its messages about type hints and Annotated have no counterpart: channels are values, so the compiler finds these.
import assert from "node:assert/strict";
import { allChannels, type Channel, channel } from "../channel/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { logs } from "./logs.ts";
import { type Node, node } from "./node.ts";
import { runGraph } from "./run.ts";
import { describeChannels, validate } from "./validate.ts";

const raw = channel<number>("raw");
const idle = async () => {};

function producer(name: string, out: Channel<number> = raw): Node {
  return node({ out: { out }, name }, idle);
}

function reader(name: string, input: Channel<number> = raw): Node {
  return node({ in: { input }, name }, idle);
}

function step(from: Channel<number>, to: Channel<number>): Node {
  return node({ in: { from }, out: { to }, name: `${from.name} to ${to.name}` }, idle);
}

function refuses(nodes: readonly unknown[], message: RegExp, hint: RegExp): void {
  assert.throws(
    () => validate(nodes as Node[]),
    (error) => {
      assert.ok(isTinmanError(error, "GRAPH"), String(error));
      assert.match(error.message, message);
      assert.match(error.hint!, hint);
      return true;
    },
  );
}

function codec(id: string, version = 1): Codec<number> {
  return { id, version, encode: () => new Uint8Array(), decode: () => 0 };
}

Deno.test("validate() takes a producer with a reader, with many, and with none", () => {
  validate([producer("p"), reader("r")]);
  validate([reader("early"), producer("p"), reader("late")]);
  validate([producer("p")]);
});

Deno.test("validate() refuses two producers of one channel and names both", () => {
  refuses(
    [producer("first"), producer("second")],
    /^Channel "raw" is produced by multiple nodes: "first" and "second"$/,
    /channel of its own/,
  );
});

Deno.test("validate() refuses an input without producer and says what was meant", () => {
  refuses([reader("r")], /^Input channel "raw" of node "r" has no producer node$/, /replay it from a recording/);
  refuses([producer("p"), reader("r", channel<number>("rwa"))], /"rwa" of node "r"/, /^did you mean "raw"\?$/);
});

Deno.test("validate() takes an input without producer that is provided", () => {
  validate([reader("r")], { provided: ["raw"] });
});

Deno.test("validate() refuses a capacity that is not a whole number from 1 to 2^24, of an input or an output", () => {
  for (const capacity of [0, -1, 1.5, 2 ** 25]) {
    const message = new RegExp(`^Cannot use capacity ${capacity} for channel "raw"`);
    refuses([producer("p"), reader("r", raw.with({ capacity }))], message, /small whole number/);
    refuses([producer("p", channel<number>("raw", { capacity }))], message, /small whole number/);
  }
});

Deno.test("validate() refuses codecs that disagree, by name or by version", () => {
  const text = channel<number>("raw", { codec: codec("text") });
  refuses(
    [producer("p", text), reader("r", channel<number>("raw", { codec: codec("json") }))],
    /^Channel "raw" is written as text by node "p" and read as json by node "r"$/,
    /declare the channel once/,
  );
  refuses(
    [producer("p", text), reader("r", channel<number>("raw", { codec: codec("text", 2) }))],
    /written as text by node "p" and read as text version 2 by node "r"$/,
    /declare the channel once/,
  );
  const list = (of: string) => channel<number>("raw", { codec: { ...codec("list"), params: { of } } });
  refuses(
    [producer("p", list("text")), reader("r", list("int"))],
    /written as list by node "p" and read as list with other parameters by node "r"$/,
    /declare the channel once/,
  );
  validate([producer("p", list("text")), reader("r", list("text"))]);
  validate([producer("p", text), reader("same", text), reader("says nothing")]);
});

Deno.test("validate() refuses a cycle and names its path along the stream", () => {
  const [a, b, c] = [channel<number>("a"), channel<number>("b"), channel<number>("c")];
  refuses(
    [producer("p"), step(a, b), step(b, c), step(c, a)],
    /^The graph has a cycle: (a to b → b to c → c to a → a to b|b to c → c to a → a to b → b to c|c to a → a to b → b to c → c to a)$/,
    /feedback: true/,
  );
  refuses([step(a, a)], /^The graph has a cycle: a to a → a to a$/, /feedback: true/);
});

Deno.test("validate() takes a cycle that is declared, and a diamond, which is none", () => {
  const [a, b, c] = [channel<number>("a"), channel<number>("b"), channel<number>("c")];
  validate([step(a, b), step(b, c), step(c.with({ feedback: true }), a)]);
  validate([producer("p"), step(raw, a), step(raw, b), node({ in: { a, b } }, idle)]);
});

Deno.test("validate() refuses a channel with a name that recordings keep for themselves", () => {
  const events = channel<number>("~events");
  assert.throws(
    () => validate([node({ name: "a", out: { events } }, async () => {})]),
    (error) => isTinmanError(error, "GRAPH") && /cannot publish to "~events": the name is reserved/.test(error.message),
  );
});

Deno.test("validate() asks no producer for a node that reads all channels", () => {
  validate([node({ in: { all: allChannels } }, idle)]);
});

Deno.test("validate() lets everybody read the logs and nobody write them", () => {
  validate([node({ in: { logs } }, idle)]);
  refuses([node({ out: { logs }, name: "w" }, idle)], /^Node "w" cannot publish to "logs"/, /log\.info/);
  refuses([node({ out: { allChannels }, name: "w" }, idle)], /^Node "w" cannot publish to "\*"/, /one by one/);
});

Deno.test("validate() refuses what is not a node, and no nodes at all", () => {
  refuses([], /^Cannot run a graph without nodes$/, /at least one/);
  refuses(
    [async function sensor() {}],
    /^Cannot run a graph with function sensor in it: not a node$/,
    /wrap it: node\(/,
  );
  refuses([() => {}], /with function without a name in it/, /wrap it/);
  refuses([producer("p"), {}], /with an object in it/, /wrap it/);
  refuses([null], /with null in it/, /wrap it/);
});

Deno.test("runGraph() starts nothing when the graph is refused", async () => {
  let started = false;
  const eager = node({ in: { raw } }, () => {
    started = true;
    return Promise.resolve();
  });
  const env = createTestEnvironment();
  await assert.rejects(
    runGraph([eager], env, { record: "runs" }),
    (error) => isTinmanError(error, "GRAPH"),
  );
  assert.deepEqual([started, env.files.list("runs")], [false, []]);
});

Deno.test("describeChannels() names producer, readers and codec of each channel", () => {
  const text = channel<number>("raw", { codec: codec("text") });
  const other = channel<number>("other");
  assert.deepEqual(describeChannels([reader("r", text), producer("p", text), reader("s", text), reader("o", other)]), [
    { name: "raw", producer: "p", readers: ["r", "s"], codec: "text" },
    { name: "other", producer: undefined, readers: ["o"], codec: undefined },
  ]);
});
