/*
 * "A consumer that leaves early, throws, never reads (DEADLOCK error); a producer that throws while blocked." Each with a
 * producer that has more to say than there is room for, in the form of a function and of handlers, alone and recorded.
 */
import assert from "node:assert/strict";
import { channel, createEnvironment, isTinmanError, type Node, node, replay, run, type RunOptions } from "tinman";
import { openRecording, verifyRecording } from "tinman/log";
import { temporaryFolder } from "./_folder.ts";

const numbers = channel<number>("numbers", { capacity: 4 });
const others = channel<number>("others", { capacity: 4 });
const MANY = 1000;

function producer(count = MANY): Node {
  return node({ name: "producer", out: { numbers } }, async ({ numbers }) => {
    for (let n = 0; n < count; n++) await numbers.publish(n);
  });
}

/** Runs with and without a recording; `check` gets what was thrown, if anything. */
async function tryBoth(
  nodes: () => Node[],
  options: RunOptions,
  check: (error: unknown, recording?: string) => void | Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  for (const record of [undefined, { folder: folder.path, name: "run" }]) {
    const error = await run(nodes(), { ...options, ...(record && { record }) }).then(() => undefined, (error) => error);
    if (record === undefined) {
      await check(error);
      continue;
    }
    assert.deepEqual(verifyRecording(createEnvironment().files, `${folder.path}/run`).findings, []);
    await check(error, `${folder.path}/run`);
  }
}

Deno.test("A consumer that leaves its loop early does not hold up its producer, nor other consumers", async () => {
  let seen: number[] = [];
  const leaver = () =>
    node({ name: "leaver", in: { numbers } }, async ({ numbers }) => {
      for await (const n of numbers) if (n === 2) break;
    });
  const other = () =>
    node({ name: "other", in: { numbers } }, async ({ numbers }) => {
      seen = [];
      for await (const n of numbers) seen.push(n);
    });
  await tryBoth(() => [producer(), leaver()], {}, (error, recording) => {
    assert.equal(error, undefined);
    if (recording !== undefined) assert.equal(countOf(recording), MANY);
  });
  await tryBoth(() => [producer(), leaver(), other()], {}, async (error, recording) => {
    assert.equal(error, undefined);
    assert.deepEqual(seen, Array.from({ length: MANY }, (_, n) => n));
    if (recording !== undefined) {
      await replay([leaver(), other()], recording);
      assert.equal(seen.length, MANY, "in a replay too");
    }
  });
});

Deno.test("A consumer that throws ends the run with that very error, though its producer is blocked", async () => {
  const failure = new Error("no more, please");
  const asFunction = () =>
    node({ name: "thrower", in: { numbers } }, async ({ numbers }) => {
      for await (const n of numbers) if (n === 2) throw failure;
    });
  const asHandler = () =>
    node({ name: "thrower", in: { numbers } }, {
      numbers(n) {
        if (n === 2) throw failure;
      },
    });
  const slow = () =>
    node({ name: "slow", in: { numbers } }, async ({ numbers, clock }) => {
      for await (const _ of numbers) await clock.sleep(5);
    });
  for (const thrower of [asFunction, asHandler]) {
    await tryBoth(() => [producer(), thrower()], {}, (error) => assert.equal(error, failure));
    await tryBoth(() => [producer(), thrower(), slow()], {}, (error) => assert.equal(error, failure));
  }
});

Deno.test("A consumer that never reads is a DEADLOCK error with its name and what to do", async () => {
  const deaf = () =>
    node({ name: "deaf", in: { numbers } }, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
  await tryBoth(() => [producer(), deaf()], { stallMs: 300 }, async (error, recording) => {
    assert.ok(isTinmanError(error, "DEADLOCK"), String(error));
    assert.match(error.message, /channel "numbers" has been full for 0.3 s and "deaf" has not read/);
    assert.match(error.hint ?? "", /read the input, leave its loop/);
    assert.deepEqual(error.details.waiting, ["numbers"]);
    if (recording === undefined) return;
    // Of the value that had no room, nobody can say that it was published.
    const again = replay([deaf()], recording, { graceMs: 200 });
    await again.then(() => assert.ok(countOf(recording) <= 4), (error) => assert.ok(isTinmanError(error, "DEADLOCK")));
  });
});

Deno.test("A node that returns without reading is no deadlock", async () => {
  const idle = node({ name: "idle", in: { numbers } }, () => Promise.resolve());
  const { channels } = await run([producer(), idle], { stallMs: 300 });
  assert.equal(channels.find(({ name }) => name === "numbers")!.count, MANY);
});

Deno.test("A producer that throws while others are blocked ends the run with that very error", async () => {
  const failure = new Error("the sensor is gone");
  const thrower = () =>
    node({ name: "thrower", out: { numbers, others } }, async ({ numbers, others }) => {
      // One of these waits for room when the other throws.
      const publish = async () => {
        for (let n = 0; n < MANY; n++) await numbers.publish(n);
      };
      const fail = async () => {
        for (let n = 0; n < 4; n++) await others.publish(n);
        throw failure;
      };
      await Promise.all([publish(), fail()]);
    });
  const slow = () =>
    node({ name: "slow", in: { numbers, others } }, async ({ numbers, others, clock }) => {
      const read = async (input: AsyncIterable<number>) => {
        for await (const _ of input) await clock.sleep(20);
      };
      await Promise.all([read(numbers), read(others)]);
    });
  await tryBoth(() => [thrower(), slow()], {}, (error) => assert.equal(error, failure));
});

Deno.test("A producer that throws while it waits for room in no hurry leaves nothing that nobody catches", async () => {
  const failure = new Error("the sensor is gone");
  const careless = () =>
    node({ name: "careless", out: { numbers } }, async ({ numbers, clock }) => {
      // Not waited for: refused when the run ends.
      for (let n = 0; n < 20; n++) void numbers.publish(n);
      await clock.sleep(1);
      throw failure;
    });
  const slow = () =>
    node({ name: "slow", in: { numbers } }, async ({ numbers, clock }) => {
      for await (const _ of numbers) await clock.sleep(50);
    });
  await tryBoth(() => [careless(), slow()], {}, (error) => assert.equal(error, failure));
});

Deno.test("When several nodes throw, the first error is the one that is thrown, once and as it is", async () => {
  const failures = [new Error("first"), new Error("second")];
  const throwers = failures.map((failure, i) =>
    node({ name: `thrower ${i}`, in: { numbers } }, async ({ numbers }) => {
      for await (const n of numbers) if (n === 10 + i) throw failure;
    })
  );
  await assert.rejects(run([producer(), ...throwers]), (error) => error === failures[0]);
});

function countOf(recording: string): number {
  using log = openRecording(createEnvironment().files, recording);
  return log.channels.find(({ name }) => name === "numbers")!.frames;
}
