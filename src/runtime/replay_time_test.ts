// The time of a replay, and who holds it up. Of the original: launcher_test TestPlaybackNode.test_playback_with_speed_control,
// TestConvenienceFunctions.test_playback_with_speed, test_playback_fast_forward_*; timer_test TestTimerIntegration.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { collect, counter, numbers, record } from "./_recorded.ts";
import { node } from "./node.ts";
import type { ReplayControl } from "./pace.ts";

const SECOND_NS = 1_000_000_000n;
const words = channel<string>("words");

Deno.test("replayGraph() lets timers and messages interleave by the recorded time", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(5)]);
  const got: string[] = [];
  const today = node({ in: { numbers } }, async ({ numbers, clock }) => {
    const tick = async () => {
      for await (const time of clock.every(150)) got.push(`tick ${(time - clock.originNs) / 1_000_000n}`);
    };
    const read = async () => {
      for await (const n of numbers) got.push(`${n}`);
    };
    await Promise.all([tick(), read()]);
  });
  const report = await replay([today]);
  // The value 2 was published at 300 ms, behind a timer; the run ended at 600 ms.
  assert.deepEqual(got, ["0", "tick 150", "1", "tick 300", "2", "3", "tick 450", "4", "tick 600"]);
  assert.deepEqual(report.leftBehind, []);
});

Deno.test("replayGraph() of nodes that sleep takes no real time", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(10)]);
  const before = env.clock.elapsedNs();
  const got: number[] = [];
  const slow = node({ in: { numbers } }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(50);
      got.push(n);
    }
  });
  await replay([slow]);
  assert.equal(got.length, 10);
  assert.equal(env.clock.elapsedNs(), before, "the clock of the environment stands for real time");
});

Deno.test("replayGraph() plays at a multiple of the recorded pace, and gives the same at every pace", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(11)]);
  for (const [speed, ms] of [[1, 1000], [2, 500], [10, 100], [0.5, 2000]] as const) {
    const got: number[] = [];
    const startNs = env.clock.elapsedNs();
    await replay([collect(got)], { speed });
    const took = (env.clock.elapsedNs() - startNs) / 1e6;
    assert.ok(Math.abs(took - ms) < ms * 0.11, `speed ${speed} took ${took} ms`);
    assert.equal(got.length, 11);
  }
});

Deno.test("replayGraph() can be paused, stepped and stopped while it runs", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(10)]);
  let control: ReplayControl | undefined;
  const got: number[] = [];
  const reader = node({ in: { numbers } }, {
    numbers: (n) => {
      got.push(n);
      if (n === 2) {
        control!.pause();
        queueMicrotask(() => control!.step(2));
      }
      if (n === 4) queueMicrotask(() => control!.stop());
    },
  });
  const report = await replay([reader], { onControl: (given) => control = given });
  assert.deepEqual([got, report.frames], [[0, 1, 2, 3, 4], 5]);
});

Deno.test("replayGraph() tells its progress", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(11)]);
  const told: number[] = [];
  await replay([collect([])], { speed: 1, onProgress: (_, frames) => told.push(frames) });
  assert.ok(told.length >= 5 && told.at(-1)! >= 9, `${told}`);
});

Deno.test("replayGraph() ends at a signal", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(10)]);
  const got: number[] = [];
  const reader = node({ in: { numbers } }, { numbers: (n) => void (got.push(n) === 3 && env.signal()) });
  assert.equal((await replay([reader])).stopped, "signal");
  assert.equal(got.length, 3);
});

Deno.test("replayGraph() gives sources of today the recorded time to live in", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(10)]);
  const times: bigint[] = [];
  const source = node({ out: { words } }, async ({ clock }) => {
    for await (const time of clock.every(200)) times.push(time - env.clock.originNs);
  });
  await replay([source, collect([])]);
  assert.deepEqual(times, [1n, 2n, 3n, 4n, 5n].map((n) => n * SECOND_NS / 5n));
});

Deno.test("replayGraph() fails when a node does not read what is played to it", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(20)]);
  const deaf = node({ in: { numbers }, name: "deaf" }, () => new Promise<never>(() => {}));
  await assert.rejects(replay([deaf]), (error) => isTinmanError(error, "DEADLOCK") && /"numbers"/.test(error.message));
});

Deno.test("replayGraph() fails when a node does not read what is played to it, though others tick for ever", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(20)]);
  const deaf = node({ in: { numbers }, name: "deaf" }, () => new Promise<never>(() => {}));
  const ticking = node({ in: { numbers } }, async ({ numbers, clock }) => {
    const tick = async () => {
      for await (const _ of clock.every(1000));
    };
    const read = async () => {
      for await (const _ of numbers);
    };
    await Promise.all([tick(), read()]);
  });
  await assert.rejects(replay([deaf, ticking]), (error) => isTinmanError(error, "DEADLOCK"));
});

Deno.test("replayGraph() waits for a reader that sleeps for long, though others tick for ever", async () => {
  const { replay } = await record(createTestEnvironment(), [counter(20)]);
  const got: number[] = [];
  const slow = node({ in: { numbers: numbers.with({ capacity: 1 }) } }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(n === 3 ? 60_000 : 0);
      got.push(n);
    }
  });
  const ticking = node({}, async ({ clock }) => {
    for await (const _ of clock.every(4));
  });
  await replay([slow, ticking]);
  assert.equal(got.length, 20);
});

Deno.test("replayGraph() waits for a reader that is at work on something outside, however long it takes", async () => {
  const { replay, env } = await record(createTestEnvironment(), [counter(20)]);
  const got: number[] = [];
  const upload = node({ in: { numbers: numbers.with({ capacity: 2 }) } }, async ({ numbers }) => {
    for await (const n of numbers) {
      if (n === 1) await env.clock.sleep(20_000);
      got.push(n);
    }
  });
  await replay([upload]);
  assert.equal(got.length, 20);
});

Deno.test("replayGraph() ends at a signal though a node of the graph would go on to the end of the recorded time", async () => {
  const { env, replay } = await record(createTestEnvironment(), [
    counter(1),
    node({ name: "long" }, ({ clock }) => clock.sleep(3_600_000)),
  ]);
  let ticks = 0;
  const ticker = node({ name: "ticker" }, async ({ clock }) => {
    for await (const _ of clock.every(1)) if (++ticks === 10) env.signal();
  });
  assert.equal((await replay([ticker])).stopped, "signal");
  assert.equal(ticks, 10);
});
