/*
 * "SIGINT once (drains, recording clean, exit) and twice (ends at once, recording recoverable), sent to a real process; a
 * suspended process leaves a correct, strictly increasing log."
 */
import assert from "node:assert/strict";
import { createEnvironment } from "tinman";
import { openRecording, verifyRecording } from "tinman/log";
import { type Child, startTinman } from "./_child.ts";
import { temporaryFolder } from "./_folder.ts";

const { files, registry } = createEnvironment();

function startRun(folder: string, nodes: string, ...more: string[]): Child {
  const file = new URL("_signalled.ts", import.meta.url).pathname;
  const args = ["run", `${file}:${nodes}`, `--record=${folder}`, ...more];
  return startTinman(args);
}

Deno.test("SIGINT once drains a run, ends its recording in good order, and exits with 130", async () => {
  using folder = temporaryFolder();
  await using child = startRun(folder.path, "source,sink");
  await child.waitFor("running");
  child.kill("SIGINT");
  const drained = Number((await child.waitFor("drained")).split(" ")[1]);
  assert.equal((await child.status).code, 130);
  assert.deepEqual(verifyRecording(files, folder.path).findings, []);
  using recording = openRecording(files, folder.path, { registry });
  assert.equal(recording.manifest.clean, true);
  const values = Array.from(recording.values<number>("numbers"), ({ value }) => value);
  assert.deepEqual(values, values.map((_, n) => n));
  assert.equal(values.length, drained, "what was published was read to the last one");
});

Deno.test("SIGINT twice ends a run at once, and its recording holds what was published", async () => {
  using folder = temporaryFolder();
  await using child = startRun(folder.path, "source,sink,stubborn");
  await child.waitFor("running");
  child.kill("SIGINT");
  await child.waitFor("asked to end");
  const startMs = performance.now();
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 3000, `it took ${tookMs} ms; the time of grace is 5000 ms`);
  const { ok, findings } = verifyRecording(files, folder.path);
  assert.ok(ok, JSON.stringify(findings));
  using recording = openRecording(files, folder.path, { registry });
  const values = Array.from(recording.values<number>("numbers"), ({ value }) => value);
  assert.ok(values.length > 0);
  assert.deepEqual(values, values.map((_, n) => n));
});

Deno.test("A process that is suspended for a second leaves a correct log, with the hole where it was", async () => {
  using folder = temporaryFolder();
  await using child = startRun(folder.path, "ticker");
  await child.waitFor("ticked 10");
  child.kill("SIGSTOP");
  // The suspension itself: there is nothing to wait for.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  child.kill("SIGCONT");
  for (let i = 0; i < 50; i++) await child.nextLine();
  child.kill("SIGINT");
  const said = await child.rest();
  assert.equal((await child.status).code, 130);
  assert.deepEqual(verifyRecording(files, folder.path).findings, []);
  using recording = openRecording(files, folder.path, { registry });
  const times = [...recording.frames()].map(({ timeNs }) => timeNs);
  const steps = times.slice(1).map((time, i) => Number(time - times[i]!) / 1e6);
  assert.ok(steps.every((ms) => ms > 0));
  // Both clocks of the machine went on, so nobody set a clock: the hole in the times is what tells of it.
  assert.ok(steps.some((ms) => ms >= 900), `${steps}`);
  assert.ok(said.length === 0 || Number(said.at(-1)!.split(" ")[1]) <= times.length);
});
