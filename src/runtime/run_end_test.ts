// How a run ends. Of the original: runtime_test TestDaemonNodes, TestShutdown; its defect 3.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { failedNode } from "./execution.ts";
import { node } from "./node.ts";
import { runGraph } from "./run.ts";

const numbers = channel<number>("numbers");

function source(count: number, out = numbers) {
  return node({ out: { out } }, async function source({ out }) {
    for (let i = 0; i < count; i++) await out.publish(i);
  });
}

Deno.test("runGraph() fails with the very error that a node threw, though its producer was blocked (defect 3)", async () => {
  const cause = new Error("sensor on fire");
  const failing = node({ in: { numbers }, name: "failing" }, async ({ numbers }) => {
    for await (const n of numbers) if (n === 3) throw cause;
  });
  const error = await runGraph([source(1e6), failing], createTestEnvironment()).catch((error) => error);
  assert.equal(error, cause);
  assert.equal(failedNode(error), "failing");
});

Deno.test("runGraph() fails when a handler throws", async () => {
  const failing = node({ in: { numbers } }, {
    numbers(n) {
      if (n === 3) throw new RangeError("three");
    },
  });
  await assert.rejects(runGraph([source(10), failing], createTestEnvironment()), new RangeError("three"));
});

Deno.test("runGraph() stops daemons when all other nodes have ended", async () => {
  let ticks = 0;
  const daemon = node({ daemon: true }, async ({ clock }) => {
    for await (const _ of clock.every(10)) ticks++;
  });
  const slow = node({}, ({ clock }) => clock.sleep(105));
  const env = createTestEnvironment();
  const report = await env.drive(runGraph([daemon, slow], env));
  assert.equal(ticks, 10);
  assert.deepEqual(report.leftBehind, []);
});

Deno.test("runGraph() at the first signal ends sources and drains the rest", async () => {
  const got: number[] = [];
  let published = 0;
  const endless = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for await (const _ of clock.every(10)) await numbers.publish(published++);
    await numbers.publish(-1);
  });
  const slow = node({ in: { numbers } }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(30);
      got.push(n);
    }
  });
  const env = createTestEnvironment();
  const done = runGraph([endless, slow], env);
  void env.clock.sleep(505).then(() => env.signal());
  const report = await env.drive(done);
  assert.equal(report.stopped, "signal");
  assert.equal(got.length, published + 1, "nothing that was published is lost");
  assert.equal(got.at(-1), -1, "a source may have a last word");
  assert.deepEqual(env.exits, []);
});

Deno.test("runGraph() at the second signal ends at once", async () => {
  const stubborn = node({}, async () => {
    await new Promise(() => {});
  });
  const env = createTestEnvironment();
  const done = runGraph([stubborn], env);
  env.signal();
  env.signal();
  await env.drive(done);
  assert.deepEqual(env.exits, [130]);
});

Deno.test("runGraph() leaves a node behind that does not end within the time of grace, and names it", async () => {
  const stubborn = node({ name: "stubborn" }, async () => {
    await new Promise(() => {});
  });
  const env = createTestEnvironment();
  const report = await env.drive(runGraph([stubborn], env, { durationMs: 100, graceMs: 50 }));
  assert.deepEqual(report.leftBehind, ["stubborn"]);
  assert.equal(report.stopped, "duration");
  assert.ok(env.said.some(({ message }) => message.includes("stubborn")));
});

Deno.test("runGraph() stops a source that never looks up", async () => {
  const busy = node({ out: { numbers } }, async ({ numbers }) => {
    for (let i = 0;; i++) await numbers.publish(i);
  });
  const got: number[] = [];
  const stop = new AbortController();
  const sink = node({ in: { numbers } }, async ({ numbers }) => {
    for await (const n of numbers) if (got.push(n) === 5000) stop.abort();
  });
  const report = await runGraph([busy, sink], createTestEnvironment(), { signal: stop.signal });
  assert.equal(report.stopped, "asked");
  assert.ok(got.length >= 5000 && got.length < 10_000);
});

Deno.test("runGraph() fails when everything waits for a node that never reads", async () => {
  const deaf = node({ in: { numbers }, name: "deaf" }, async () => {
    await new Promise(() => {});
  });
  const env = createTestEnvironment();
  const error = await env.drive(runGraph([source(100), deaf], env).catch((error) => error));
  assert.ok(isTinmanError(error, "DEADLOCK"), String(error));
  assert.match(error.message, /"numbers" has been full for 10 s and "deaf" has not read/);
});

Deno.test("runGraph() waits for a reader that is at work, however long somebody waits for it", async () => {
  const got: number[] = [];
  const env = createTestEnvironment();
  const upload = node({ in: { numbers: numbers.with({ capacity: 1 }) } }, async ({ numbers }) => {
    for await (const n of numbers) {
      // Something outside: not the clock of the node.
      if (n === 1) await env.clock.sleep(60_000);
      got.push(n);
    }
  });
  await env.drive(runGraph([source(5), upload], env, { stallMs: 1000 }));
  assert.deepEqual(got, [0, 1, 2, 3, 4]);
});

Deno.test("runGraph() fails when a node waits for the end of one input while its producer waits for the other", async () => {
  const [a, b] = [channel<number>("a"), channel<number>("b")];
  const producer = node({ out: { a, b } }, async ({ a, b }) => {
    for (let i = 0; i < 100; i++) {
      await a.publish(i);
      await b.publish(i);
    }
  });
  const sequential = node({ in: { a, b }, name: "sequential" }, async ({ a, b }) => {
    for await (const _ of a);
    for await (const _ of b);
  });
  const env = createTestEnvironment();
  const error = await env.drive(runGraph([producer, sequential], env).catch((error) => error));
  assert.ok(isTinmanError(error, "DEADLOCK"), String(error));
  assert.match(error.message, /"b" has been full for 10 s and "sequential" has not read/);
});

Deno.test("runGraph() stops all nodes when one fails, and their finally blocks run", async () => {
  const events: string[] = [];
  const failing = node({}, async ({ clock }) => {
    await clock.sleep(50);
    throw new Error("on fire");
  });
  const sleeper = node({}, async ({ clock, signal }) => {
    try {
      await clock.sleep(1e9);
    } finally {
      events.push(`sleeper ${signal.aborted}`);
    }
  });
  const ticker = node({}, async ({ clock }) => {
    for await (const _ of clock.every(10));
    events.push("ticker");
  });
  const env = createTestEnvironment();
  await env.drive(assert.rejects(runGraph([failing, sleeper, ticker], env), new Error("on fire")));
  assert.deepEqual(events.sort(), ["sleeper true", "ticker"]);
  assert.equal(env.clock.pending, 0, "no timer is left behind");
});

Deno.test("runGraph() that fails is one failure, though handlers had values under way that nobody waits for", async () => {
  const unhandled: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => (event.preventDefault(), unhandled.push(event.reason));
  addEventListener("unhandledrejection", listener);
  const copies = channel<number>("copies");
  const careless = node({ in: { numbers }, out: { copies } }, {
    numbers: (n, { copies }) => {
      for (let i = 0; i < 30; i++) void copies.publish(n);
    },
  });
  const failing = node({ in: { copies } }, async ({ copies }) => {
    await copies.next();
    throw new Error("on fire");
  });
  const env = createTestEnvironment();
  await env.drive(assert.rejects(runGraph([source(100), careless, failing], env), new Error("on fire")));
  await env.nextTurn();
  removeEventListener("unhandledrejection", listener);
  assert.deepEqual(unhandled, []);
});

Deno.test("runGraph() leaves signals alone when it is told to", async () => {
  const env = createTestEnvironment();
  const done = runGraph([node({}, ({ clock }) => clock.sleep(100))], env, { handleSignals: false });
  env.signal();
  env.signal();
  assert.equal((await env.drive(done)).stopped, "ended");
  assert.deepEqual(env.exits, []);
});

Deno.test("runGraph() lets a daemon that reads go on while the rest drains", async () => {
  const got: number[] = [];
  const endless = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for await (const _ of clock.every(10)) await numbers.publish(numbers.published);
  });
  const printer = node({ in: { numbers }, daemon: true }, async ({ numbers, clock }) => {
    for await (const n of numbers) {
      await clock.sleep(15);
      got.push(n);
    }
  });
  const sink = node({ in: { numbers } }, async ({ numbers, clock }) => {
    for await (const _ of numbers) await clock.sleep(20);
  });
  const env = createTestEnvironment();
  const report = await env.drive(runGraph([endless, printer, sink], env, { durationMs: 305 }));
  assert.equal(got.length, report.channels[0]!.count);
});
