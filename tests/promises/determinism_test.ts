/*
 * "Ten replays of one recording (three sources, a merge, timers, random, clock reads; 200,000 frames), under changing CPU
 * load and at speeds 0.5 (of a short one), 10 and max: one SHA-256 over every output log."
 *
 * "`replay --verify`: run today's nodes on yesterday's inputs and compare with yesterday's outputs, frame by frame; print
 * the first divergence with both values."
 */
import assert from "node:assert/strict";
import { createEnvironment, replay, type ReplayOptions, run } from "tinman";
import { openRecording } from "tinman/log";
import { hashOf, temporaryFolder } from "./_folder.ts";
import { cpuLoad } from "./_load.ts";
import { sized } from "./_scale.ts";
import { consumers, sources } from "./_three_sources.ts";

const frames = sized(20_000, 200_000);

Deno.test(`Ten replays of a recording of ${frames} frames under changing load give one SHA-256`, async () => {
  using folder = temporaryFolder();
  using _load = cpuLoad(navigator.hardwareConcurrency);
  const recording = await record(folder.path, frames);
  const speeds = ["max", 10, "max", "max", "max", 10, "max", "max", "max", "max"] as const;
  const hashes: string[] = [];
  for (const speed of speeds) hashes.push(await hashOfReplay(recording, folder.path, { speed, frames }));
  assert.deepEqual(new Set(hashes).size, 1, hashes.join("\n"));
});

Deno.test("Replays of a short recording at speeds 0.5, 10 and max give one SHA-256", async () => {
  using folder = temporaryFolder();
  const recording = await record(folder.path, 2000);
  const hashes: string[] = [];
  for (const speed of [0.5, 10, "max", 0.5] as const) {
    hashes.push(await hashOfReplay(recording, folder.path, { speed, frames: 2000 }));
  }
  assert.deepEqual(new Set(hashes).size, 1, hashes.join("\n"));
});

Deno.test("A replay is held back to the recorded pace, and to half of it", async () => {
  using folder = temporaryFolder();
  const recording = await record(folder.path, 2000);
  using log = openRecording(createEnvironment().files, recording);
  const times = log.channels.filter(({ name }) => "abc".includes(name));
  const first = times.reduce((ns, { firstNs }) => firstNs! < ns ? firstNs! : ns, times[0]!.firstNs!);
  const last = times.reduce((ns, { lastNs }) => lastNs! > ns ? lastNs! : ns, 0n);
  const recordedMs = Number(last - first) / 1e6;
  for (const speed of [1, 0.5]) {
    const { elapsedMs } = await replay(consumers(), recording, { speed });
    assert.ok(elapsedMs >= recordedMs / speed * 0.95, `${elapsedMs} ms for ${recordedMs} ms at speed ${speed}`);
  }
});

Deno.test("replay() with verify finds no divergence between unchanged nodes and the live run", async () => {
  using folder = temporaryFolder();
  using _load = cpuLoad(1);
  const recording = await record(folder.path, frames / 2);
  const { verify } = await replay(consumers(), recording, { verify: true });
  assert.equal(verify?.divergence, undefined);
  assert.deepEqual(verify?.channels.map(({ name }) => name).sort(), ["halves", "merged", "sums"]);
  for (const { name, equal, recorded } of verify?.channels ?? []) assert.equal(equal, recorded, name);
});

Deno.test("replay() with verify finds the first value of a changed node, with its place, its time and both values", async () => {
  using folder = temporaryFolder();
  const recording = await record(folder.path, 3000);
  const { verify } = await replay(consumers({ at: 1234, name: "changed" }), recording, { verify: true });
  const { files, registry } = createEnvironment();
  using log = openRecording(files, recording, { registry });
  const then = [...log.values<unknown[]>("merged")].find(({ value: [name, count] }) =>
    name !== "tick" && count === 1234
  )!;
  assert.deepEqual(verify?.divergence, {
    channel: "merged",
    frame: then.index,
    timeNs: then.timeNs,
    kind: "changed",
    recorded: then.value,
    replayed: ["changed", ...then.value.slice(1)],
  });
});

async function record(folder: string, frames: number): Promise<string> {
  const { recording, leftBehind } = await run([...sources(frames), ...consumers()], { record: `${folder}/live` });
  assert.deepEqual(leftBehind, []);
  return recording!;
}

async function hashOfReplay(
  recording: string,
  folder: string,
  { speed, frames }: Pick<ReplayOptions, "speed"> & { frames: number },
): Promise<string> {
  const report = await replay(consumers(), recording, { speed: speed!, record: `${folder}/replayed` });
  assert.equal(report.frames, frames);
  const published = report.channels.find(({ name }) => name === "merged")!.count;
  assert.ok(published > frames, `${published} merged values`);
  const hash = await hashOf(report.recording!);
  Deno.removeSync(report.recording!, { recursive: true });
  return hash;
}
