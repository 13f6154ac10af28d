// Goal: a link that a plugin holds open in its process is a link like any other, and opened only where it was granted.
import assert from "node:assert/strict";
import { createEnvironment, type Transport } from "tinman";
import tcp from "../../plugins/tcp/mod.ts";
import { createPlatform, programAssets } from "../../src/platform/mod.ts";
import { type Grants, openPluginStore, openPluginTransport, type PluginWorld } from "../../src/plugin/mod.ts";
import { testLink } from "../../src/testing/mod.ts";
import { freePort } from "../plugins_first_party/_port.ts";

testLink({
  name: "tcp in a plugin's process",
  test: Deno.test,
  heldAfterBytes: 16 << 20,
  async open() {
    const address = `tcp://127.0.0.1:${freePort()}`;
    const server = tcp.transports.tcp.listen(address);
    const accepted = server.next();
    const a = await createTransport({ net: { allow: ["127.0.0.1"] } }).open(address);
    const { value: b } = await accepted;
    return { a, b: b!, [Symbol.asyncDispose]: async () => void await server.return(undefined) };
  },
});

Deno.test("a plugin opens no link to where it was not granted", async () => {
  const transport = createTransport({ net: { allow: ["127.0.0.1:1"] } });
  await assert.rejects(transport.open("tcp://127.0.0.1:2"), {
    code: "DENIED",
    hint: "tinman plugin grant tinman.tcp net=127.0.0.1:2",
  });
});

Deno.test("a link of a plugin fails as its transport says: nobody is there", async () => {
  const transport = createTransport({ net: { allow: ["127.0.0.1"] } });
  await assert.rejects(transport.open(`tcp://127.0.0.1:${freePort()}`), {
    code: "UNAVAILABLE",
    message: /Cannot connect to tcp:/,
  });
  await assert.rejects(createTransport({}, "udp").open("udp://127.0.0.1:1"), { code: "NOT_FOUND" });
});

function createTransport(grants: Grants, scheme = "tcp"): Transport {
  const { services } = createEnvironment();
  const { files, clock } = createPlatform();
  const store = openPluginStore({ files, clock, project: Deno.cwd(), builtin: programAssets("plugins") });
  return openPluginTransport("tinman.tcp", scheme, {
    ...services!.pluginWorld as PluginWorld,
    ...{ clock, paths: store.paths },
    load: (id) => store.load(id),
    grantsOf: () => grants,
  });
}
