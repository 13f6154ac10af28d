// Goal: what a configuration says about errors is done, under every strategy, and no error loses its message.
// Method: stages that fail on calls of our choice, on a clock that moves only when all else rests.
import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { failing, make, numberFrame, stageType, valueOf, values } from "./_fixture_test.ts";
import type { DataFrame } from "./frame.ts";
import { noObserver } from "./observer.ts";
import type { StageType } from "./stage.ts";

/** A counter, a stage that fails, and what comes out of it. */
function config(node: Readonly<Record<string, unknown>>) {
  return {
    nodes: [{ id: "count", type: "Counter" }, { id: "f", type: "Failing", ...node }],
    connections: [{ from: "count", to: "f" }],
  };
}

/** Runs `frames` triggers through it; the values that came out, what was observed, and when the last came. */
async function stream(node: Readonly<Record<string, unknown>>, type: StageType, frames: number) {
  const seen = { errors: 0, restarts: 0, drops: 0 };
  let lastNs = 0;
  const { pipeline, environment } = make(config(node), [type], {
    onResult: () => lastNs = environment.clock.elapsedNs(),
    observer: {
      ...noObserver,
      error: () => seen.errors++,
      restart: () => seen.restarts++,
      drop: (_, n) => seen.drops += n,
    },
  });
  await environment.drive(pipeline.start());
  for (let i = 0; i < frames; i++) await environment.drive(pipeline.trigger());
  // stop() would end waits for restarts.
  await environment.drive(environment.clock.sleep(60_000));
  await environment.drive(pipeline.stop());
  return { ...seen, out: values(pipeline.results, "f"), pipeline, environment, ms: lastNs / 1e6 };
}

Deno.test("on_error propagate ends the pipeline with an error that names stage and frame and keeps its cause, for every n", async () => {
  for (let n = 1; n <= 6; n++) {
    const { pipeline, environment } = make(config({}), [failing((call) => call === n)]);
    await environment.drive(pipeline.start());
    const triggers = Array.from({ length: 6 }, () => pipeline.trigger().catch(() => {}));
    await environment.drive(Promise.all(triggers));
    await assert.rejects(environment.drive(pipeline.stop()), (error) => {
      assert.ok(isTinmanError(error, "NODE"));
      assert.equal(error.message, `Stage "f" failed on frame ${n - 1}: call ${n}`);
      assert.equal(error.details.node, "f");
      assert.ok(error.cause instanceof RangeError && error.cause.message === `call ${n}`);
      return true;
    });
    assert.equal(pipeline.state, "failed");
    assert.deepEqual(values(pipeline.results, "f"), Array.from({ length: n - 1 }, (_, i) => i));
  }
});

Deno.test("on_error skip leaves out the frame that failed and no other, for every n", async () => {
  for (let n = 1; n <= 6; n++) {
    const { out, drops, errors } = await stream({ on_error: "skip" }, failing((call) => call === n), 6);
    assert.deepEqual(out, [0, 1, 2, 3, 4, 5].filter((i) => i !== n - 1));
    assert.deepEqual([drops, errors], [1, 1]);
  }
});

Deno.test("on_error default puts silence in the place of the frame, or what the configuration says", async () => {
  const type = () => failing((call) => call === 2);
  assert.deepEqual((await stream({ on_error: "default" }, type(), 3)).out, [0, 0, 2]);
  const payload = { main_channel: [-1, 5] };
  const given = await stream({ on_error: "default", default_frame: payload }, type(), 3);
  assert.deepEqual(given.out, [0, -1, 2]);
  const frame = given.pipeline.results.get("f")![1]!;
  assert.deepEqual([frame.sequenceId, frame.metadata.stand_in, frame.payload.get("main_channel")!.length], [
    1,
    true,
    2,
  ]);
});

Deno.test("skipped frames go to a channel of dead letters, with who gave them up and why, and can be connected further", async () => {
  const { pipeline, environment } = make({
    nodes: [
      { id: "count", type: "Counter" },
      { id: "f", type: "Failing", on_error: "skip", dead_letters: "lost" },
      { id: "one", type: "Add" },
    ],
    connections: [{ from: "count", to: "f" }, { from: "lost", to: "one" }],
  }, [failing((call) => call % 2 === 0)]);
  const once = [await pipeline.executeOnce(), await pipeline.executeOnce()];
  assert.deepEqual([values(once[1]!, "f"), values(once[1]!, "one")], [[], [2]]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 4; i++) await environment.drive(pipeline.trigger());
  await environment.drive(pipeline.stop());
  assert.deepEqual([values(pipeline.results, "f"), values(pipeline.results, "one")], [[0, 2], [2, 4]]);
});

Deno.test("a dead letter says in its metadata what was wrong", async () => {
  const { pipeline } = make(config({ on_error: "skip", dead_letters: "lost" }), [failing(() => true)]);
  const [letter] = (await pipeline.executeOnce()).get("lost")!;
  assert.deepEqual(letter!.metadata.dead_letter, { stage: "f", error: "call 1" });
});

Deno.test("restart immediate makes the stage anew and gives it the same frame, and the error policy what cannot be cured", async () => {
  const cured = await stream({ restart: "immediate" }, failing((call) => call === 3), 4);
  assert.deepEqual(cured.out, [0, 1, 2, 3]);
  assert.deepEqual(cured.pipeline.results.get("f")!.map(({ metadata }) => metadata.seen), [1, 2, 1, 2]);
  assert.deepEqual([cured.restarts, cured.drops], [1, 0]);

  const restart = { strategy: "immediate", max_attempts: 2 };
  const hopeless = await stream({ restart, on_error: "skip" }, failing((call) => call >= 2 && call <= 4), 3);
  assert.deepEqual(hopeless.out, [0, 2]);
  assert.deepEqual([hopeless.errors, hopeless.restarts, hopeless.drops], [3, 2, 1]);
});

Deno.test("restart exponential waits base, twice that, … up to the longest, and then leaves it to the error policy", async () => {
  const restart = { strategy: "exponential", base_ms: 100, max_ms: 300, max_attempts: 4, jitter: 0 };
  const cured = await stream({ restart }, failing((call) => call >= 2 && call <= 4), 2);
  assert.deepEqual(cured.out, [0, 1]);
  assert.equal(cured.ms, 100 + 200 + 300);
  await assert.rejects(stream({ restart }, failing(() => true), 1), /Stage "f" failed on frame 0: call 5/);
});

Deno.test("restart exponential varies its waits by the jitter, from the chance of the run", async () => {
  const restart = { strategy: "exponential", base_ms: 1000, jitter: 0.5, max_attempts: 1 };
  const { ms } = await stream({ restart }, failing((call) => call === 1), 1);
  assert.ok(ms !== 1000 && ms >= 500 && ms <= 1500, `${ms}`);
});

Deno.test("restart exponential counts its attempts from nothing after the stage was healthy for a time", async () => {
  const restart = { strategy: "exponential", base_ms: 1, jitter: 0, max_attempts: 1, reset_ms: 1000 };
  for (const [pauseMs, dropped] of [[2000, 0], [500, 1]] as const) {
    let drops = 0;
    const observer = { ...noObserver, drop: () => drops++ };
    const type = failing((call) => call === 1 || call === 4);
    const { pipeline, environment } = make(config({ restart, on_error: "skip" }), [type], { observer });
    await environment.drive(pipeline.start());
    for (let i = 0; i < 3; i++) {
      await environment.drive(pipeline.trigger());
      await environment.drive(environment.clock.sleep(pauseMs));
    }
    await environment.drive(pipeline.stop());
    assert.equal(drops, dropped, `after ${pauseMs} ms`);
  }
});

Deno.test("stop() during a back-off does not wait for it: the frame is given up, and the pipeline stops in good order", async () => {
  const restart = { strategy: "exponential", base_ms: 3_600_000, max_ms: 3_600_000, jitter: 0 };
  let drops = 0;
  const observer = { ...noObserver, drop: () => drops++ };
  const { pipeline, environment } = make(config({ restart }), [failing((call) => call === 1)], { observer });
  await environment.drive(pipeline.start());
  await environment.drive(pipeline.trigger());
  for (let i = 0; i < 5; i++) await environment.nextTurn();
  const report = await environment.drive(pipeline.stop());
  assert.deepEqual([pipeline.state, drops, report?.leftBehind], ["stopped", 1, []]);
  assert.ok(environment.clock.elapsedNs() < 1e9);
});

Deno.test("a circuit breaker opens at its threshold, calls nobody while it is open, and closes after its trial", async () => {
  const calls = { count: 0 };
  const restart = {
    strategy: "circuit_breaker",
    error_threshold: 2,
    window_ms: 10_000,
    timeout_ms: 1000,
    half_open: 2,
  };
  const type = failing((call) => call <= 2, calls);
  const { pipeline, environment } = make(config({ restart, dead_letters: "lost" }), [type]);
  await environment.drive(pipeline.start());
  const send = async (count: number) => {
    for (let i = 0; i < count; i++) await environment.drive(pipeline.trigger());
    for (let i = 0; i < 5; i++) await environment.nextTurn();
  };
  await send(5);
  assert.equal(calls.count, 2, "open after two errors");
  await environment.drive(environment.clock.sleep(1000));
  await send(3);
  await environment.drive(pipeline.stop());
  assert.deepEqual(values(pipeline.results, "f"), [5, 6, 7]);
  const letters = pipeline.results.get("lost")!.map(({ metadata }) =>
    (metadata.dead_letter as { error: string }).error
  );
  assert.deepEqual(letters, ["call 1", "call 2", ...Array(3).fill('Stage "f" is not called: it failed too often')]);
});

Deno.test("a circuit breaker that fails while half open is open again for its whole time", async () => {
  const calls = { count: 0 };
  const restart = { strategy: "circuit_breaker", error_threshold: 1, timeout_ms: 1000, half_open: 2 };
  const { pipeline, environment } = make(config({ restart }), [failing((call) => call === 1 || call === 3, calls)]);
  await environment.drive(pipeline.start());
  const counts: number[] = [];
  for (const waitMs of [0, 500, 1000, 0, 500, 1000, 0]) {
    await environment.drive(environment.clock.sleep(waitMs));
    await environment.drive(pipeline.trigger());
    for (let i = 0; i < 5; i++) await environment.nextTurn();
    counts.push(calls.count);
  }
  assert.deepEqual(counts, [1, 1, 2, 3, 3, 4, 5]);
  await environment.drive(pipeline.stop());
});

Deno.test("a circuit breaker forgets errors that are older than its window", async () => {
  const calls = { count: 0 };
  const restart = { strategy: "circuit_breaker", error_threshold: 2, window_ms: 100, timeout_ms: 1e6 };
  const { pipeline, environment } = make(config({ restart }), [failing((call) => call % 2 === 1, calls)]);
  await environment.drive(pipeline.start());
  for (let i = 0; i < 6; i++) {
    await environment.drive(pipeline.trigger());
    await environment.drive(environment.clock.sleep(100));
  }
  assert.equal(calls.count, 6);
  await environment.drive(pipeline.stop());
});

Deno.test("a stage that never answers is a TIMEOUT that names it, and is made anew where the policy goes on", async () => {
  let made = 0;
  const stuck = stageType("Failing", () => {
    made++;
    return (frame) => frame.sequenceId === 1 ? new Promise<never>(() => {}) : Promise.resolve(frame);
  });
  const { out, ms } = await stream({ timeout_ms: 250, on_error: "skip" }, stuck, 3);
  assert.deepEqual([out, made, ms], [[0, 2], 2, 250]);
  await assert.rejects(stream({ timeout_ms: 250 }, stuck, 3), (error) => {
    assert.ok(isTinmanError(error, "TIMEOUT"));
    assert.equal(error.message, 'Stage "f" did not come to the end of frame 1 within 250 ms');
    return true;
  });
});

Deno.test("a frame that nobody waits for any more is not called again, and its deadline is not that of the next", async () => {
  const seen = { made: 0, calls: 0 };
  const late = Promise.withResolvers<never>();
  const type = stageType("Failing", () => {
    seen.made++;
    let frames = 0;
    return () => (seen.calls++ === 0 ? late.promise : Promise.resolve(numberFrame(++frames)));
  });
  const node = { timeout_ms: 1000, restart: "immediate" };
  const { pipeline, environment } = make(config(node), [type]);
  const abort = new AbortController();
  const first = pipeline.executeOnce(undefined, { signal: abort.signal });
  await environment.nextTurn();
  abort.abort(new Error("too late"));
  await assert.rejects(first, /too late/);
  const next = async () => valueOf((await environment.drive(pipeline.executeOnce())).get("f")![0]!);
  assert.equal(await next(), 1);
  late.reject(new Error("after all"));
  await environment.drive(environment.clock.sleep(2000));
  assert.equal(await next(), 2);
  assert.deepEqual(seen, { made: 2, calls: 3 });
  await pipeline.close();
});

Deno.test("a stage that gives something that is not a frame has failed, and the error says what it gave", async () => {
  const frame = numberFrame(1);
  const garbage: [unknown, RegExp][] = [
    [5, /gave no frame: it is 5/],
    [null, /gave no frame: it is null/],
    ["x", /gave no frame: it is x/],
    [{}, /gave no frame: it is an object/],
    [{ ...frame, sequenceId: 0.5 }, /its sequenceId is 0.5/],
    [{ ...frame, timestampUs: NaN }, /its timestampUs is NaN/],
    [{ ...frame, payload: { main_channel: [1] } }, /its payload is an object/],
    [{ ...frame, payload: new Map([["a", [1]]]) }, /its payload.a is a list/],
    [[frame, undefined], /gave no frame: it is undefined/],
    [Promise.resolve(7), /gave no frame: it is 7/],
  ];
  for (const [result, expected] of garbage) {
    const type = stageType("Failing", () => () => result as DataFrame);
    const { pipeline } = make(config({}), [type]);
    await assert.rejects(pipeline.executeOnce(), (error) => {
      assert.ok(isTinmanError(error, "NODE"));
      assert.match(error.message, expected);
      assert.match(error.message, /^Stage "f" failed on frame 0: /);
      return true;
    });
  }
});

Deno.test("a stage may give several frames for one, or none", async () => {
  const type = stageType("Failing", () => (frame) => frame.sequenceId % 2 === 0 ? [frame, frame] : []);
  assert.deepEqual((await stream({}, type, 4)).out, [0, 0, 2, 2]);
});

Deno.test("a stage whose close() fails does not bring the pipeline down, and is heard of", async () => {
  const type: StageType = {
    ...stageType("Failing", () => () => {}),
    create: () => ({
      process: (frame) => frame,
      close() {
        throw new Error("the port is gone");
      },
    }),
  };
  const { environment } = await stream({}, type, 1);
  assert.ok(environment.said.some(({ message }) => message === 'stage "f" failed while it was closed'));
});
