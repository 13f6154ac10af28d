import assert from "node:assert/strict";
import { sampleManifest } from "./_sample.ts";
import { parseManifest } from "./manifest.ts";
import type { Tier } from "./protocol.ts";
import type { Effective } from "./resolve.ts";
import { chooseTier, denoFlags, needsFlags, workerPermissions } from "./tier.ts";

const manifestOf = (change: Record<string, unknown>) =>
  parseManifest(JSON.stringify(sampleManifest(change)), { path: "plugin.jsonc" });
const net: Effective = { net: { allow: ["a.example"], deny: [] } };
const serial: Effective = { serial: { allow: ["/dev/ttyUSB0"], deny: [] } };

Deno.test("chooseTier(): QuickJS for who may do nothing, else a process, in process only when a person says so", () => {
  const tier = (effective: Effective, wanted?: Tier, isolation?: string) =>
    chooseTier(manifestOf({ isolation }), effective, wanted);
  assert.equal(tier({}), "quickjs");
  assert.equal(tier(net), "process");
  assert.equal(tier(serial), "process");
  assert.equal(tier(net, "trusted"), "trusted");
  assert.equal(tier(serial, "quickjs"), "quickjs");
});

Deno.test("a manifest can only make the border stronger", () => {
  const strength: readonly Tier[] = ["quickjs", "process", "trusted"];
  for (const effective of [{}, serial]) {
    for (const wanted of [undefined, ...strength]) {
      const without = chooseTier(manifestOf({}), effective, wanted);
      for (const isolation of ["quickjs", "process"] as const) {
        const found = chooseTier(manifestOf({ isolation }), effective, wanted);
        assert.ok(strength.indexOf(found) <= Math.min(strength.indexOf(without), strength.indexOf(isolation)));
      }
    }
  }
  assert.throws(() => manifestOf({ isolation: "trusted" }), { code: "CONFIG" });
});

Deno.test("who has to run in QuickJS and may use what only a process can serve, cannot run", () => {
  const message = "Cannot run plugin org.example.nmea in quickjs: it may use net";
  assert.throws(() => chooseTier(manifestOf({ isolation: "quickjs" }), net), {
    code: "CONFIG",
    message,
    hint: "tinman plugin revoke org.example.nmea net",
  });
  assert.throws(() => chooseTier(manifestOf({}), net, "quickjs"), {
    code: "CONFIG",
    hint: "run it in the tier process",
  });
});

Deno.test("permissions and flags say every name, and nothing that was not granted", () => {
  const none = { read: false, write: false, net: false, env: false, run: false, sys: false, ffi: false, import: false };
  assert.deepEqual(workerPermissions({}), none);
  assert.deepEqual(denoFlags({}), []);
  assert.deepEqual(workerPermissions(serial), none);
  const effective: Effective = { ...net, env: { allow: true, deny: ["HOME"] }, sys: { allow: ["hostname"], deny: [] } };
  assert.deepEqual(workerPermissions(effective), { ...none, net: ["a.example"], env: true, sys: ["hostname"] });
  assert.deepEqual(denoFlags(effective), [
    "--allow-net=a.example",
    "--allow-env",
    "--deny-env=HOME",
    "--allow-sys=hostname",
  ]);
  assert.deepEqual([needsFlags(effective), needsFlags(net)], [true, false]);
  assert.throws(() => denoFlags({ read: { allow: ["/a,b"], deny: [] } }), { code: "DENIED" });
});
