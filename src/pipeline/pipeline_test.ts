import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { make, numberFrame, stageType, values } from "./_fixture_test.ts";
import type { DataFrame } from "./frame.ts";

const chain = {
  nodes: [{ id: "count", type: "Counter" }, { id: "one", type: "Add" }, { id: "ten", type: "Add", config: { by: 10 } }],
  connections: [{ from: "count", to: "one" }, { from: "one", to: "ten" }],
};

const fan = {
  nodes: [
    { id: "join", type: "Join" },
    { id: "ten", type: "Add", config: { by: 10 } },
    { id: "one", type: "Add" },
    { id: "count", type: "Counter" },
  ],
  connections: [
    { from: "count", to: "one" },
    { from: "count", to: "ten" },
    { from: "one", to: "join.a" },
    { from: "ten", to: "join.b" },
  ],
};

Deno.test("createPipeline() makes a pipeline that has not started", () => {
  assert.equal(make(chain).pipeline.state, "idle");
});

Deno.test("executeOnce() takes a frame through a chain, and stages keep their state for the next", async () => {
  const { pipeline } = make(chain);
  assert.deepEqual(values(await pipeline.executeOnce(), "ten"), [11]);
  assert.deepEqual(values(await pipeline.executeOnce(), "ten"), [12]);
  await pipeline.reset();
  assert.deepEqual(values(await pipeline.executeOnce(), "ten"), [11]);
  await pipeline.close();
});

Deno.test("executeOnce() takes every branch, each stage behind all that feed it, in whatever order they are written", async () => {
  const { pipeline } = make(fan);
  await pipeline.executeOnce();
  const results = await pipeline.executeOnce();
  assert.deepEqual([...results.keys()], ["join"]);
  assert.equal(values(results, "join").at(-1), 2011);
});

Deno.test("executeOnce() gives the results of every end, and feeds every source", async () => {
  const { pipeline } = make({
    nodes: [{ id: "a", type: "Counter" }, { id: "b", type: "Counter" }, { id: "c", type: "Add" }],
    connections: [{ from: "b", to: "c" }],
  });
  const results = await pipeline.executeOnce();
  assert.deepEqual([values(results, "a"), values(results, "c")], [[0], [1]]);
});

Deno.test("executeOnce() with a frame hands it to stages that nothing is connected to", async () => {
  const { pipeline } = make({ nodes: [{ id: "one", type: "Add" }] });
  assert.deepEqual(values(await pipeline.executeOnce(numberFrame(41)), "one"), [42]);
});

Deno.test("executeOnce() is ended by its signal while a stage does not answer", async () => {
  const stuck = stageType("Stuck", () => () => new Promise<never>(() => {}));
  const { pipeline, environment } = make({ nodes: [{ id: "s", type: "Stuck", timeout_ms: 0 }] }, [stuck]);
  await assert.rejects(
    environment.drive(pipeline.executeOnce(undefined, { signal: environment.clock.deadline(20) })),
    (error) => isTinmanError(error, "TIMEOUT"),
  );
});

Deno.test("a pipeline that runs takes triggers to all its ends, and stop() drains it", async () => {
  const out: [string, DataFrame][] = [];
  const { pipeline, environment } = make(fan, [], { onResult: (end, frame) => out.push([end, frame]) });
  await environment.drive(pipeline.start());
  assert.equal(pipeline.state, "running");
  for (let i = 0; i < 5; i++) await environment.drive(pipeline.trigger());
  const report = await environment.drive(pipeline.stop());
  assert.equal(pipeline.state, "stopped");
  assert.equal(report?.channels.find(({ name }) => name === "join")?.count, 10);
  assert.equal(out.length, 10);
  assert.equal(values(pipeline.results, "join").at(-1), 5014);
});

Deno.test("fan-out hands the same frame to every reader, not a copy", async () => {
  const seen: DataFrame[] = [];
  const look = stageType("Look", () => (frame) => void seen.push(frame));
  const { pipeline, environment } = make({
    nodes: [{ id: "count", type: "Counter" }, { id: "a", type: "Look" }, { id: "b", type: "Look" }],
    connections: [{ from: "count", to: "a" }, { from: "count", to: "b" }],
  }, [look]);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.equal(seen.length, 2);
  assert.equal(seen[0], seen[1]);
});

Deno.test("trigger() reaches every source, or the one that is named", async () => {
  const { pipeline, environment } = make({ nodes: [{ id: "a", type: "Counter" }, { id: "b", type: "Counter" }] });
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.trigger("b"));
  await assert.rejects(pipeline.trigger("c"), { message: 'Cannot trigger "c": the sources are a, b' });
  await environment.drive(pipeline.stop());
  assert.deepEqual([values(pipeline.results, "a"), values(pipeline.results, "b")], [[0], [0, 1]]);
});

Deno.test("trigger() waits while the first queue is full, so that nothing is lost", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = stageType("Slow", () => async (frame) => {
    await gate.promise;
    return frame;
  });
  const { pipeline, environment } = make({
    pipeline_config: { channel_capacity: 2 },
    nodes: [{ id: "s", type: "Slow", timeout_ms: 0 }],
  }, [slow]);
  await environment.drive(pipeline.start());
  let taken = 0;
  const triggers = Array.from({ length: 10 }, () => pipeline.trigger().then(() => taken++));
  await environment.nextTurn();
  assert.ok(taken < 5, `${taken} were taken`);
  gate.resolve();
  await environment.drive(Promise.all(triggers));
  await environment.drive(pipeline.stop());
  assert.equal(pipeline.results.get("s")?.length, 10);
});

Deno.test("pause() holds triggers back, resume() lets them go, and none is lost", async () => {
  const { pipeline, environment } = make(chain);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  pipeline.pause();
  const held = pipeline.trigger();
  for (let i = 0; i < 5; i++) await environment.nextTurn();
  assert.deepEqual(values(pipeline.results, "ten"), [11]);
  pipeline.resume();
  await environment.drive(held);
  pipeline.pause();
  await environment.drive(pipeline.stop());
  assert.deepEqual(values(pipeline.results, "ten"), [11, 12]);
});

Deno.test("what a pipeline does in the wrong state is an error that names the state", async () => {
  const { pipeline, environment } = make(chain);
  assert.throws(() => pipeline.pause(), /from idle to paused/);
  assert.throws(() => pipeline.resume(), /from idle to running/);
  await assert.rejects(pipeline.trigger(), /it is idle/);
  assert.equal(await pipeline.stop(), undefined);
  await environment.drive(pipeline.start());
  await assert.rejects(pipeline.start(), /from running to starting/);
  await environment.drive(pipeline.stop());
  await environment.drive(pipeline.stop());
  await assert.rejects(pipeline.trigger(), /it is stopped/);
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.close());
});

Deno.test("start() refuses with the error of a stage that cannot be made, and names it", async () => {
  const broken = stageType("Broken", () => {
    throw new RangeError("no such device");
  });
  const { pipeline, environment } = make({ nodes: [{ id: "mic", type: "Broken" }] }, [broken]);
  await assert.rejects(environment.drive(pipeline.start()), (error) => {
    assert.ok(isTinmanError(error, "NODE"));
    assert.equal(error.message, 'Cannot make stage "mic": no such device');
    assert.ok(error.cause instanceof RangeError);
    return true;
  });
  assert.equal(pipeline.state, "failed");
  await pipeline.reset();
  assert.equal(pipeline.state, "idle");
});

Deno.test("what is left in a stage when no frame comes any more comes out at its end", async () => {
  const last = {
    ...stageType("Last", () => () => {}),
    create: () => {
      let kept: DataFrame | undefined;
      return { process: (frame: DataFrame) => void (kept = frame), end: () => kept };
    },
  };
  const { pipeline, environment } = make({
    nodes: [{ id: "count", type: "Counter" }, { id: "last", type: "Last" }, { id: "one", type: "Add" }],
    connections: [{ from: "count", to: "last" }, { from: "last", to: "one" }],
  }, [last]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 3; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.deepEqual(values(pipeline.results, "one"), [3]);
});
