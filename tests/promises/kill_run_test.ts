/*
 * The same promise for a whole run: "kills of a whole `run(…, { record })`", then a replay of what is left, and
 * `tinman log recover`. "Loss on a kill is bounded by age (250 ms)."
 */
import assert from "node:assert/strict";
import { createEnvironment, createRandom, replay } from "tinman";
import { openRecording, verifyRecording } from "tinman/log";
import { resultOf, startChild } from "./_child.ts";
import { hashOf, temporaryFolder } from "./_folder.ts";
import { scale, seed } from "./_scale.ts";
import { consumers } from "./_three_sources.ts";

const { files, registry } = createEnvironment();
const random = createRandom(`${seed}`);

Deno.test(`A run that records with sync "always" is killed ${scale} times and loses nothing (seed ${seed})`, async () => {
  using folder = temporaryFolder();
  for (let n = 0; n < scale; n++) {
    await using child = startChild("_run_forever.ts", { args: [`${folder.path}/${n}`, "always"] });
    await child.waitFor(`published ${random.int(60)}`);
    child.kill("SIGKILL");
    const last = (await child.rest()).at(-1);
    checkCounted(`${folder.path}/${n}/killed`, last === undefined ? 0 : Number(last.split(" ")[1]) + 1);
  }
});

const rounds = Math.ceil(scale / 4);
const name = "A run that is killed loses no more than it flushes at a time; it replays, verifies and is recovered";
Deno.test(`${name} (${rounds} times, seed ${seed})`, async () => {
  for (let i = 0; i < rounds; i++) {
    using folder = temporaryFolder();
    const old = await killRun(folder.path);
    checkCounted(`${folder.path}/killed`, old);
    await checkReplays(folder.path);
  }
});

/** Records into `folder`/killed until it kills that run; returns how many values were old enough to be safe. */
async function killRun(folder: string): Promise<number> {
  await using child = startChild("_run_forever.ts", { args: [folder, "never"] });
  const published: number[] = [];
  // Flushed each 250 ms; the rest is for a machine that is slow.
  const safeMs = 1250;
  await child.waitFor("published 0");
  const endMs = performance.now() + safeMs + 500 + random.int(500);
  for (let line = await child.nextLine(); line !== undefined; line = await child.nextLine()) {
    published.push(performance.now());
    if (published.at(-1)! > endMs) break;
  }
  const killedMs = performance.now();
  child.kill("SIGKILL");
  await child.rest();
  const old = published.filter((ms) => ms < killedMs - safeMs).length;
  assert.ok(old > 20, `only ${old} values were old enough to look for`);
  return old;
}

async function checkReplays(folder: string): Promise<void> {
  const killed = `${folder}/killed`;
  const hashes: string[] = [];
  for (const _ of "12") {
    const report = await replay(consumers(), killed, { verify: true, record: `${folder}/replayed` });
    assert.equal(report.verify?.divergence, undefined);
    assert.ok(report.frames > 1000, `${report.frames} frames`);
    hashes.push(await hashOf(report.recording!));
  }
  assert.equal(hashes[0], hashes[1]);

  const recovered = await resultOf<{ channels: { frames: number; lostFrames: number }[] }>("../../src/cli/main.ts", {
    args: ["log", "recover", "--json", killed, `${folder}/recovered`],
  });
  assert.ok(recovered.channels.every(({ lostFrames }) => lostFrames === 0));
  assert.deepEqual(verifyRecording(files, `${folder}/recovered`).findings, []);
  using before = openRecording(files, killed);
  using after = openRecording(files, `${folder}/recovered`);
  assert.deepEqual(after.channels.map(({ frames }) => frames), before.channels.map(({ frames }) => frames));
  const { verify } = await replay(consumers(), `${folder}/recovered`, { verify: true });
  assert.equal(verify?.divergence, undefined);
}

/** At least `published` values of `counted` are there, and they are those that were published. */
function checkCounted(folder: string, published: number): void {
  const { ok, findings } = verifyRecording(files, folder);
  assert.ok(ok, JSON.stringify(findings, null, 2));
  using recording = openRecording(files, folder, { registry });
  const values = Array.from(recording.values<number>("counted"), ({ value }) => value);
  assert.deepEqual(values, values.map((_, i) => i));
  assert.ok(values.length >= published, `${values.length} values are there, ${published} were published`);
}
