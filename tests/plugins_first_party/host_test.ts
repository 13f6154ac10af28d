import assert from "node:assert/strict";
import host, { type MachineCounters } from "../../plugins/host/mod.ts";
import { startNode } from "./_node.ts";

Deno.test("host telemetry: counters go up, and say something about this machine", async () => {
  await using node = startNode(host, "telemetry", { config: { everyMs: 10 }, outputs: ["counters"] });
  const [first, second] = await node.until("counters", 3) as MachineCounters[];
  assert.ok(first!.memory.total > first!.memory.free && first!.memory.free > 0);
  assert.ok(first!.load >= 0);
  if (Deno.build.os !== "linux") return;
  assert.equal(first!.cores.length, navigator.hardwareConcurrency);
  const all = ({ cores }: MachineCounters) => cores.reduce((sum, { busyMs, idleMs }) => sum + busyMs + idleMs, 0);
  assert.ok(all(second!) >= all(first!) && all(first!) > 0);
});

Deno.test("host telemetry: refuses to be asked too often", async () => {
  await using node = startNode(host, "telemetry", { config: { everyMs: 1 }, outputs: ["counters"] });
  await assert.rejects(node.done, { code: "CONFIG", message: /everyMs is 1, not 10/ });
});
