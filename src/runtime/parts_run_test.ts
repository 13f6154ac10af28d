// Goal: a run that is recorded in parts is one run. Method: nodes whose outputs depend on order, time and what they keep,
// recorded in parts, put together, and replayed against what was recorded.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { copyRecording, listRecordings, openRecording, verifyRecording } from "../log/mod.ts";
import { createFaultyFiles } from "../testing/faulty_files.ts";
import { createTestEnvironment, type TestEnvironment } from "../testing/environment.ts";
import { type Node, node } from "./node.ts";
import type { RecordOptions } from "./options.ts";
import { replayGraph } from "./replay.ts";
import { runGraph } from "./run.ts";

const [a, b] = [channel<number>("a"), channel<number>("b")];
const merged = channel<unknown>("merged");
const state = channel<string>("state", { latched: true });
const MS = 1_000_000n;

/** What it gives depends on which input came first, on the clock, and on all that came before. */
const merge: Node = node({ in: { a, b }, out: { merged }, name: "merge" }, async ({ a, b, merged, clock }) => {
  let sum = 0;
  const read = async (input: AsyncIterable<number>, sign: number) => {
    for await (const value of input) {
      sum = sum * 3 % 1009 + sign * value;
      await merged.publish([sum, `${clock.now()}`]);
    }
  };
  await Promise.all([read(a, 1), read(b, -1)]);
});

const teller: Node = node({ out: { state }, name: "teller" }, async ({ state, clock }) => {
  await state.publish("begun");
  await clock.sleep(100);
});

const sources = [a, b].map((out) =>
  node({ out: { out }, name: out.name }, async ({ out, clock, random }) => {
    for (let i = 0; i < 30; i++) {
      await clock.sleep(10 * random.next());
      await out.publish(i);
    }
  })
);

async function recorded(record: Partial<RecordOptions>, env = createTestEnvironment()) {
  const options = { folder: "runs", ...record };
  const report = await env.drive(runGraph([...sources, teller, merge], env, { record: options, seed: "seven" }));
  return { env, report, parts: report.parts?.folders ?? [] };
}

/** What {@linkcode merge} gives on a recording. */
async function given(env: TestEnvironment, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  const keep = node({ in: { merged }, name: "keep" }, { merged: (value) => void all.push(value) });
  await env.drive(replayGraph([merge, keep], path, env));
  return all;
}

for (const folder of ["runs", "runs/one.mcap"]) {
  Deno.test(`runGraph() in parts, put together, is replayed exactly (${folder})`, async () => {
    const { env, report, parts } = await recorded({ folder, split: { timeNs: 30n * MS } });
    assert.ok(parts.length > 3);
    assert.deepEqual([report.recording, report.parts!.deleted], [parts[0], 0]);
    await copyRecording(env.files, parts.map((path) => ({ path })), { to: "whole" });
    for (const [path, isAll] of [["whole", true], [parts[0]!, false]] as const) {
      const { verify } = await env.drive(replayGraph([merge], path, env, { verify: true }));
      assert.equal(verify!.divergence, undefined);
      const { equal, recorded } = verify!.channels[0]!;
      assert.equal(equal, recorded);
      assert.ok(isAll ? equal === 60 : equal > 0 && equal < 60);
    }
  });

  Deno.test(`a later part alone goes by the recorded times, and is not verified (${folder})`, async () => {
    const { env, parts } = await recorded({ folder, split: { timeNs: 30n * MS } });
    const seen: unknown[] = [];
    const look = node({ in: { state, a }, name: "look" }, {
      state: (value) => void seen.push(value),
      a: (value) => void seen.push(value),
    });
    for (const _ of [1, 2]) await env.drive(replayGraph([look, merge], parts[2]!, env));
    assert.equal(seen[0], "begun");
    const { startedNs: fromNs, endedNs: toNs } = openRecording(env.files, parts[2]!).manifest;
    await copyRecording(env.files, parts.map((path) => ({ path })), { to: "cut", fromNs, toNs });
    const [own, cut] = [await given(env, parts[2]!), await given(env, "cut")];
    assert.ok(own.length > 3);
    assert.deepEqual(own, cut);
    assert.deepEqual(seen.slice(0, seen.length / 2), seen.slice(seen.length / 2));
    await assert.rejects(env.drive(replayGraph([merge], parts[2]!, env, { verify: true })), (error) => {
      return isTinmanError(error, "USAGE") && /part 3 of the run/.test(error.message) && /log copy/.test(error.hint!);
    });
  });
}

Deno.test("any parts from the first on are as exact as a recording that ends with them", async () => {
  for (const split of [{ bytes: 150 }, { bytes: 2000 }, { timeNs: 7n * MS }, { timeNs: 50n * MS }]) {
    const { env, parts } = await recorded({ split });
    assert.ok(parts.length > 1);
    let before = 0;
    for (let count = 1; count <= parts.length; count += Math.ceil(parts.length / 8)) {
      const to = `first/${count}`;
      await copyRecording(env.files, parts.slice(0, count).map((path) => ({ path })), { to });
      const { divergence, channels: [compared] } = (await env.drive(replayGraph([merge], to, env, { verify: true })))
        .verify!;
      assert.deepEqual([divergence, compared?.equal], [undefined, compared?.recorded]);
      assert.ok((compared?.equal ?? 0) >= before);
      before = compared?.equal ?? 0;
    }
  }
});

Deno.test("what a node observed is once in the parts, though it is written out in the middle of one", async () => {
  const env = createTestEnvironment();
  const asking = node({ in: { a }, out: { merged }, name: "asking" }, async ({ a, merged, clock }) => {
    for await (const value of a) {
      for (let i = 0; i < 3000; i++) if (clock.now() % 7n === BigInt(i % 100)) await clock.sleep(1);
      await merged.publish([value, `${clock.now()}`]);
    }
  });
  const record = { folder: "runs", split: { bytes: 1 } };
  const { parts } = await env.drive(runGraph([sources[0]!, asking], env, { record }));
  await copyRecording(env.files, parts!.folders.map((path) => ({ path })), { to: "whole" });
  const { verify } = await env.drive(replayGraph([asking], "whole", env, { verify: true }));
  assert.deepEqual([verify!.divergence, verify!.channels[0]!.equal], [undefined, 30]);
});

Deno.test("runGraph() keeps the last parts, and says how many it deleted", async () => {
  const { env, report, parts } = await recorded({ split: { timeNs: 20n * MS }, keep: { timeNs: 60n * MS } });
  assert.ok(report.parts!.deleted > 2);
  assert.equal(report.recording, parts[0]);
  assert.deepEqual(listRecordings(env.files, "runs").map(({ folder }) => folder), parts);
  using first = openRecording(env.files, parts[0]!);
  assert.equal(first.manifest.part!.number, report.parts!.deleted + 1);
});

Deno.test("runGraph() fails when the disk has no room for the next part, and what was recorded can be read", async () => {
  const { env: counted } = await recorded({ split: { timeNs: 40n * MS } });
  let failed = 0;
  for (let failAt = 3; failAt < 30; failAt += 2) {
    const files = createFaultyFiles(counted.files, { failAt, how: "full", opens: true });
    const env = createTestEnvironment({ files });
    const folder = `full/${failAt}`;
    await recorded({ folder, split: { timeNs: 40n * MS } }, env).catch((error) => {
      assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
      failed++;
    });
    for (const { folder: path } of listRecordings(counted.files, folder)) {
      assert.equal(verifyRecording(counted.files, path).ok, true, `${path} of ${failAt}`);
    }
  }
  assert.ok(failed > 5, `${failed} failed`);
});
