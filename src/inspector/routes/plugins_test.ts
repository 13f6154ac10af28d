import assert from "node:assert/strict";
import { TinmanError } from "../../errors/mod.ts";
import type { ObservedPlugin, PluginParts } from "../../telemetry/mod.ts";
import { openFixture } from "../_fixture.ts";

/** An inspector of a project with one plugin, and what was taken back from it. */
function openPlugins(options: Parameters<typeof openFixture>[0] = {}, more: Partial<PluginParts> = {}) {
  const [revoked, restarted]: unknown[][] = [[], []];
  const plugin: ObservedPlugin = {
    ...{ id: "org.example.gps", version: "1.0.0", isBuiltin: false, state: "ready", runs: 3, live: [] },
    access: [{ capability: "net", isOptional: false, granted: ["127.0.0.1:1"], used: [] }],
  };
  const plugins = {
    look: () => [plugin],
    revoke: (...said: unknown[]) => void revoked!.push(said),
    withdraw: (id: string, capability: string) => Promise.resolve([`${id} was ended for ${capability}`]),
    restart: (...said: unknown[]) => Promise.resolve(void restarted!.push(said)),
    ...more,
  };
  const fixture = openFixture({ plugins, ...options });
  const post = (path: string) => async (body: unknown) => {
    const init = { method: "POST", headers: fixture.bearer, body: JSON.stringify(body) };
    return (await fixture.ask(path, init)).status;
  };
  const [revoke, restart] = [post("/api/plugins/revoke"), post("/api/plugins/restart")];
  return { ...fixture, plugin, revoke, revoked: revoked!, restart, restarted: restarted! };
}

Deno.test("plugins are told, and a page of a run knows that there are some", async () => {
  const { ask, bearer, plugin } = openPlugins();
  assert.deepEqual(await (await ask("/api/plugins", { headers: bearer })).json(), { plugins: [plugin] });
  const { sources } = await (await ask("/api/sources", { headers: bearer })).json();
  assert.ok(sources[0].parts.includes("plugins"));
  const none = openFixture();
  assert.equal((await none.ask("/api/plugins", { headers: none.bearer })).status, 404);
});

Deno.test("something is taken back, which is audited; with --read-only nothing is", async () => {
  const { revoke, revoked, audited } = openPlugins();
  assert.equal(await revoke({ id: "org.example.gps", capability: "net" }), 200);
  assert.equal(await revoke({ id: "org.example.gps", capability: "net", value: "127.0.0.1:1" }), 200);
  assert.deepEqual(audited, [
    "net was taken back from org.example.gps",
    "org.example.gps was ended for net",
    'net "127.0.0.1:1" was taken back from org.example.gps',
    "org.example.gps was ended for net",
  ]);
  for (const body of [null, {}, { id: 1, capability: "net" }, { id: "x", capability: "net", value: 7 }]) {
    assert.equal(await revoke(body), 400);
  }
  assert.equal(revoked.length, 2);
  const still = openPlugins({ isReadOnly: true });
  assert.deepEqual([await still.revoke({ id: "org.example.gps", capability: "net" }), still.revoked], [403, []]);
});

Deno.test("a plugin is restarted, all of it or as one node, which is audited; with --read-only none is", async () => {
  const { restart, restarted, audited } = openPlugins();
  assert.equal(await restart({ id: "org.example.gps" }), 200);
  assert.equal(await restart({ id: "org.example.gps", name: "gps" }), 200);
  assert.deepEqual(audited, [
    "plugin org.example.gps was restarted",
    'plugin org.example.gps was restarted as "gps"',
  ]);
  for (const body of [null, {}, { id: 1 }, { id: "x", name: 7 }]) assert.equal(await restart(body), 400);
  assert.equal(restarted.length, 2);
  const still = openPlugins({ isReadOnly: true });
  assert.deepEqual([await still.restart({ id: "org.example.gps" }), still.restarted], [403, []]);
});

Deno.test("a restart that fails is audited with the reason, and answered with it", async () => {
  const restart = (id: string, name?: string) => {
    const why = name === undefined ? new Error("two\nlines") : new TinmanError(
      "UNAVAILABLE",
      `Cannot restart node "${name}" of ${id}: the run is recorded`,
      { what: name },
    );
    return Promise.reject(why);
  };
  const { restart: ask, audited } = openPlugins({}, { restart });
  assert.equal(await ask({ id: "org.example.gps", name: "gps" }), 409);
  assert.equal(await ask({ id: "org.example.gps" }), 500);
  assert.deepEqual(audited, [
    'plugin org.example.gps was not restarted as "gps": Cannot restart node "gps" of org.example.gps: the run is recorded',
    "plugin org.example.gps was not restarted: two\\nlines",
  ]);
});
