// Goal: what a node with several sources sees does not depend on the luck of the schedule.
// Method: real channels, an event loop that turns when the test says so, and journals written by hand.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type In, Out } from "../channel/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { type Journal, JournalReader, JournalWriter } from "./journal.ts";
import { Turnstile } from "./turnstile.ts";

const nobody: Journal = new JournalWriter(0, () => {});

/** A node with some inputs behind a turnstile. */
function createNode(count: number, journal: Journal = nobody) {
  const order = { next: 0 };
  const outs = Array.from({ length: count }, () => new Out<string>({ order }));
  const inputs = outs.map((out) => out.subscribe({ capacity: 100 }));
  const drained: (() => void)[] = [];
  const failures: unknown[] = [];
  const clock = new VirtualClock();
  /** An output of the node with room for one value. */
  const result = new Out<string>({ order });
  const reader = result.subscribe({ capacity: 1 });
  const turnstile = new Turnstile({ inputs: inputs as In<unknown>[], outputs: [result as Out<unknown>] }, {
    journal,
    order,
    afterDrain: (callback) => drained.push(callback),
    clock,
    fail: (error) => failures.push(error),
  });
  return {
    outs,
    inputs,
    clock,
    result,
    reader,
    turnstile,
    failures,
    /** The event loop turns: all that can go on by itself has done so. */
    async turn() {
      await settled();
      for (const callback of drained.splice(0)) callback();
      await settled();
    },
  };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 30; i++) await null;
}

async function readInto(input: In<string>, got: string[]): Promise<void> {
  for await (const text of input) {
    got.push(text);
    // However long a body takes, nobody overtakes.
    for (let i = 0; i < text.length % 4; i++) await null;
  }
}

/** Publishes what it reads twice, the second time perhaps where there is no room. */
async function publishFrom(input: In<string>, out: Out<string>, got: string[]): Promise<void> {
  for await (const text of input) {
    got.push(text);
    await out.publish(text);
    await out.publish(text);
    got.push(`${text} has room`);
  }
}

Deno.test("Turnstile hands out in the order of publication, whatever loop asks first", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2), { maxLength: 30 }), fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), async (
      sources,
      asking,
    ) => {
      const node = createNode(3);
      const got: string[] = [];
      const loops = asking.map((i) => readInto(node.inputs[i]!, got));
      const expected = sources.map((source, i) => `${source}/${"x".repeat(i % 4)}`);
      sources.forEach((source, i) => void node.outs[source]!.publish(expected[i]!));
      for (const out of node.outs) out.close();
      // A loop that ended never comes back, so the turnstile waits for the event loop to turn.
      for (let i = 0; i < 4; i++) await node.turn();
      await Promise.all(loops);
      assert.deepEqual(got, expected);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Turnstile lets the next in when the one inside has asked for more", async () => {
  const node = createNode(2);
  const [a, b] = node.inputs as [In<string>, In<string>];
  const events: string[] = [];
  const work = Promise.withResolvers<void>();
  void (async () => {
    for await (const text of a) {
      events.push(`begin ${text}`);
      await work.promise;
      events.push(`end ${text}`);
    }
  })();
  void readInto(b, events);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  await settled();
  assert.deepEqual(events, ["begin a1"]);
  work.resolve();
  await settled();
  assert.deepEqual(events, ["begin a1", "end a1", "b1"]);
});

Deno.test("Turnstile opens when the event loop has turned and the one inside has not come back", async () => {
  const node = createNode(2);
  const [a, b] = node.inputs as [In<string>, In<string>];
  const got: string[] = [];
  void (async () => {
    for await (const text of a) {
      got.push(text);
      await new Promise(() => {});
    }
  })();
  void readInto(b, got);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  void node.outs[1]!.publish("b2");
  await settled();
  assert.deepEqual(got, ["a1"]);
  await node.turn();
  // The first may be at work again, woken by the second.
  assert.deepEqual(got, ["a1", "b1"]);
  await node.turn();
  assert.deepEqual(got, ["a1", "b1", "b2"]);
});

Deno.test("Turnstile does not take one that was given up and comes back for the one inside", async () => {
  const node = createNode(2);
  const [a, b] = node.inputs as [In<string>, In<string>];
  const got: string[] = [];
  const outside = Promise.withResolvers<void>();
  void (async () => {
    for await (const text of a) {
      await outside.promise;
      got.push(`end ${text}`);
    }
  })();
  void (async () => {
    for await (const text of b) {
      got.push(`begin ${text}`);
      if (text === "b1") outside.resolve();
      for (let i = 0; i < 12; i++) await null;
      got.push(`end ${text}`);
    }
  })();
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  void node.outs[0]!.publish("a2");
  await settled();
  await node.turn();
  assert.deepEqual(got, ["begin b1", "end a1", "end b1", "end a2"]);
});

Deno.test("Turnstile waits 50 ms for one inside that waits for room", async () => {
  const node = createNode(2);
  const [a, b] = node.inputs as [In<string>, In<string>];
  const got: string[] = [];
  void publishFrom(a, node.result, got);
  void readInto(b, got);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  for (let ms = 0; ms < 49; ms++) {
    await node.turn();
    node.clock.fireNext();
  }
  assert.deepEqual(got, ["a1"]);
  node.reader.take();
  await settled();
  assert.deepEqual(got, ["a1", "a1 has room", "b1"]);
});

Deno.test("Turnstile opens when one inside has waited for room for 50 ms", async () => {
  const node = createNode(2);
  const [a, b] = node.inputs as [In<string>, In<string>];
  const got: string[] = [];
  void publishFrom(a, node.result, got);
  void readInto(b, got);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  while (node.clock.elapsedNs() < 50e6) {
    assert.deepEqual(got.slice(1), []);
    await node.turn();
    node.clock.fireNext();
  }
  await node.turn();
  assert.deepEqual(got, ["a1", "b1"]);
  assert.equal(node.turnstile.open(false), false, "nobody is inside any more");
  node.reader.take();
  await settled();
  assert.deepEqual(got, ["a1", "b1", "a1 has room"]);
});

Deno.test("Turnstile lets in who waited for room where it came back then, whether there is room today or not", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  const events = async (
    journal: Journal,
    script: (node: ReturnType<typeof createNode>, got: string[]) => Promise<void>,
  ) => {
    const node = createNode(2, journal);
    const got: string[] = [];
    void publishFrom(node.inputs[0]!, node.result, got);
    void readInto(node.inputs[1]!, got);
    for (const text of ["a1", "b1", "b2"]) void node.outs[text.startsWith("a") ? 0 : 1]!.publish(text);
    await script(node, got);
    return got;
  };
  const then = await events(writer, async (node, got) => {
    while (!got.includes("b2")) {
      await node.turn();
      node.clock.fireNext();
    }
    node.reader.take();
    await node.turn();
  });
  assert.deepEqual(then, ["a1", "b1", "b2", "a1 has room"]);
  writer.flush();
  const read = () => new JournalReader(0, frames, { isWhole: true });
  const late = await events(read(), async (node) => {
    await settled();
    node.turnstile.open();
    await settled();
    node.reader.take();
    await settled();
  });
  const early = await events(read(), async (node) => {
    node.reader.close();
    await settled();
    node.turnstile.open();
    await settled();
  });
  assert.deepEqual([late, early], [then, then]);
});

Deno.test("Turnstile lets nobody overtake one that waits for room today and had it then", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  writer.turn(0);
  writer.turn(1);
  writer.flush();
  const node = createNode(2, new JournalReader(0, frames, { isWhole: true }));
  const got: string[] = [];
  void publishFrom(node.inputs[0]!, node.result, got);
  void readInto(node.inputs[1]!, got);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  for (let i = 0; i < 3; i++) await node.turn();
  assert.deepEqual([got, node.turnstile.held, node.turnstile.open(false)], [["a1"], true, false]);
  node.reader.take();
  await settled();
  assert.deepEqual(got, ["a1", "a1 has room", "b1"]);
});

Deno.test("Turnstile opens only at rest while one that was given up may be woken by another", async () => {
  const node = createNode(3);
  const [a, b, c] = node.inputs as [In<string>, In<string>, In<string>];
  const got: string[] = [];
  const lock = Promise.withResolvers<void>();
  void (async () => {
    for await (const text of a) {
      await lock.promise;
      for (let i = 0; i < 5; i++) await null;
      got.push(`${text} has the lock`);
    }
  })();
  void readInto(b, got);
  void (async () => {
    for await (const text of c) {
      got.push(text);
      lock.resolve();
    }
  })();
  for (const [out, text] of [[0, "a1"], [1, "b1"], [2, "c1"], [1, "b2"], [1, "b3"]] as const) {
    void node.outs[out]!.publish(text);
  }
  for (let i = 0; i < 6; i++) await node.turn();
  assert.deepEqual(got, ["b1", "c1", "a1 has the lock", "b2", "b3"]);
});

Deno.test("Turnstile does not open before the one inside has looked at the clock, if it did so then", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  writer.turn(0);
  writer.clock(7);
  writer.turn(1);
  writer.flush();
  const journal = new JournalReader(0, frames, { isWhole: true });
  const node = createNode(2, journal);
  const got: string[] = [];
  const outside = Promise.withResolvers<void>();
  void (async () => {
    for await (const text of node.inputs[0]!) {
      await outside.promise;
      got.push(`${text} at ${journal.clock(9)}`);
    }
  })();
  void readInto(node.inputs[1]!, got);
  void node.outs[0]!.publish("a1");
  void node.outs[1]!.publish("b1");
  for (let i = 0; i < 3; i++) await node.turn();
  assert.deepEqual([got, node.turnstile.held], [[], true]);
  outside.resolve();
  await settled();
  assert.deepEqual(got, ["a1 at 7", "b1"]);
});

Deno.test("Turnstile lets timers in where they fell due among the values", async () => {
  const node = createNode(1);
  const got: string[] = [];
  void readInto(node.inputs[0]!, got);
  void node.outs[0]!.publish("a1");
  node.turnstile.setTimer(() => {
    got.push("timer");
    node.turnstile.left();
  }).due();
  void node.outs[0]!.publish("a2");
  await settled();
  assert.deepEqual(got, ["a1", "timer", "a2"]);
});

Deno.test("Turnstile lets in no timer that was taken back", async () => {
  const node = createNode(1);
  const got: string[] = [];
  const [first, second] = ["first", "second"].map((text) => node.turnstile.setTimer(() => got.push(text)));
  first!.due();
  second!.due();
  first!.takeBack();
  node.turnstile.left();
  await settled();
  assert.deepEqual(got, ["second"]);
});

Deno.test("Turnstile writes down which of several timers fired, and one that follows waits for the same", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  const fire = async (journal: Journal, order: readonly number[]) => {
    const node = createNode(1, journal);
    const got: number[] = [];
    const timers = [0, 1, 2].map((number) =>
      node.turnstile.setTimer(() => {
        got.push(number);
        node.turnstile.left();
      })
    );
    node.turnstile.left();
    for (const number of order) timers[number]!.due();
    await settled();
    return got;
  };
  assert.deepEqual(await fire(writer, [1, 2, 0]), [1, 2, 0]);
  writer.flush();
  assert.deepEqual(await fire(new JournalReader(0, frames, { isWhole: true }), [0, 1, 2]), [1, 2, 0]);
});

Deno.test("Turnstile writes down the order, and a turnstile that follows it gives the same, whatever comes first", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  const live = createNode(2, writer);
  const then: string[] = [];
  live.inputs.forEach((input) => void readInto(input, then));
  for (const [out, text] of [[0, "a1"], [1, "b1"], [1, "b2"], [0, "a2"], [1, "b3"]] as const) {
    void live.outs[out]!.publish(text);
  }
  await settled();
  writer.flush();

  const replay = createNode(2, new JournalReader(0, frames, { isWhole: true }));
  const now: string[] = [];
  replay.inputs.forEach((input) => void readInto(input, now));
  for (const text of ["b1", "b2", "b3"]) void replay.outs[1]!.publish(text);
  await settled();
  assert.deepEqual(now, [], "the journal waits for the other input");
  assert.equal(replay.turnstile.held, true);
  for (const text of ["a1", "a2"]) void replay.outs[0]!.publish(text);
  await settled();
  assert.deepEqual(now, then);
  assert.equal(replay.turnstile.held, false);
});

Deno.test("Turnstile goes on in the order of today when its journal is abandoned", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  for (const source of [0, 1, 0]) writer.turn(source);
  writer.flush();
  const node = createNode(2, new JournalReader(0, frames, { isWhole: true }));
  const got: string[] = [];
  node.inputs.forEach((input) => void readInto(input, got));
  void node.outs[1]!.publish("b1");
  void node.outs[1]!.publish("b2");
  await settled();
  assert.deepEqual(got, []);
  node.turnstile.abandonJournal();
  await settled();
  assert.deepEqual(got, ["b1", "b2"]);
});

Deno.test("Turnstile is not held by a journal when nothing is there, or when the one inside has not come back", async () => {
  const frames: Uint8Array[] = [];
  const writer = new JournalWriter(0, (frame) => frames.push(frame.slice()));
  for (const source of [0, 1]) writer.turn(source);
  writer.flush();
  const node = createNode(2, new JournalReader(0, frames, { isWhole: true }));
  node.inputs.forEach((input) => void readInto(input, []));
  await settled();
  assert.equal(node.turnstile.held, false);
  void node.outs[0]!.publish("a1");
  assert.equal(node.turnstile.held, false, "it is only about to be handed out");
});

Deno.test("Turnstile reports a journal that cannot be read", async () => {
  const node = createNode(2, new JournalReader(0, [Uint8Array.of(0, 2, 0), Uint8Array.of(0, 0x80)], { isWhole: true }));
  node.inputs.forEach((input) => void readInto(input, []));
  void node.outs[0]!.publish("a1");
  await settled();
  assert.equal((node.failures[0] as { code?: string }).code, "CODEC");
});

Deno.test("Turnstile.open() says whether something can be let in now", async () => {
  const node = createNode(1);
  assert.equal(node.turnstile.open(), false);
  const got: string[] = [];
  void readInto(node.inputs[0]!, got);
  void node.outs[0]!.publish("a1");
  await settled();
  assert.deepEqual(got, ["a1"]);
  assert.equal(node.turnstile.open(), false, "nobody is inside");
});
