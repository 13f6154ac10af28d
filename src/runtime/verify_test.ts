import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { map, type Node, node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import type { ReplayOptions } from "./replay_options.ts";
import { runGraph } from "./run.ts";
import type { VerifyReport } from "./verify.ts";

const [numbers, squares, halves] = [channel<number>("numbers"), channel<number>("squares"), channel<number>("halves")];

const source = node({ out: { numbers } }, async function source({ numbers, clock }) {
  for (let i = 0; i < 5; i++) {
    await clock.sleep(10);
    await numbers.publish(i);
  }
});

function square(change: (n: number) => number = (n) => n * n): Node {
  return map({ in: numbers, out: squares, name: "square" }, change);
}

/** Records source and square, and verifies the nodes of today against that. */
async function verify(today: readonly Node[], options: ReplayOptions = {}) {
  const env = createTestEnvironment();
  const { recording } = await env.drive(runGraph([source, square()], env, { record: "runs" }));
  const report = await env.drive(replayGraph(today, recording!, env, { verify: true, ...options }));
  return { env, verify: report.verify as VerifyReport, report };
}

Deno.test("verify finds nothing when today's nodes give what was recorded", async () => {
  const { verify: { channels, divergence } } = await verify([square()]);
  assert.deepEqual(channels, [{ name: "squares", equal: 5, recorded: 5 }]);
  assert.equal(divergence, undefined);
});

Deno.test("verify shows the first value that changed, with both values and the recorded time", async () => {
  const { env, verify: { channels, divergence } } = await verify([square((n) => n < 3 ? n * n : n * n + 1)]);
  assert.deepEqual(channels, [{ name: "squares", equal: 3, recorded: 5 }]);
  const { timeNs, ...found } = divergence!;
  assert.deepEqual(found, { channel: "squares", frame: 3, kind: "changed", recorded: 9, replayed: 10 });
  assert.equal((timeNs - env.clock.originNs) / 1_000_000n, 40n);
});

Deno.test("verify shows what is missing today", async () => {
  const some = node({ in: { numbers }, out: { squares }, name: "square" }, {
    numbers: (n, { squares }) => n < 2 ? squares.publish(n * n) : undefined,
  });
  const { verify: { divergence } } = await verify([some]);
  const { timeNs: _, ...found } = divergence!;
  assert.deepEqual(found, { channel: "squares", frame: 2, kind: "missing", recorded: 4 });
});

Deno.test("verify shows what was not there then", async () => {
  const more = node({ in: { numbers }, out: { squares }, name: "square" }, async ({ numbers, squares }) => {
    for await (const n of numbers) await squares.publish(n * n);
    await squares.publish(-1);
  });
  const { verify: { channels, divergence } } = await verify([more]);
  assert.deepEqual(channels, [{ name: "squares", equal: 5, recorded: 5 }]);
  const { timeNs: _, ...found } = divergence!;
  assert.deepEqual(found, { channel: "squares", frame: 5, kind: "extra", replayed: -1 });
});

Deno.test("verify compares no channel that was not recorded", async () => {
  const { verify: { channels, divergence } } = await verify([
    square(),
    map({ in: squares, out: halves, name: "halve" }, (n) => n / 2),
  ]);
  assert.deepEqual([channels.map(({ name }) => name), divergence], [["squares"], undefined]);
});

Deno.test("verify shows the divergence that was recorded first", async () => {
  const env = createTestEnvironment();
  const early = (change: number) => map({ in: numbers, out: halves, name: "early" }, (n) => n === 1 ? change : n);
  const { recording } = await env.drive(runGraph([source, square(), early(0)], env, { record: "runs" }));
  const today = [square((n) => n < 3 ? n * n : 0), early(7)];
  const { verify } = await env.drive(replayGraph(today, recording!, env, { verify: true }));
  assert.deepEqual([verify!.divergence!.channel, verify!.divergence!.frame], ["halves", 1]);
});

Deno.test("verify and a new recording of the same replay do not disturb each other", async () => {
  const { verify: { divergence }, report } = await verify([square()], { record: "again" });
  assert.deepEqual([divergence, report.channels.find(({ name }) => name === "squares")!.count], [undefined, 5]);
});

Deno.test("verify refuses a part of a recording", async () => {
  for (const options of [{ fromNs: 1n }, { toNs: 1n }, { channels: ["*"] }, { loop: true }, { loop: 2 }] as const) {
    await assert.rejects(
      verify([square()], options),
      (error) => isTinmanError(error, "USAGE") && error.hint === "leave out from, to, loop and channels",
    );
  }
  for (const loop of [1, false] as const) await verify([square()], { loop });
});

Deno.test("verify can be looked at while it runs: a divergence by then, nothing missing yet", async () => {
  const looks: { equal: number; frames: number[] }[] = [];
  let look: Parameters<NonNullable<ReplayOptions["onVerify"]>>[0] | undefined;
  const spy = square((n) => {
    const { channels, divergences } = look!();
    looks.push({ equal: channels[0]?.equal ?? 0, frames: divergences.map(({ frame }) => frame) });
    return n < 3 ? n * n : 0;
  });
  await verify([spy], { onVerify: (given) => look = given });
  assert.deepEqual(looks.map(({ equal }) => equal), [0, 1, 2, 3, 3]);
  assert.deepEqual(looks.map(({ frames }) => frames), [[], [], [], [], [3]]);
});

Deno.test("verify of a replay that is ended early calls nothing missing, nor what nodes give because it ends", async () => {
  const ended = new AbortController();
  const some = node({ in: { numbers }, out: { squares }, name: "square" }, async ({ numbers, squares }) => {
    for await (const n of numbers) {
      await squares.publish(n * n);
      if (n === 2) ended.abort();
    }
    await squares.publish(-1);
  });
  const { verify: { channels, divergence }, report } = await verify([some], { signal: ended.signal });
  assert.deepEqual([channels, divergence], [[{ name: "squares", equal: 3, recorded: 5 }], undefined]);
  assert.equal(report.stopped, "asked");
  const wrong = square((n) => (n === 2 && ended.abort(), n === 1 ? 0 : n * n));
  assert.equal((await verify([wrong], { signal: ended.signal })).verify.divergence, undefined, "nothing was played");
  const late = new AbortController();
  const found = await verify([square((n) => (n === 2 && late.abort(), n === 1 ? 0 : n * n))], { signal: late.signal });
  assert.deepEqual(found.verify.divergence!.frame, 1);
});
