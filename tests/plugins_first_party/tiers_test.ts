// Goal: the plugins that come with tinman work where strangers run: without capabilities in QuickJS, with them in a process
// that may do what its manifest asks for and nothing else. Method: graphs on this machine, with exactly these grants.
import assert from "node:assert/strict";
import { channel, createEnvironment, Graph, type Node, node } from "tinman";
import type { MachineTelemetry } from "../../plugins/host/mod.ts";
import type { Fix } from "../../plugins/nmea/mod.ts";
import {
  chooseTier,
  type Grants,
  openPlugins,
  pluginNode,
  type PluginWorld,
  prepareModules,
  readPackage,
} from "../../src/plugin/mod.ts";
import { serialTransport } from "../../src/platform/mod.ts";
import { rootPath } from "../source_files.ts";
import { openBroker } from "./_mosquitto.ts";
import { freePort } from "./_port.ts";
import { hasProgram, openPtys } from "./_pty.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const isLinux = Deno.build.os === "linux";

Deno.test("nmea runs in QuickJS", async () => {
  const [sentences, fixes] = [channel<Uint8Array>("sentences"), channel<Fix>("fixes")];
  const [collect, got] = sink(fixes);
  const line = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n";
  const nmea = pluginNode("tinman.nmea", "fixes", { in: { sentences }, out: { fixes } });
  await run([source(sentences, [encode(line.slice(0, 20)), encode(line.slice(20))]), nmea, collect], {});
  assert.deepEqual(got.map(({ timeNs, valid }) => [timeNs, valid]), [[764426119000000000n, true]]);
  assert.equal(tierOf("nmea", {}), "quickjs");
});

for (const name of ["csv", "jsonl"]) {
  Deno.test(`${name} writes and reads in a process, and nothing but its file`, async () => {
    await using folder = await temporary();
    const path = `${folder.path}/values`;
    const [values, back] = [channel<unknown>("values"), channel<unknown>("back")];
    const all = [{ a: 1, text: "x" }, { a: 2n ** 60n, text: "=y" }];
    const config = { path, ...name === "csv" && { guard: false } };
    await run([
      source(values, all),
      pluginNode(`tinman.${name}`, "sink", { in: { values }, config }),
    ], { read: { allow: [path] }, write: { allow: [path] } });
    const [collect, got] = sink(back);
    const reader = pluginNode(`tinman.${name}`, "source", { out: { values: back }, config: { path } });
    await run([reader, collect], { read: { allow: [path] } });
    assert.deepEqual(got, all);
    const other = pluginNode(`tinman.${name}`, "sink", { in: { values }, config: { path: `${folder.path}/other` } });
    await assert.rejects(run([source(values, all), other], { read: { allow: [path] } }), { code: "DENIED" });
  });
}

Deno.test("serial reads and writes its port through tinman", { ignore: !isLinux || !hasProgram("socat") }, async () => {
  await using ptys = await openPtys();
  await using device = await serialTransport.open(`serial:${ptys.b}`);
  const [lines, told] = [channel<string>("lines"), channel<string>("told")];
  const config = { port: ptys.a, baud: 4800 };
  const serial = pluginNode("tinman.serial", "lines", {
    in: { send: told.with({ feedback: true }) },
    out: { lines },
    config,
  });
  const talk = node({ in: { lines }, out: { told }, name: "talk" }, async ({ lines, told }) => {
    await told.publish("hello");
    for await (const line of lines) {
      assert.equal(line, "I am here");
      return;
    }
  });
  const answer = (async () => {
    let heard = "";
    for await (const bytes of device.incoming) {
      heard += new TextDecoder().decode(bytes);
      if (heard === "hello\r\n") break;
    }
    await device.send(encode("I am here\n"));
  })();
  await Promise.all([run([serial, talk], { serial: { allow: [ptys.a] } }), answer]);
});

Deno.test("tcp and udp connect to what they are granted, and to nothing else", async () => {
  const address = `127.0.0.1:${freePort()}`;
  using listener = Deno.listen({ hostname: "127.0.0.1", port: Number(address.split(":")[1]) });
  const serve = async () => {
    using conn = await listener.accept();
    await conn.write(encode("welcome"));
  };
  const bytes = channel<Uint8Array>("bytes");
  const [collect, got] = sink(bytes);
  const client = (address: string) =>
    pluginNode("tinman.tcp", "client", { out: { bytes }, config: { address, reconnect: false } });
  await Promise.all([serve(), run([client(address), collect], { net: { allow: [address] } })]);
  assert.deepEqual(got, [encode("welcome")]);
  await assert.rejects(run([client("127.0.0.1:9"), sink(bytes)[0]], { net: { allow: [address] } }), { code: "DENIED" });

  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = `127.0.0.1:${(socket.addr as Deno.NetAddr).port}`;
  const send = pluginNode("tinman.udp", "send", { in: { bytes }, config: { address: to } });
  await run([source(bytes, [encode("datagram")]), send], { net: { allow: [to, "0.0.0.0:0"] } });
  assert.deepEqual((await socket.receive())[0], encode("datagram"));
  socket.close();
});

Deno.test("mqtt publishes from a process", { ignore: !hasProgram("mosquitto") }, async () => {
  await using broker = await openBroker();
  const [messages, back] = [channel<unknown>("messages"), channel<unknown>("back")];
  const common = { broker: broker.address };
  const grants: Grants = { net: { allow: [broker.address] } };
  const retained = { ...common, topic: "state", retain: true };
  await run([
    source(messages, [{ a: 1 }]),
    pluginNode("tinman.mqtt", "publish", { in: { messages }, config: retained }),
  ], grants);
  const stop = new AbortController();
  const collect = node({ in: { back }, name: "collect" }, {
    back: (message) => {
      assert.deepEqual(message, { topic: "state", payload: { a: 1 }, qos: 1, retain: true });
      stop.abort();
    },
  });
  const config = { ...common, topics: ["state"], format: "json" };
  await run(
    [pluginNode("tinman.mqtt", "subscribe", { out: { messages: back }, config }), collect],
    grants,
    stop.signal,
  );
  assert.ok(stop.signal.aborted);
});

Deno.test("host reads in a process what Deno gives there", async () => {
  const counters = channel<MachineTelemetry>("counters");
  const stop = new AbortController();
  const collect = node({ in: { counters }, name: "collect" }, {
    counters: ({ memory, cores }) => {
      assert.ok(memory.total > 0);
      // Not 0: what cannot be read is not there.
      assert.equal(cores, undefined);
      stop.abort();
    },
  });
  const host = pluginNode("tinman.host", "telemetry", { out: { counters }, config: { everyMs: 10 } });
  await run([host, collect], { sys: { allow: ["loadavg", "systemMemoryInfo"] } }, stop.signal);
  assert.ok(stop.signal.aborted);
});

async function run(nodes: readonly Node[], grants: Grants, signal?: AbortSignal): Promise<void> {
  const env = createEnvironment();
  const plugins = openPlugins({
    ...env.services!.pluginWorld as PluginWorld,
    clock: env.clock,
    load: (id) => {
      const pkg = load(id.replace("tinman.", ""));
      return { manifest: pkg.manifest, modules: prepareModules(pkg) };
    },
    grantsOf: () => grants,
    paths: { cwd: rootPath, realPath: (path) => env.files.realPath(path) },
  });
  const options = signal === undefined ? {} : { signal };
  await Graph.of(nodes).run({ ...env, services: { plugins }, say: () => {} }, options);
}

function load(name: string) {
  return readPackage(createEnvironment().files, `${rootPath}plugins/${name}`);
}

function tierOf(name: string, grants: Parameters<typeof chooseTier>[1]) {
  return chooseTier(load(name).manifest, grants);
}

function source<T>(out: ReturnType<typeof channel<T>>, values: readonly T[]): Node {
  return node({ out: { out }, name: "source" }, async ({ out }) => {
    for (const value of values) await out.publish(value as never);
  });
}

function sink<T>(input: ReturnType<typeof channel<T>>): [Node, T[]] {
  const got: T[] = [];
  return [node({ in: { input }, name: "sink" }, { input: (value) => void got.push(value as T) }), got];
}

async function temporary(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "tinman-plugins-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
