import assert from "node:assert/strict";
import { channel } from "../../channel/mod.ts";
import { node, runGraph, type RunProbe } from "../../runtime/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { renameProbe } from "./renamed_probe.ts";

Deno.test("renameProbe() calls channels by other names, and hears them under these", async () => {
  const input0 = channel<number>("input0");
  const heard: unknown[] = [];
  let probe: RunProbe | undefined;
  const source = node({ out: { input0 } }, async function source({ input0 }) {
    await input0.publish(7);
  });
  const sink = node({ in: { input0 }, name: "sink" }, { input0() {} });
  await runGraph([source, sink], createTestEnvironment(), {
    onProbe: (given) => {
      probe = renameProbe(given, { input0: "gps" });
      probe.listen("gps", (value) => heard.push(value));
    },
  });
  assert.deepEqual(heard, [7]);
  const names = probe!.channels().map(({ name }) => name);
  assert.ok(names.includes("gps") && !names.includes("input0"));
  assert.deepEqual([probe!.nodes()[0]!.outputs, probe!.nodes()[1]!.inputs[0]!.channel], [["gps"], "gps"]);
  assert.equal(probe!.codec("gps")?.id, "testing.json");
});
