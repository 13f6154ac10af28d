// Goal: the pipeline of the original's README, byte for byte, works as any graph does. Method: real processes on the file.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "./processes.ts";

const fixture = new URL("fixtures/pipeline.json", import.meta.url);

Deno.test("a pipeline.json is checked, recorded and replayed with the same result, by the executable too", async () => {
  using folder = temporaryFolder();
  Deno.copyFileSync(fixture, `${folder.path}/pipeline.json`);
  const call = (...args: string[]) => tinman(args, { cwd: folder.path });

  const checked = await call("check", "pipeline.json");
  assert.equal(checked.code, 0, checked.stderr);
  const ran = await call("run", "pipeline.json", "--record");
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /\[Async Output\] Frame #0 @ 0μs\n {2}main_channel: len=1024, mean=/);
  const replayed = await call("replay", "latest", "pipeline.json", "--verify");
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.match(replayed.stdout, /^amplifier +1 +1 +same$/m);
  const listed = await call("log", "cat", "latest", "--channels", "amplifier");
  assert.match(listed.stdout, /main_channel: Float64Array\(1024\) \[0, 0\.1439/);
});
