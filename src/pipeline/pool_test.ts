// Of the original: engine_pool_tests (concurrent execution, resource reuse), scheduler_test (priority ordering, max
// concurrent), pipeline_priority_test.
import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import { type ExecuteOptions, openPool, type PooledPipeline, type PoolOptions } from "./pool.ts";
import { LATENCY_TARGET_MS, PRIORITIES, type Priority } from "./priority.ts";

/** Takes as many milliseconds as the frame's time says, and gives its number. */
class FakePipeline implements PooledPipeline<number> {
  runs = 0;
  resets = 0;
  closes = 0;
  readonly #clock: VirtualClock;
  readonly #log: (what: string) => void;

  constructor(clock: VirtualClock, log: (what: string) => void = () => {}) {
    [this.#clock, this.#log] = [clock, log];
  }

  async executeOnce(frame: DataFrame | undefined, { signal }: { signal: AbortSignal }): Promise<number> {
    this.runs++;
    assert.equal(this.closes, 0);
    assert.equal(this.runs, this.resets + 1, "it was reset after each run");
    this.#log(`start ${frame?.sequenceId}`);
    if (frame?.metadata.hang) await new Promise(() => {});
    await this.#clock.sleep(frame?.timestampUs ?? 0, { signal });
    if (frame?.metadata.fail) throw new Error("the stage threw");
    return frame?.sequenceId ?? -1;
  }

  reset(): void {
    this.resets++;
  }

  close(): void {
    this.closes++;
  }
}

async function createPool(options: Partial<PoolOptions<number>> = {}) {
  const clock = new VirtualClock();
  const made: FakePipeline[] = [];
  const log: string[] = [];
  const create = () => {
    made.push(new FakePipeline(clock, (what) => log.push(what)));
    return made.at(-1)!;
  };
  const pool = await openPool({ create, clock, ...options });
  return { clock, made, log, pool, runTo: (ms: number) => clock.runTo(BigInt(Math.round(ms * 1e6))) };
}

const run = (sequenceId: number, ms: number, metadata = {}) => createFrame({ sequenceId, timestampUs: ms, metadata });
const settled = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("PipelinePool.execute() gives each run its own result, so many at a time, over warm instances", async () => {
  const { pool, made, runTo } = await createPool({ maxConcurrent: 3 });
  const results = Promise.all(Array.from({ length: 10 }, (_, i) => pool.execute(run(i, 10))));
  await runTo(40);
  assert.deepEqual(await results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const { completed, created, reused, idle, running, maxRunning, maxWaiting, waits } = pool.stats();
  assert.deepEqual([completed, created, reused, idle, running, maxRunning, maxWaiting], [10, 3, 8, 3, 0, 3, 7]);
  assert.deepEqual([waits.min, waits.max], [0, 30e6]);
  await pool.close();
  assert.deepEqual(made.map(({ closes }) => closes), [1, 1, 1]);
});

Deno.test("openPool() refuses what cannot be made, before any run", async () => {
  const create = () => Promise.reject(new Error("unknown type"));
  await assert.rejects(openPool({ create, clock: new VirtualClock() }), /unknown type/);
});

Deno.test("PipelinePool lets urgent runs go first, and those of one class in their order", async () => {
  const { pool, log, runTo } = await createPool({ maxConcurrent: 1 });
  const classes: Priority[] = ["low", "normal", "critical", "normal", "high", "critical"];
  const all = Promise.all([
    pool.execute(run(9, 1)),
    ...classes.map((priority, i) => pool.execute(run(i, 1), { priority })),
  ]);
  await runTo(10);
  await all;
  assert.deepEqual(log, [9, 2, 5, 4, 1, 3, 0].map((i) => `start ${i}`));
});

Deno.test("PipelinePool does not let urgent runs overtake another for ever", async () => {
  const { pool, log, clock, runTo } = await createPool({ maxConcurrent: 1 });
  const ended: Promise<number>[] = [pool.execute(run(0, 20)), pool.execute(run(1, 20), { priority: "low" })];
  for (let i = 2; i < 100; i++) {
    clock.at(i * 10e6, () => ended.push(pool.execute(run(i, 20), { priority: "critical" })));
  }
  await runTo(5000);
  await Promise.all(ended);
  const overtook = log.indexOf("start 1") - 1;
  assert.ok(overtook > 10 && overtook < 98, `${overtook} overtook it`);
});

Deno.test("PipelinePool counts the runs that took longer than their class allows, wait included", async () => {
  const { pool, runTo } = await createPool({ maxConcurrent: 1 });
  const all = [0, 1, 2].map((i) => pool.execute(run(i, 30), { priority: "high" }));
  await runTo(100);
  await Promise.all(all);
  const high = pool.stats().classes.find(({ priority }) => priority === "high")!;
  assert.deepEqual([high.missed, high.latency.count, high.latency.max], [2, 3, 90e6]);
});

Deno.test("PipelinePool.execute() refuses clearly when too many wait", async () => {
  const { pool, runTo } = await createPool({ maxConcurrent: 1, maxWaiting: 1 });
  const taken = [pool.execute(run(0, 5)), pool.execute(run(1, 5))];
  await assert.rejects(pool.execute(), (error) => isTinmanError(error, "UNAVAILABLE"));
  await runTo(20);
  assert.deepEqual(await Promise.all(taken), [0, 1]);
  assert.equal(pool.stats().refused, 1);
  await pool.execute();
});

Deno.test("PipelinePool.execute() ends by its signal, waiting or running, with the signal's reason", async () => {
  const { pool, made, runTo } = await createPool({ maxConcurrent: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const running = pool.execute(run(0, 50), { signal: first.signal });
  const waiting = pool.execute(run(1, 50), { signal: second.signal });
  const last = pool.execute(run(2, 5));
  await settled();
  second.abort("not needed");
  await assert.rejects(waiting, (reason) => reason === "not needed");
  first.abort("neither");
  await assert.rejects(running, (reason) => reason === "neither");
  await runTo(5);
  assert.equal(await last, 2);
  await assert.rejects(pool.execute(run(3, 1), { signal: first.signal }), (reason) => reason === "neither");
  const { cancelled, created, running: now, waiting: line } = pool.stats();
  assert.deepEqual([cancelled, created, now, line], [3, 2, 0, 0]);
  assert.deepEqual(made.map(({ closes }) => closes), [1, 0]);
});

Deno.test("PipelinePool.execute() gives TIMEOUT when its time is up, waiting or running", async () => {
  const { pool, clock, runTo } = await createPool({ maxConcurrent: 1, timeoutMs: 30 });
  const late = (error: unknown) => isTinmanError(error, "TIMEOUT") && error.details.timeoutMs === 30;
  const both = [pool.execute(run(0, 50)), pool.execute(run(1, 1))].map((run) => assert.rejects(run, late));
  await runTo(30);
  await Promise.all(both);
  const patient = pool.execute(run(2, 50), { timeoutMs: 100 });
  await runTo(90);
  assert.equal(await patient, 2);
  assert.deepEqual([pool.stats().timedOut, clock.pending], [2, 0]);
});

Deno.test("PipelinePool gives the place of a run that never ends to others, after its time of grace", async () => {
  const { pool, runTo } = await createPool({ maxConcurrent: 1, graceMs: 100 });
  const hung = assert.rejects(pool.execute(run(0, 0, { hang: true }), { timeoutMs: 10 }), /10 ms have passed/);
  const next = pool.execute(run(1, 1));
  await runTo(109);
  await hung;
  assert.deepEqual([pool.stats().running, pool.stats().waiting, pool.stats().abandoned], [1, 1, 0]);
  await runTo(111);
  assert.equal(await next, 1);
  assert.equal(pool.stats().abandoned, 1);
  await pool.close();
});

Deno.test("PipelinePool does not use an instance again that threw, and hands the error on as it is", async () => {
  const { pool, made } = await createPool({ maxConcurrent: 1 });
  await assert.rejects(pool.execute(run(0, 0, { fail: true })), { message: "the stage threw" });
  assert.equal(await pool.execute(run(1, 0)), 1);
  assert.deepEqual(made.map(({ runs, closes }) => [runs, closes]), [[1, 1], [1, 0]]);
  assert.deepEqual([pool.stats().failed, pool.stats().completed], [1, 1]);
});

Deno.test("PipelinePool makes a new instance for one that cannot be reset or made", async () => {
  const clock = new VirtualClock();
  let made = 0;
  const create = () => {
    if (++made === 2) throw new Error("no device");
    return {
      executeOnce: () => Promise.resolve(made),
      reset() {
        throw new Error("stuck");
      },
      close() {},
    };
  };
  await using pool = await openPool({ create, clock, maxConcurrent: 1 });
  assert.equal(await pool.execute(), 1);
  await assert.rejects(pool.execute(), /no device/);
  assert.equal(await pool.execute(), 3);
  assert.equal(pool.stats().idle, 0);
});

Deno.test("PipelinePool.close() finishes what was taken, refuses what is new, and may be called twice", async () => {
  const { pool, made, runTo } = await createPool({ maxConcurrent: 1 });
  const taken = [pool.execute(run(0, 5)), pool.execute(run(1, 5))];
  const closed = pool.close();
  assert.equal(pool.close(), closed);
  await assert.rejects(pool.execute(), (error) => isTinmanError(error, "CLOSED"));
  await runTo(10);
  assert.deepEqual(await Promise.all(taken), [0, 1]);
  await closed;
  assert.deepEqual(made.map(({ closes }) => closes), [1]);
});

Deno.test("PipelinePool.abort() ends all runs with its reason", async () => {
  const { pool, clock } = await createPool({ maxConcurrent: 1 });
  const all = [0, 1].map((i) => assert.rejects(pool.execute(run(i, 50)), (reason) => reason === "shutdown"));
  await settled();
  const closed = pool.abort("shutdown");
  await Promise.all(all);
  await closed;
  assert.deepEqual([pool.stats().cancelled, clock.pending], [2, 0]);
});

Deno.test("PipelinePool refuses limits and classes that make no sense", async () => {
  const { pool } = await createPool();
  await assert.rejects(pool.execute(undefined, { timeoutMs: 0 }), RangeError);
  await assert.rejects(pool.execute(undefined, { priority: "urgent" as Priority }), TypeError);
  await assert.rejects(createPool({ maxConcurrent: 0 }), RangeError);
});

Deno.test("PipelinePool runs one after another on one instance, however many it may have", async () => {
  const { pool } = await createPool({ maxConcurrent: 4 });
  for (let i = 0; i < 5; i++) assert.equal(await pool.execute(run(i, 0)), i);
  assert.deepEqual([pool.stats().created, pool.stats().reused, pool.stats().idle], [1, 5, 1]);
});

Deno.test("PipelinePool gives the result before a reset that takes long, and the place after it", async () => {
  const clock = new VirtualClock();
  const reset = () => clock.sleep(10);
  const create = () => ({ executeOnce: () => Promise.resolve(7), reset, close() {} });
  const pool = await openPool({ create, clock, maxConcurrent: 1 });
  assert.equal(await pool.execute(), 7);
  assert.deepEqual([pool.stats().running, pool.stats().idle], [1, 0]);
  await clock.runTo(10_000_000n);
  assert.deepEqual([pool.stats().running, pool.stats().idle], [0, 1]);
});

interface Job {
  readonly atNs: number;
  readonly takesNs: number;
  readonly priority: Priority;
  readonly timeoutNs: number;
}

// Goal: whatever comes when, the pool starts and ends runs as a plain simulation of servers with one line says.
// Method: no two things happen at one moment, because each job's times have bits of their own.
Deno.test("PipelinePool does as its model does, for any runs, classes and deadlines", async () => {
  const job = fc.record({
    at: fc.nat(8),
    takes: fc.nat(6),
    priority: fc.constantFrom(...PRIORITIES),
    timeout: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 9 })),
  });
  const limits = fc.record({ maxConcurrent: fc.integer({ min: 1, max: 3 }), maxWaiting: fc.nat(4) });
  await fc.assert(
    fc.asyncProperty(fc.array(job, { minLength: 1, maxLength: 9 }), limits, async (drawn, limits) => {
      const jobs = drawn.map(({ at, takes, priority, timeout }, i): Job => ({
        atNs: at * 20e6 + 2 ** i,
        takesNs: takes * 20e6 + 2 ** (i + 10),
        priority,
        timeoutNs: timeout * 20e6,
      }));
      assert.deepEqual(await observe(jobs, limits), predict(jobs, limits));
    }),
    { numRuns: 60 },
  );
});

interface Limits {
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
}

async function observe(jobs: readonly Job[], limits: Limits): Promise<string[]> {
  const clock = new VirtualClock();
  const events: string[] = [];
  const say = (what: string) => events.push(`${clock.elapsedNs()} ${what}`);
  const create = () => new FakePipeline(clock, say);
  await using pool = await openPool({ create, clock, ...limits });
  const ended: Promise<void>[] = [];
  for (const [i, { atNs, takesNs, priority, timeoutNs }] of jobs.entries()) {
    const options: ExecuteOptions = { priority, timeoutMs: timeoutNs / 1e6 };
    clock.at(atNs, () =>
      ended.push(
        pool.execute(run(i, takesNs / 1e6), options).then(
          () => void say(`done ${i}`),
          (error) => void say(`${isTinmanError(error) ? error.code : error} ${i}`),
        ),
      ));
  }
  await clock.runTo(BigInt(2e9));
  await Promise.all(ended);
  assert.ok(pool.stats().maxRunning <= limits.maxConcurrent);
  return events.sort();
}

function predict(jobs: readonly Job[], { maxConcurrent, maxWaiting }: Limits): string[] {
  const events: string[] = [];
  const waiting: number[] = [];
  const running = new Map<number, number>(); // when each ends
  const givesUpAt = (i: number) => jobs[i]!.atNs + jobs[i]!.timeoutNs;
  const dueAt = (i: number) => jobs[i]!.atNs + LATENCY_TARGET_MS[jobs[i]!.priority] * 1e6;
  const start = (i: number, nowNs: number) => {
    events.push(`${nowNs} start ${i}`);
    running.set(i, nowNs + jobs[i]!.takesNs);
  };
  const coming = jobs.map((_, i) => i);
  while (coming.length + waiting.length + running.size > 0) {
    const moments = [
      ...coming.map((i) => ({ i, atNs: jobs[i]!.atNs })),
      ...waiting.map((i) => ({ i, atNs: givesUpAt(i) })),
      ...[...running].map(([i, endNs]) => ({ i, atNs: Math.min(endNs, givesUpAt(i)) })),
    ];
    const { i, atNs } = moments.reduce((a, b) => b.atNs < a.atNs ? b : a);
    if (coming.includes(i)) {
      coming.splice(coming.indexOf(i), 1);
      if (running.size < maxConcurrent) start(i, atNs);
      else if (waiting.length < maxWaiting) waiting.push(i);
      else events.push(`${atNs} UNAVAILABLE ${i}`);
    } else if (waiting.includes(i)) {
      waiting.splice(waiting.indexOf(i), 1);
      events.push(`${atNs} TIMEOUT ${i}`);
    } else {
      events.push(`${atNs} ${running.get(i) === atNs ? "done" : "TIMEOUT"} ${i}`);
      running.delete(i);
      const next = [...waiting].sort((a, b) => dueAt(a) - dueAt(b))[0];
      if (next === undefined) continue;
      waiting.splice(waiting.indexOf(next), 1);
      start(next, atNs);
    }
  }
  return events.sort();
}
