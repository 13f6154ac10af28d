// Goal: a person is asked once for each thing, understands what it is, and what was answered holds. Method: keys from a list.
import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/environment.ts";
import { createTestProject, type TestProject, writePlugin } from "./_plugin_project.ts";

const asked = [
  { name: "serial", allow: ["/dev/gps"], why: "read the receiver" },
  { name: "clock", why: "stamp fixes" },
];

async function project(capabilities: readonly unknown[] = asked): Promise<TestProject> {
  const project = createTestProject(createTestEnvironment);
  writePlugin(project, "gps", {
    capabilities,
    provides: { nodes: [{ name: "gps", out: { fixes: "places" } }] },
    module: "export default definePlugin({ nodes: { gps: async ({ out }) => await out.fixes.publish(1) } });",
  });
  await project.run("plugin add gps");
  return project;
}

async function run(project: TestProject, keys: string, line = "plugin run org.example.gps") {
  const stderr = { isTerminal: true, columns: 80, text: "", write: (text: string) => void (stderr.text += text) };
  const bytes = async function* () {
    for (const key of keys) yield await Promise.resolve(new TextEncoder().encode(key));
  };
  const { exit, stdout } = await project.run(line, { stderr, keys: bytes });
  return { exit, stdout, asked: stderr.text.split("┌").length - 1, text: stderr.text };
}

Deno.test("y allows for this run alone, A for good", async () => {
  const gps = await project();
  assert.deepEqual([(await run(gps, "yy")).stdout, gps.files.stat("/field/tinman.grants.jsonc")], ["1\n", undefined]);
  const always = await run(gps, "Ay");
  assert.deepEqual([always.stdout, always.asked], ["1\n", 2]);
  assert.match(gps.read("tinman.grants.jsonc"), /"\/dev\/gps"/);
  // Only what is still missing.
  assert.equal((await run(gps, "y")).asked, 1);
});

Deno.test("n refuses this run, N for good, and nobody is asked again", async () => {
  const gps = await project();
  assert.deepEqual((await run(gps, "n")).exit, 4);
  assert.equal((await run(gps, "N")).exit, 4);
  assert.match(gps.read("tinman.grants.jsonc"), /"deny": \[ ?"\/dev\/gps" ?\]/);
  const after = await run(gps, "A");
  assert.deepEqual([after.exit, after.asked], [4, 0]);
});

Deno.test("? explains, and the question stands; the end of the keys is a no", async () => {
  const explained = await run(await project(), "?x");
  assert.equal(explained.exit, 4);
  assert.match(explained.text, /serial: talk to what is connected there/);
  assert.match(explained.text, /tinman plugin grant org\.example\.gps serial=\/dev\/gps/);
});

Deno.test("nobody is asked without a terminal, with --no-input, or for what needs --dangerous", async () => {
  const gps = await project();
  assert.equal((await gps.run("plugin run org.example.gps")).exit, 4);
  assert.equal((await run(gps, "AA", "plugin run org.example.gps --no-input")).asked, 0);
  const dangerous = await project([{ name: "run", allow: ["stty"], why: "set it up" }]);
  const refused = await run(dangerous, "A");
  assert.deepEqual([refused.exit, refused.asked], [4, 0]);
  assert.match(refused.text, /tinman plugin grant org\.example\.gps run=stty --dangerous/);
});

Deno.test("tinman run asks while everything else waits, and a plugin that is started again is not asked for again", async () => {
  const { channel, pluginNode } = await import("../../mod.ts");
  const gps = createTestProject(createTestEnvironment);
  writePlugin(gps, "gps", {
    capabilities: asked,
    provides: { nodes: [{ name: "gps", out: { fixes: "places" } }] },
    module: 'export default definePlugin({ nodes: { gps: async () => { throw new Error("cable"); } } });',
  });
  await gps.run("plugin add gps");
  gps.write("nodes.ts", "");
  const stderr = { isTerminal: true, columns: 80, text: "", write: (text: string) => void (stderr.text += text) };
  const stage = pluginNode("org.example.gps", "gps", {
    out: { fixes: channel("fixes") },
    restart: { attempts: 2, delayMs: 1 },
  });
  const keys = async function* () {
    for (;;) yield await Promise.resolve(new TextEncoder().encode("y"));
  };
  const { exit } = await gps.run("run nodes.ts", { stderr, keys, load: () => Promise.resolve({ stage }) });
  assert.equal(exit, 1);
  assert.match(stderr.text, /start 2 of 2/);
  assert.equal(stderr.text.split("┌").length - 1, 2);
});
