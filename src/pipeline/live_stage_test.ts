import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { createRandom } from "../random/mod.ts";
import { createDiagnostics } from "../runtime/mod.ts";
import { numberFrame, world } from "./_fixture_test.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { StageConfig } from "./config.ts";
import { LiveStage } from "./live_stage.ts";
import type { Stage } from "./stage.ts";

/** A stage with a second for each call, and how often it was made. */
function live(create: () => Stage | Promise<Stage>) {
  const environment = world();
  const { clock, say } = environment;
  const made = { count: 0 };
  const type = {
    ...{ type: "Any", title: "", category: "test", parameters: {} },
    create: () => {
      made.count++;
      return create();
    },
  };
  const config = { id: "a", type, config: {}, timeout_ms: 1000 } as unknown as StageConfig;
  const context = {
    ...{ id: "a", clock, random: createRandom("a"), log: createDiagnostics("a", clock, say), pool: new BufferPool() },
    ...{ inputs: ["in"], signal: new AbortController().signal },
    emit: () => Promise.resolve(),
    hold: <T>(work: Promise<T>) => work,
  };
  return { stage: new LiveStage(config, { context }), environment, made };
}

Deno.test("LiveStage.open() makes a stage once, and again when that was let go", async () => {
  const closed: number[] = [];
  const { stage, made } = live(() => ({ process() {}, close: () => void closed.push(made.count) }));
  assert.deepEqual([stage.isNew, stage.isMade, stage.mustBeMade], [true, false, true]);
  await stage.open();
  await stage.open();
  assert.deepEqual([stage.isNew, stage.isMade, stage.mustBeMade, made.count], [false, true, false, 1]);
  await stage.close();
  await stage.close();
  await stage.open();
  assert.deepEqual([made.count, closed], [2, [1]]);
});

Deno.test("LiveStage.open() says why a stage cannot be made, and may be called again", async () => {
  const { stage, made } = live(() => {
    if (made.count === 1) throw new Error("no port");
    return { process() {} };
  });
  await assert.rejects(
    stage.open(),
    (error) => isTinmanError(error, "NODE") && /make stage "a": no port/.test(error.message),
  );
  assert.deepEqual([stage.isNew, stage.isMade], [false, false]);
  await stage.open();
  assert.ok(stage.isMade);
});

Deno.test("LiveStage.process() answers at once where the stage does", async () => {
  const { stage } = live(() => ({ process: (frame) => frame }));
  await stage.open();
  const frame = numberFrame(3);
  assert.equal(stage.process(frame, "in"), frame);
});

Deno.test("LiveStage.close() leaves a stage behind that did not answer in its time, and does not wait for it", async () => {
  const seen: string[] = [];
  const { stage, environment } = live(() => ({
    process: () => new Promise<never>(() => {}),
    close: () => void seen.push("closed"),
    abandon: () => seen.push("abandoned"),
  }));
  await stage.open();
  await assert.rejects(
    environment.drive(Promise.resolve(stage.process(numberFrame(3), "in"))),
    { code: "TIMEOUT", message: 'Stage "a" did not come to the end of frame 3 within 1000 ms' },
  );
  assert.deepEqual([stage.isBusy, stage.mustBeMade], [true, true]);
  await stage.close();
  assert.deepEqual([stage.isBusy, seen], [false, ["abandoned"]]);
});

Deno.test("LiveStage.reset() puts a stage back, or lets it go where it cannot do so or is busy", async () => {
  let resets = 0;
  const { stage } = live(() => ({ process() {}, reset: () => void resets++ }));
  await stage.open();
  await stage.reset();
  assert.deepEqual([stage.isMade, resets], [true, 1]);
  stage.abandon();
  await stage.reset();
  assert.deepEqual([stage.isMade, resets], [false, 1]);
  const { stage: plain } = live(() => ({ process() {} }));
  await plain.open();
  await plain.reset();
  assert.equal(plain.isMade, false);
});

Deno.test("LiveStage.change() gives new parameters to a stage that takes them, and has any other made anew", async () => {
  const taken: unknown[] = [];
  const { stage } = live(() => ({ process() {}, update: (config) => void taken.push(config) }));
  const next = { ...stage.config, config: { gain: 2 } };
  stage.change(next, true);
  assert.deepEqual(taken, [], "there is none yet");
  await stage.open();
  stage.change(next, true);
  assert.deepEqual([taken, stage.mustBeMade], [[{ gain: 2 }], false]);
  const { stage: plain } = live(() => ({ process() {} }));
  await plain.open();
  plain.change(next, false);
  assert.equal(plain.mustBeMade, false);
  plain.change(next, true);
  assert.equal(plain.mustBeMade, true);
});

Deno.test("LiveStage.end() asks nobody who is not there or is busy, nor who is broken unless it is to fail", async () => {
  const { stage } = live(() => ({ process() {}, broken: true, end: () => numberFrame(1) }));
  assert.equal(stage.end(), undefined);
  await stage.open();
  assert.equal(stage.end({ unlessBroken: true }), undefined);
  assert.deepEqual(await stage.end(), numberFrame(1));
  stage.abandon();
  assert.equal(stage.end(), undefined);
});
