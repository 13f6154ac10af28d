import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { createLinkPair, type Transport } from "../link/mod.ts";
import { runGraph } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { createMemoryGuest } from "./_memory_guest.ts";
import { type GuestRequest, openPlugins, type PluginHostOptions } from "./host.ts";
import { parseManifest } from "./manifest.ts";
import { pluginNode } from "./plugin_node.ts";
import type { Guest, Tier } from "./protocol.ts";
import type { LivePlugin } from "./live.ts";
import type { Grant, Grants } from "./resolve.ts";

const manifest = parseManifest(
  JSON.stringify({
    id: "org.example.gps",
    version: "1.0.0",
    api: "1",
    provides: {
      nodes: [{
        name: "gps",
        out: { fixes: "" },
        config: { port: { type: "string" }, baud: { type: "number", default: 4800 } },
      }],
    },
    capabilities: [
      { name: "serial", allow: ["${config.port}"], why: "read the receiver" },
      { name: "clock", why: "stamp fixes", optional: true },
    ],
  }),
  { path: "plugin.jsonc" },
);

const request = {
  plugin: "org.example.gps",
  node: "gps",
  config: { port: "/dev/ttyUSB0" },
  inputs: [],
  outputs: ["fixes"],
};

Deno.test("openPlugins() refuses what is not granted, and names the command that grants it", async () => {
  await assert.rejects(createHost({}).open(request), {
    code: "DENIED",
    message: "Cannot run plugin org.example.gps: it is not granted serial /dev/ttyUSB0 (it says: read the receiver)",
    hint: "tinman plugin grant org.example.gps serial=/dev/ttyUSB0",
  });
});

Deno.test("openPlugins() opens a plugin in the strongest tier that serves, with the defaults of its configuration", async () => {
  const host = createHost({ serial: { allow: ["/dev"] } });
  const { session, config, seesTime } = await host.open(request);
  await session.close();
  assert.deepEqual(config, { port: "/dev/ttyUSB0", baud: 4800 });
  assert.deepEqual([host.opened[0]!.tier, seesTime], ["process", false]);
  // Never more than the plugin asks for.
  assert.deepEqual(host.opened[0]!.request.effective.serial, { allow: ["/dev/ttyUSB0"], deny: [] });
});

Deno.test("openPlugins() asks a person where there is one", async () => {
  const questions: string[] = [];
  const host = createHost({}, {
    ask: ({ missing }) => {
      questions.push(...missing.map(({ name, why }) => `${name}: ${why}`));
      return Promise.resolve({ serial: { allow: ["/dev/ttyUSB0"] } });
    },
  });
  const { session } = await host.open(request);
  await session.close();
  assert.deepEqual(questions, ["serial: read the receiver"]);
  await assert.rejects(createHost({}, { ask: () => Promise.resolve(undefined) }).open(request), { code: "DENIED" });
});

Deno.test("a plugin at work tells what was taken back since it was opened, and not what was allowed for this once", async () => {
  const grants: { serial?: Grant; clock?: Grant } = { serial: { allow: ["/dev"] }, clock: { allow: true } };
  const live: LivePlugin[] = [];
  const onLive = (each: LivePlugin) => void live.push(each);
  await using _kept = (await createHost(grants, { onLive }).open(request)).session;
  assert.deepEqual(live[0]!.takenBack(), []);
  grants.serial = { allow: ["/dev/ttyACM0"] };
  assert.deepEqual(live[0]!.takenBack(), ["serial"]);
  delete grants.clock;
  assert.deepEqual(live[0]!.takenBack(), ["serial", "clock"]);
  const ask = () => Promise.resolve({ serial: { allow: ["/dev/ttyUSB0"] } });
  await using _once = (await createHost(grants, { onLive, ask }).open(request)).session;
  grants.serial = { allow: [] };
  assert.deepEqual(live[1]!.takenBack(), []);
  const always = () => {
    grants.serial = { allow: ["/dev/ttyUSB0"] };
    return Promise.resolve(grants);
  };
  await using _always = (await createHost(grants, { onLive, ask: always }).open(request)).session;
  delete grants.serial;
  assert.deepEqual(live[2]!.takenBack(), ["serial"]);
});

Deno.test("openPlugins() reports all that does not fit in what the graph says, at once", async () => {
  const wrong = { ...request, config: { prot: "/dev/ttyUSB0" }, outputs: ["fix"] };
  await assert.rejects(createHost({}).open(wrong), (error: Error) => {
    assert.match(error.message, /out\.fix: there is no such port; there are fixes/);
    assert.match(error.message, /prot: did you mean "port"/);
    assert.match(error.message, /config\.port: it is missing/);
    return true;
  });
  await assert.rejects(createHost({}).open({ ...request, node: "gsp" }), {
    code: "NOT_FOUND",
    hint: 'did you mean "gps"?',
  });
});

Deno.test("a link is opened only to what the plugin is granted", async () => {
  for (
    const [address, outcome] of [
      ["serial:/dev/ttyUSB0?baud=4800", "opened"],
      ["serial:/dev/ttyACM0", "DENIED"],
      ["tcp://example.org:80", "CONFIG"],
      ["/dev/ttyUSB0", "CONFIG"],
    ] as const
  ) {
    const host = createHost({ serial: { allow: ["/dev/ttyUSB0"] } }, {}, address);
    const env = createTestEnvironment();
    const services = { plugins: host.open };
    const gps = pluginNode("org.example.gps", "gps", { config: request.config });
    const running = env.drive(runGraph([gps], { ...env, services }));
    if (outcome === "opened") await running;
    else await assert.rejects(running, { code: outcome === "CONFIG" ? "PLUGIN" : "DENIED" });
    assert.deepEqual(host.links, outcome === "opened" ? [address] : []);
  }
});

function createHost(grants: Grants, options: Pick<PluginHostOptions, "ask" | "onLive"> = {}, address?: string) {
  const opened: { readonly tier: Tier; readonly request: GuestRequest; readonly guest: Guest }[] = [];
  const links: string[] = [];
  const open = (tier: Tier) => (request: GuestRequest): Promise<Guest> => {
    const guest = createMemoryGuest({ nodes: { gps: async ({ link }) => void (address && await link(address)) } });
    opened.push({ tier, request, guest });
    return Promise.resolve(guest);
  };
  const serial: Transport = {
    scheme: "serial",
    open: (address) => {
      links.push(address);
      return Promise.resolve(createLinkPair().a);
    },
  };
  return {
    opened,
    links,
    open: openPlugins({
      load: () => Promise.resolve({ manifest, modules: [] }),
      grantsOf: () => ({ ...grants }),
      guests: { quickjs: open("quickjs"), process: open("process"), trusted: open("trusted") },
      clock: new VirtualClock(),
      paths: { cwd: "/project", realPath: (path) => path },
      transports: [serial],
      ...options,
    }),
  };
}
