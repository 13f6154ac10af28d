// Goal: the plugin for Kafka reads and sends where it was granted, in a process, as nodes of a graph and as stages of a
// pipeline; nothing reaches another topic, and a replay asks no broker. Method: a broker in this process, on a free port.
import assert from "node:assert/strict";
import { channel, createEnvironment, Graph, type Node, node, openBroker, openQueue, pluginNode } from "tinman";
import type { EmbeddedBroker, QueueClient } from "tinman/broker";
import {
  type Grants,
  openPlugins,
  parseManifest,
  type PluginWorld,
  prepareModules,
  readPackage,
} from "../../src/plugin/mod.ts";
import { temporaryFolder, tinman } from "../cli/processes.ts";
import { rootPath } from "../source_files.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);

Deno.test("kafka: a graph reads a topic and sends to another, keys and all, once for a group", async () => {
  await using here = await openTopics(["in", "out"]);
  const records = Array.from({ length: 3000 }, (_, i) => ({ value: encode(`{"id":${i % 7},"n":${i}}`) }));
  await here.queue.produceBatch("in", records);
  const [values, more] = [channel<unknown>("values"), channel<unknown>("more")];
  const grants = { "broker:consume": { allow: [here.at("in")] }, "broker:produce": { allow: [here.at("*")] } };
  const graph = (): Node[] => [
    kafka("source", { out: { values }, config: { from: here.at("in"), group: "g", untilEnd: true } }),
    kafka("sink", { in: { values }, config: { to: here.at("out"), key: "id" } }),
  ];
  await run(graph(), grants);
  const sent = await here.read("out");
  assert.equal(sent.length, 3000);
  assert.deepEqual(sent.map(({ value }) => decode(value)).sort(), records.map(({ value }) => decode(value)).sort());
  assert.ok(sent.every(({ key, value }) => JSON.parse(decode(value)!).id === Number(decode(key))));
  await here.queue.produce("in", { value: encode("3000") });
  await run(graph(), grants);
  assert.equal((await here.read("out")).length, 3001);

  // Whole records, as they are.
  const whole = { key: encode("k"), value: Uint8Array.of(255), headers: [{ name: "h", value: encode("x") }] };
  await here.queue.produceBatch("whole", [{ ...whole, timestampMs: 77 }, { key: encode("k"), value: null }]);
  const config = { records: true, format: "bytes" };
  await run([
    kafka("source", { out: { values: more }, config: { ...config, from: here.at("whole"), untilEnd: true } }),
    kafka("sink", { in: { values: more }, config: { ...config, to: here.at("copy") } }),
  ], { ...grants, "broker:consume": { allow: [here.at("whole")] } });
  const [first, second] = await here.read("copy");
  assert.deepEqual({ ...first, offset: 0 }, { ...whole, timestampMs: 77, offset: 0 });
  assert.deepEqual([decode(second!.key), second!.value], ["k", null]);
});

Deno.test("kafka: what is not granted is refused before anything starts, and names the fix", async () => {
  await using here = await openTopics(["in", "other"]);
  const values = channel<unknown>("values");
  const source = kafka("source", { out: { values }, config: { from: here.at("other"), untilEnd: true } });
  const sink = kafka("sink", { in: { values }, config: { to: here.at("other") } });
  for (const allow of [[here.at("in")], ["kafka://127.0.0.1:1/other"], ["memory://x/other"]]) {
    await assert.rejects(run([source, drain(values)], { "broker:consume": { allow } }), {
      code: "DENIED",
      hint: `tinman plugin grant tinman.kafka broker:consume=${here.at("other")}`,
    });
  }
  // To read is not to send.
  const grants = { "broker:consume": { allow: [here.at("other")] } };
  await assert.rejects(run([give(values, [1]), sink], grants), { code: "DENIED", message: /broker:produce/ });
  assert.equal((await here.read("other")).length, 0);
});

Deno.test("kafka: a plugin that was granted one topic gets no other, whatever it tries", async () => {
  await using here = await openTopics(["mine", "secret"]);
  await here.queue.produce("secret", { value: encode("1") });
  const values = channel<unknown>("values");
  const { port } = new URL(here.broker.url);
  const tries = [
    `consume("${here.at("secret")}")`,
    `consume("${here.at("mine")}/../secret")`,
    `consume("${here.at("*")}")`,
    `consume("kafka://127.0.0.1:${port},127.0.0.1:${port}/mine")`,
    `consume("kafka://127.0.0.1/mine")`,
    `consume("memory://mine/mine")`,
    `produce("${here.at("mine")}")`,
    `produce("${here.at("secret")}")`,
    `link("kafka://127.0.0.1:${port}")`,
    `consume({ toString: () => "${here.at("mine")}" })`,
    `consume("${here.at("mine")}", { from: 3 })`,
  ];
  const code = `import { definePlugin } from "tinman/plugin";
    export default definePlugin({ nodes: { main: async ({ consume, produce, link, out: { values } }) => {
      for (const attempt of [${tries.map((each) => `() => ${each}`)}]) {
        try { await attempt(); await values.publish("let in"); } catch (error) { await values.publish(error.code ?? error.name); }
      }
      ${tries[0]!.replace("consume", "await consume")};
    } } });`;
  const got: unknown[] = [];
  const see = node({ in: { values } }, { values: (value) => void got.push(value) });
  const strange = pluginNode("org.example.strange", "main", { out: { values } });
  const running = run([strange, see], { "broker:consume": { allow: [here.at("mine")] } }, { code });
  await assert.rejects(running, {
    code: "DENIED",
    message: `Cannot consume ${here.at("secret")}: plugin ` +
      "org.example.strange is not granted that",
  });
  assert.deepEqual(got.slice(0, 9), ["DENIED", "CONFIG", "CONFIG", "CONFIG", ...Array(4).fill("DENIED"), "CONFIG"]);
  assert.ok(got.length === 11 && !got.includes("let in"), JSON.stringify(got));
});

Deno.test("kafka: a source that waits ends when the run is stopped, and so does one whose broker does not answer", async () => {
  await using here = await openTopics(["in"]);
  await here.queue.produce("in", { value: encode("1") });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const nobody = `kafka://127.0.0.1:${(silent.addr as Deno.NetAddr).port}/in`;
  for (const from of [here.at("in"), nobody]) {
    const values = channel<unknown>("values");
    const stop = new AbortController();
    const see = node({ in: { values } }, { values: () => stop.abort() });
    const accepted = from === nobody ? silent.accept() : undefined;
    void accepted?.then(() => stop.abort());
    const source = kafka("source", { out: { values }, config: { from } });
    await run([source, see], { "broker:consume": { allow: [from] } }, { signal: stop.signal });
    (await accepted)?.close();
  }
});

Deno.test("kafka: a record that cannot be read ends the run, or is passed over", async () => {
  await using here = await openTopics(["in"]);
  await here.queue.produceBatch("in", ["1", "{", "", "3"].map((text) => ({ value: encode(text) })));
  const grants = { "broker:consume": { allow: [here.at("*")] } };
  const read = async (config: object) => {
    const values = channel<unknown>("values");
    const got: unknown[] = [];
    const see = node({ in: { values } }, { values: (value) => void got.push(value) });
    const from = here.at("in");
    await run([kafka("source", { out: { values }, config: { from, untilEnd: true, ...config } }), see], grants);
    return got;
  };
  await assert.rejects(read({}), { code: "PLUGIN", message: /at offset 1 of partition 0: it is no json/ });
  assert.deepEqual(await read({ skipBad: true }), [1, 3]);
  assert.deepEqual(await read({ format: "text" }), ["1", "{", "", "3"]);
  await assert.rejects(read({ from: here.at("no") }), { message: /Cannot read topic no: it is not there/ });
});

Deno.test("kafka: a sink says what the broker refuses, though no message comes any more", async () => {
  await using here = await openTopics(["out"]);
  const values = channel<unknown>("values");
  const waits = node({ out: { values } }, async ({ values, signal }) => {
    await values.publish("x".repeat(2 ** 21));
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  const sink = kafka("sink", { in: { values }, config: { to: here.at("out"), format: "text" } });
  const running = run([waits, sink], { "broker:produce": { allow: [here.at("out")] } });
  await assert.rejects(running, { code: "PLUGIN", message: /MESSAGE_TOO_LARGE/ });
});

Deno.test("kafka: a pipeline from topic to topic is recorded and replays as it was, without the broker", async () => {
  const here = await openTopics(["in", "out"]);
  await here.queue.produceBatch("in", Array.from({ length: 40 }, (_, i) => ({ value: encode(`{"left":${i}}`) })));
  using folder = temporaryFolder();
  const path = (name: string) => `${folder.path}/${name}`;
  Deno.writeTextFileSync(
    path("p.json"),
    JSON.stringify({
      nodes: [
        { id: "in", type: "tinman.kafka/source", config: { from: here.at("in"), untilEnd: true } },
        { id: "loud", type: "Gain", config: { gain: 10 } },
        { id: "out", type: "tinman.kafka/sink", config: { to: here.at("out") } },
      ],
      connections: [{ from: "in", to: "loud" }, { from: "loud", to: "out" }],
    }),
  );
  const command = async (line: string, code = 0) => {
    const ended = await tinman(line.split(" "), { cwd: folder.path });
    assert.equal(ended.code, code, `${line}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  for (let i = 0; i < 2; i++) {
    const denied = await command("run p.json --duration 10s", 4);
    await command(/fix: tinman (plugin grant tinman\.kafka broker:\w+=.*)/.exec(denied.stderr)![1]!);
  }
  await command("run p.json --record --duration 20s");
  const sent = (await here.read("out")).map(({ value }) => JSON.parse(decode(value)!).left);
  assert.deepEqual(sent, Array.from({ length: 40 }, (_, i) => 10 * i));
  const replay = async () =>
    assert.match((await command("replay latest p.json --verify")).stdout, /^loud +40 +40 +same$/m);
  await replay();
  assert.equal((await here.read("out")).length, 40);
  assert.match((await command("plugin audit")).stdout, /broker:produce kafka:\S+\/out: in force in/);
  await here[Symbol.asyncDispose]();
  await replay();
});

interface Topics extends AsyncDisposable {
  readonly broker: EmbeddedBroker;
  readonly queue: QueueClient;
  /** The address of a topic. */
  at(topic: string): string;
  /** All that is in a topic. */
  read(topic: string): ReturnType<QueueClient["fetch"]>;
}

async function openTopics(topics: readonly string[]): Promise<Topics> {
  const broker = await openBroker({ port: 0 });
  const queue = await openQueue(broker.url);
  for (const topic of topics) await queue.createTopic(topic);
  return {
    broker,
    queue,
    at: (topic) => `kafka://127.0.0.1:${new URL(broker.url).port}/${topic}`,
    read: (topic) => queue.fetch(topic, { maxRecords: 10_000, waitMs: 0 }),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await broker.stop();
    },
  };
}

function kafka(name: string, ports: Parameters<typeof pluginNode>[2]): Node {
  return pluginNode("tinman.kafka", name, ports);
}

interface RunMore {
  readonly signal?: AbortSignal;
  /** A plugin with a node `main` and an output `values`, in place of the one for Kafka. */
  readonly code?: string;
}

async function run(nodes: readonly Node[], grants: Grants, { signal, code }: RunMore = {}): Promise<void> {
  const env = createEnvironment();
  const pkg = readPackage(env.files, `${rootPath}plugins/kafka`);
  const strange = JSON.stringify({
    ...{ id: "org.example.strange", version: "1.0.0", api: "1" },
    provides: { nodes: [{ name: "main", out: { values: "" } }] },
    capabilities: [{ name: "broker:consume", why: "to read" }],
  });
  const plugins = openPlugins({
    ...env.services!.pluginWorld as PluginWorld,
    clock: env.clock,
    load: () =>
      code === undefined
        ? { manifest: pkg.manifest, modules: prepareModules(pkg) }
        : { manifest: parseManifest(strange, { path: "plugin.jsonc" }), modules: [{ name: "mod.ts", code }] },
    grantsOf: () => grants,
    paths: { cwd: rootPath, realPath: (path) => env.files.realPath(path) },
  });
  await Graph.of(nodes).run({ ...env, services: { plugins }, say: () => {} }, signal === undefined ? {} : { signal });
}

function give(values: ReturnType<typeof channel<unknown>>, all: readonly unknown[]): Node {
  return node({ out: { values }, name: "give" }, async ({ values }) => {
    for (const value of all) await values.publish(value);
  });
}

function drain(values: ReturnType<typeof channel<unknown>>): Node {
  return node({ in: { values }, name: "drain" }, { values: () => {} });
}
