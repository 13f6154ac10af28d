// Goal: when loops run, exactly, because the speed of a chain hangs on it. Method: time is counted in microtasks.
import assert from "node:assert/strict";
import { createSlice, Out } from "../channel/mod.ts";
import { Scheduler, type Task } from "./scheduler.ts";

/** A scheduler, and time that is counted in microtasks. */
function createWorld() {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  let now = 0;
  return {
    scheduler,
    /** Who ran, and when. */
    ran,
    task: (name: string, { urgent = false, run = () => {} } = {}): Task & { urgent: boolean } => ({
      urgent,
      run() {
        ran.push(`${name} at ${now}`);
        run();
      },
    }),
    /** Lets fifty microtasks pass, and has things happen in some of them. */
    async pass(happenings: Readonly<Record<number, () => void>> = {}) {
      for (now = 0; now < 50; now++) {
        happenings[now]?.();
        await null;
      }
    },
  };
}

Deno.test("Scheduler.schedule() runs nothing itself, and holds a task back for six microtasks", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  await pass({
    0: () => {
      scheduler.schedule(task("a"));
      assert.deepEqual(ran, []);
    },
  });
  assert.deepEqual(ran, ["a at 5"]);
});

Deno.test("Scheduler runs an urgent task as soon as the publisher is back in its own code, and all others with it", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  await pass({
    0: () => {
      scheduler.schedule(task("a"));
      scheduler.schedule(task("b", { urgent: true }));
      assert.deepEqual(ran, []);
    },
  });
  assert.deepEqual(ran, ["a at 0", "b at 0"]);
});

Deno.test("Scheduler ends the wait when a task becomes urgent, or an urgent one comes", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  const filling = task("filling");
  await pass({
    0: () => scheduler.schedule(filling),
    3: () => filling.urgent = true,
    20: () => scheduler.schedule(task("calm")),
    22: () => scheduler.schedule(task("urgent", { urgent: true })),
  });
  assert.deepEqual(ran, ["filling at 3", "calm at 22", "urgent at 22"]);
});

Deno.test("Scheduler runs what comes during the wait in the same round, in the order in which it came", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  await pass({
    0: () => scheduler.schedule(task("a")),
    3: () => {
      scheduler.schedule(task("b"));
      scheduler.schedule(task("c"));
    },
  });
  assert.deepEqual(ran, ["a at 5", "b at 5", "c at 5"]);
});

Deno.test("Scheduler takes a chain all the way through in one round, also through one that has run already", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  let again = 2;
  const first: Task = task("first", { run: () => again-- > 0 && scheduler.schedule(second) });
  const second: Task = task("second", { run: () => scheduler.schedule(first) });
  await pass({ 0: () => scheduler.schedule(first) });
  assert.deepEqual(ran, ["first", "second", "first", "second", "first"].map((each) => `${each} at 5`));
});

Deno.test("Scheduler begins a round of its own for what comes later, with a wait of its own", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  await pass({
    0: () => scheduler.schedule(task("a")),
    6: () => scheduler.schedule(task("b")),
    30: () => scheduler.schedule(task("c")),
  });
  assert.deepEqual(ran, ["a at 5", "b at 11", "c at 35"]);
});

/** A loop that publishes, and a task that reads; returns how many values each round found. */
async function roundsOf({ capacity, count }: { capacity: number; count: number }): Promise<number[]> {
  const scheduler = new Scheduler();
  const out = new Out<number>();
  const input = out.subscribe({ capacity });
  const found: number[] = [];
  const reader: Task = {
    get urgent() {
      return input.size >= input.capacity;
    },
    run() {
      if (input.size > 0) found.push(input.size);
      while (input.size > 0) input.take();
      if (!input.done) input.whenReady(() => scheduler.schedule(reader));
    },
  };
  reader.run();
  for (let i = 0; i < count; i++) await out.publish(i);
  out.close();
  for (let i = 0; i < 20; i++) await null;
  return found;
}

Deno.test("Scheduler lets a loop of await publish() put several values before they are handled", async () => {
  const found = await roundsOf({ capacity: 10, count: 30 });
  assert.equal(found.reduce((sum, each) => sum + each), 30);
  assert.ok(Math.max(...found) > 4 && found.length < 10, `rounds of ${found}`);
});

Deno.test("Scheduler does not wait for more than fits: a queue that is full is handled at once", async () => {
  assert.deepEqual(await roundsOf({ capacity: 1, count: 5 }), [1, 1, 1, 1, 1]);
  const found = await roundsOf({ capacity: 3, count: 12 });
  assert.ok(found.every((size) => size <= 3), `rounds of ${found}`);
});

Deno.test("Scheduler goes on with others while a task waits for the event loop to turn", async () => {
  const { scheduler, ran, task, pass } = createWorld();
  const turns: PromiseWithResolvers<void>[] = [];
  const nextTurn = () => {
    turns.push(Promise.withResolvers());
    return turns.at(-1)!.promise;
  };
  const slice = createSlice({ nextTurn, operations: 2 });
  const goOn = () => scheduler.schedule(busy);
  const busy: Task = task("busy", {
    run() {
      const wait = --slice.budget < 0 ? slice.spent() : undefined;
      if (wait === undefined) goOn();
      else void wait.then(goOn);
    },
  });
  await pass({
    0: goOn,
    10: () => scheduler.schedule(task("other")),
    20: () => turns[0]!.resolve(),
  });
  assert.deepEqual(ran.slice(0, 4), ["busy at 5", "busy at 5", "busy at 5", "other at 15"]);
  assert.equal(ran.length, 7, "one turn is good for one slice");
  assert.deepEqual([turns.length, slice.turning], [2, true]);
});
