// Both ends of a stage in a worker in one thread, turn by turn; tests/promises has them in two.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createRandom } from "../random/mod.ts";
import { SERVICES } from "../runtime/mod.ts";
import { numberFrame, stageType, valueOf } from "./_fixture_test.ts";
import { MemoryWorkers } from "./_workers_test.ts";
import { AHEAD, type StageAhead } from "./ahead.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { StageConfig } from "./config.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import { frameCodec } from "./frame_codec.ts";
import { openWorkerStage } from "./placed.ts";
import type { Stage, StageContext, StageType } from "./stage.ts";

/** Opens a stage of `type` in a thread. */
async function open(type: StageType, options: { restart?: StageConfig["restart"]; ahead?: readonly DataFrame[] } = {}) {
  const workers = new MemoryWorkers([type]);
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const queue = [...options.ahead ?? []];
  const pool = new BufferPool();
  const random = createRandom("here");
  const context: StageContext & StageAhead = {
    ...{ id: "it", clock: new VirtualClock(), random, pool, inputs: ["in"], signal: new AbortController().signal },
    log: { debug: say, info: say, warn: say, error: say },
    emit: () => Promise.resolve(),
    hold: (work) => work,
    [SERVICES]: { workers },
    [AHEAD]: (index) => queue[index],
  };
  const { restart = { strategy: "never" } } = options;
  const config: StageConfig = { id: "it", type, config: {}, on_error: "skip", restart, timeout_ms: 1000 };
  return { stage: await openWorkerStage(config, context), workers, said, queue, pool, random, context, config };
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const one = async (stage: Stage, value: number) =>
  (await stage.process(numberFrame(value, Math.abs(value)), "in") as DataFrame[]).map(valueOf);

/** Remembers a sum, and fails at negative numbers. */
const summing = stageType("Summing", () => {
  let sum = 0;
  return (frame) => {
    if (valueOf(frame) < 0) throw new RangeError(`${valueOf(frame)} is too little`);
    return numberFrame(sum += valueOf(frame), frame.sequenceId);
  };
});

Deno.test("a stage in a worker gives what it gives on main, for any frames and however many are sent ahead", async () => {
  const samples = fc.array(fc.double(), { maxLength: 700 }).map((each) => Float64Array.from(each));
  // Codecs refuse this one name.
  const field = fc.string().filter((each) => each !== "__proto__");
  const frame = fc.record({
    sequenceId: fc.nat(),
    timestampUs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    payload: fc.dictionary(fc.string({ unit: "grapheme" }), samples, { maxKeys: 4, noNullPrototype: true }),
    metadata: fc.dictionary(field, fc.oneof(fc.string(), fc.double(), fc.boolean()), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  }).map(createFrame);
  const several = stageType("Several", () => (frame) => Array.from({ length: frame.sequenceId % 4 }, () => frame));
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (frames) => {
      const { stage, queue, workers } = await open(several, { ahead: frames });
      const bytes = ({ encode }: ReturnType<typeof frameCodec>, each: DataFrame) => encode(each).toHex();
      for (const each of frames) {
        queue.shift();
        const given = await stage.process(each, "in") as DataFrame[];
        const expected = Array.from({ length: each.sequenceId % 4 }, () => bytes(frameCodec(), each));
        assert.deepEqual(given.map((each) => bytes(frameCodec(), each)), expected);
      }
      await stage.close!();
      assert.deepEqual([workers.opened, workers.ended, workers.timers], [1, 1, 0]);
    }),
    { numRuns: 30 },
  );
});

Deno.test("large frames go by reference through a slab, which grows, and their arrays are of the pool", async () => {
  const { stage, pool, workers } = await open(stageType("Same", () => (frame) => frame));
  for (const length of [1, 600, 8192, 20_000, 100_000, 3, 100_000]) {
    for (let i = 0; i < 40; i++) {
      const samples = new Float64Array(length).fill(i);
      const [given] = await stage.process(createFrame({ payload: samples }), "in") as DataFrame[];
      assert.deepEqual(given!.payload.get("main_channel"), samples);
      pool.release(pool.share(given!, 1));
    }
  }
  assert.equal(pool.stats.allocated, 6);
  await stage.close!();
  assert.equal(workers.ended, 1);
});

Deno.test("frames wait in the thread before they are asked for, so many and no more", async () => {
  let seen = 0;
  const counting = stageType("Counting", () => (frame) => {
    seen++;
    return frame;
  });
  const frames = Array.from({ length: 100 }, (_, i) => numberFrame(i));
  const { stage, queue } = await open(counting, { ahead: frames });
  await stage.process(queue.shift()!, "in");
  for (let i = 0; i < 50; i++) await turn();
  assert.equal(seen, 16);
  const given = await stage.process(queue.shift()!, "in") as DataFrame[];
  assert.equal(valueOf(given[0]!), 1);
  await stage.close!();
});

Deno.test("an error of a stage comes over with its name and message, and the stage goes on", async () => {
  const { stage } = await open(summing);
  assert.deepEqual(await one(stage, 5), [5]);
  await assert.rejects(one(stage, -1), { name: "RangeError", message: "-1 is too little" });
  assert.deepEqual(await one(stage, 2), [7]);
  await stage.close!();
});

Deno.test("where a restart may follow an error, nothing behind it is processed before that is decided", async () => {
  const drawing = stageType("Drawing", ({ random }) => (frame) => {
    const drawn = random.next();
    if (valueOf(frame) === 1) throw new Error("one");
    return numberFrame(drawn, frame.sequenceId);
  });
  const frames = [0, 1, 2, 3, 4].map((value) => numberFrame(value));
  const { stage, queue, random } = await open(drawing, {
    ahead: frames,
    restart: { strategy: "immediate", max_attempts: 1 },
  });
  const expected = createRandom("here");
  for (const i of frames.keys()) {
    const result = Promise.try(() => stage.process(queue.shift()!, "in"));
    if (i === 1) {
      expected.next();
      await assert.rejects(result, { message: "one" });
      // Who decides may draw as well.
      assert.equal(random.next(), expected.next());
    } else assert.equal(valueOf((await result as DataFrame[])[0]!), expected.next());
  }
  await stage.close!();
  assert.equal(random.next(), expected.next());
});

Deno.test("a stage that cannot be made says why, and leaves no thread", async () => {
  const broken: StageType = {
    ...summing,
    type: "Broken",
    create: () => Promise.reject(new TypeError("no such thing")),
  };
  await assert.rejects(open(broken), { name: "TypeError", message: "no such thing" });
  const { workers, context, config } = await open(summing);
  await assert.rejects(openWorkerStage({ ...config, type: { ...summing, type: "Nowhere" } }, context), /undefined/);
  assert.equal(workers.ended, 1);
  await assert.rejects(
    openWorkerStage(config, { ...context, [SERVICES]: undefined }),
    (error) => isTinmanError(error, "UNAVAILABLE"),
  );
});

Deno.test("a stage that does not come back is given up after its time, and its thread is left behind", async () => {
  const hanging = stageType("Hanging", () => (frame) => valueOf(frame) === 1 ? new Promise(() => {}) : frame);
  const { stage, workers, said } = await open(hanging);
  assert.deepEqual(await one(stage, 0), [0]);
  const result = one(stage, 1);
  await turn();
  workers.pass(999);
  workers.pass(1);
  await assert.rejects(result, { message: 'Stage "it" did not come to the end of frame 1 within 1000 ms' });
  assert.equal(stage.broken, true);
  assert.match(said.join(), /left behind/);
  assert.deepEqual([workers.abandoned, workers.timers], [1, 0]);
  await assert.rejects(one(stage, 2), /within 1000 ms/);
  await stage.close!();
});

Deno.test("the time of a frame begins when the thread comes to it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = stageType("Slow", () => (frame) => valueOf(frame) === 2 ? promise.then(() => frame) : frame);
  const { stage, workers } = await open(slow);
  for (const value of [0, 1]) {
    workers.pass(900);
    assert.deepEqual(await one(stage, value), [value]);
  }
  const result = one(stage, 2);
  await turn();
  workers.pass(900);
  resolve();
  assert.deepEqual(await result, [2]);
  await stage.close!();
});

Deno.test("what a stage says comes over before what it gives", async () => {
  const speaking = stageType("Speaking", ({ log }) => (frame) => {
    log.info(`saw ${valueOf(frame)}`);
    return frame;
  });
  const { stage, said } = await open(speaking);
  await one(stage, 7);
  assert.deepEqual(said, ["saw 7"]);
  await stage.close!();
});

Deno.test("a stage in a worker has no clock and gives nothing by itself", async () => {
  for (const reach of ["now", "sleep"] as const) {
    const curious = stageType("Curious", ({ clock }) => () => void clock[reach](1));
    const { stage } = await open(curious);
    await assert.rejects(
      one(stage, 1),
      (error) => isTinmanError(error, "UNAVAILABLE") && /in a worker/.test(error.message),
    );
    await stage.close!();
  }
});

Deno.test("what is left in a stage comes at its end, behind everything else", async () => {
  const keeping: StageType = {
    ...summing,
    type: "Keeping",
    create() {
      const kept: DataFrame[] = [];
      return { process: (frame) => void kept.push(frame), end: () => kept };
    },
  };
  const { stage } = await open(keeping);
  for (const value of [1, 2, 3]) assert.deepEqual(await one(stage, value), []);
  assert.deepEqual((await stage.end!() as DataFrame[]).map(valueOf), [1, 2, 3]);
  await stage.close!();
});

Deno.test("a result that is no frame is the error that it is on main", async () => {
  const wrong = stageType("Wrong", () => () => ({ payload: 1 }) as never);
  const { stage } = await open(wrong);
  await assert.rejects(one(stage, 1), { name: "TypeError", message: /^it gave no frame: its / });
  await stage.close!();
});
