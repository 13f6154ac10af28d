/*
 * "Graceful SIGINT that runs the last phase", sent to a real process.
 */
import assert from "node:assert/strict";
import { type Child, startTinman } from "./_child.ts";

function startRun(name: string): Child {
  const file = new URL("_signalled_events.ts", import.meta.url).pathname;
  return startTinman(["run", `${file}:${name}`]);
}

Deno.test("SIGINT ends a pipeline of events that never waits, and its processors tidy up", async () => {
  await using child = startRun("busy");
  await child.waitFor("running");
  child.kill("SIGINT");
  assert.ok(Number((await child.waitFor("tidied after")).split(" ")[2]) >= 1000);
  assert.equal((await child.status).code, 130);
});

Deno.test("SIGINT lets a handler that is at work end, gives up what waits for it, and has Poison sent", async () => {
  await using child = startRun("atWork");
  await child.waitFor("running 1");
  child.kill("SIGINT");
  assert.deepEqual((await child.rest()).filter((line) => /^(running|ended|tidied)/.test(line)), ["ended 1", "tidied"]);
  assert.equal((await child.status).code, 130);
});
