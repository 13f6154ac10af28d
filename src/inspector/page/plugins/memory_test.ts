import assert from "node:assert/strict";
import type { LivePluginState } from "../../../telemetry/mod.ts";
import { hintOf, memoryOf } from "./memory.ts";

const at = (tier: string, memoryBytes?: number): LivePluginState => ({
  ...{ kind: "node", name: "n", restarts: 0, tier },
  ...(memoryBytes !== undefined && { memoryBytes }),
});

Deno.test("what plugins take is told together, and is n/a with a reason where nobody can tell of one", () => {
  const known = [at("process", 2 ** 20), at("quickjs", 2 ** 20)];
  assert.deepEqual([memoryOf(known), hintOf(known)], ["2.0 MiB", undefined]);
  const some = [...known, at("trusted")];
  assert.equal(memoryOf(some), "n/a");
  assert.match(hintOf(some)!, /within this process/);
  assert.match(hintOf([at("quickjs")])!, /kinds of objects/);
  assert.match(hintOf([at("process")])!, /nobody here tells/);
});
