import assert from "node:assert/strict";
import { add, counter, stageType, values, world } from "./_fixture_test.ts";
import { BufferPool } from "./buffer_pool.ts";
import { readPipeline } from "./config.ts";
import { noObserver } from "./observer.ts";
import { StageRegistry } from "./registry.ts";
import { SingleShotLine } from "./single_shot_line.ts";
import type { StageType } from "./stage.ts";

/** A counter and what is added to it; `log` has when each of the frames was begun and ended. */
function line() {
  const log: string[] = [];
  const slow: StageType = {
    ...stageType("Slow", () => () => {}),
    create: () => ({
      async process(frame) {
        log.push(`begins ${frame.sequenceId}`);
        for (let i = 0; i < 20; i++) await Promise.resolve();
        log.push(`ends ${frame.sequenceId}`);
        if (frame.sequenceId === 7) throw new Error("seven");
        return frame;
      },
      close: () => void log.push("closed"),
    }),
  };
  const registry = new StageRegistry([counter, add, slow]);
  const config = (by: number) =>
    readPipeline({
      nodes: [{ id: "count", type: "Counter" }, { id: "slow", type: "Slow" }, {
        id: "add",
        type: "Add",
        config: { by },
      }],
      connections: [{ from: "count", to: "slow" }, { from: "slow", to: "add" }],
    }, { registry });
  const options = { environment: world(), observer: noObserver, pool: new BufferPool() };
  return { line: new SingleShotLine(config(10), options), config, log };
}

Deno.test("SingleShotLine.execute() begins a frame when the one before has come out", async () => {
  const { line: shots, log } = line();
  const results = await Promise.all([1, 2, 3].map(() => shots.execute(undefined, {})));
  assert.deepEqual(results.map((each) => values(each, "add")), [[10], [11], [12]]);
  assert.deepEqual(log, ["begins 0", "ends 0", "begins 1", "ends 1", "begins 2", "ends 2"]);
});

Deno.test("SingleShotLine.execute() goes on behind a frame that failed", async () => {
  const { line: shots } = line();
  const all = await Promise.allSettled(Array.from({ length: 9 }, () => shots.execute(undefined, {})));
  assert.deepEqual(all.map(({ status }) => status === "fulfilled"), [...Array(7).fill(true), false, true]);
});

Deno.test("SingleShotLine.change() sends what waits through the new stages, and closes the old behind what is under way", async () => {
  const { line: shots, config, log } = line();
  const first = shots.execute(undefined, {});
  while (log.length === 0) await Promise.resolve();
  const second = shots.execute(undefined, {});
  shots.change(config(20));
  assert.deepEqual([values(await first, "add"), values(await second, "add")], [[10], [20]]);
  await shots.close();
  assert.deepEqual(log, ["begins 0", "ends 0", "begins 0", "ends 0", "closed", "closed"]);
});

Deno.test("SingleShotLine.reset() has the next frame begin anew", async () => {
  const { line: shots } = line();
  const first = shots.execute(undefined, {});
  const reset = shots.reset();
  const second = shots.execute(undefined, {});
  await reset;
  assert.deepEqual([values(await first, "add"), values(await second, "add")], [[10], [10]]);
});
