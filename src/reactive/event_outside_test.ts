import assert from "node:assert/strict";
import { turn } from "./_gates.ts";
import {
  anyEvent,
  createEventPipeline,
  defineEvent,
  type Event,
  type EventContext,
  Init,
  on,
  Phase,
  Poison,
  type Processor,
} from "./mod.ts";

const Count = defineEvent<{ n: number }>("count");
const Sum = defineEvent<{ sum: number }>("sum");

/** Hears of all events, and keeps them as text. */
function listener(heard: string[]): Processor {
  const hear = on(anyEvent, (data, _context, { kind }) => {
    heard.push([kind.kindName.replaceAll("_", ""), ...Object.values(data)].join(" "));
  });
  return { name: "listener", handlers: [hear] };
}

/** A handler of Count that ends when it is told, and the functions that tell. */
function held(): { readonly processor: Processor; readonly ends: (() => void)[]; readonly signals: AbortSignal[] } {
  const [ends, signals]: [(() => void)[], AbortSignal[]] = [[], []];
  const handle = (_: object, { signal }: EventContext) => {
    signals.push(signal);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  return { processor: { name: "held", handlers: [on(Count, handle)] }, ends, signals };
}

Deno.test("An event that comes while a run waits for a handler is on its way at once", async () => {
  const heard: string[] = [];
  const { processor, ends } = held();
  const pipeline = createEventPipeline([processor, listener(heard)]);
  pipeline.submit(Count({ n: 1 }));
  const running = pipeline.run();
  await turn();
  assert.equal(pipeline.submit(Sum({ sum: 7 })), 1);
  ends[0]!();
  await running;
  assert.deepEqual(heard, ["INIT", "count 1", "sum 7", "PHASE 1", "POISON"]);
});

Deno.test("A handler may submit from outside of its context; that is not taken back when it fails", async () => {
  const heard: string[] = [];
  const pipeline = createEventPipeline([listener(heard), {
    name: "odd",
    onError: "skip",
    handlers: [on(Init, (_, context) => {
      context.submit(Count({ n: 1 }));
      pipeline.submit(Count({ n: 2 }));
      throw new Error("odd");
    })],
  }]);
  await pipeline.run();
  assert.deepEqual(heard, ["INIT", "count 2", "PHASE 1", "POISON"]);
});

Deno.test("What comes from outside during a phase waits until phases lead to nothing new, and gets a phase of its own", async () => {
  const heard: string[] = [];
  const pipeline = createEventPipeline([listener(heard), {
    name: "outside",
    handlers: [on(Phase, ({ phase }, context) => {
      if (phase === 1) {
        pipeline.submit(Count({ n: 1 }));
        context.submit(Sum({ sum: 1 }));
      }
    })],
  }]);
  const { phases } = await pipeline.run();
  assert.deepEqual(heard, ["INIT", "PHASE 1", "sum 1", "PHASE 2", "count 1", "PHASE 3", "POISON"]);
  assert.equal(phases, 3);
});

Deno.test("While a run ends, events from outside are refused, also such as nobody takes", async () => {
  let refused = 0;
  const pipeline = createEventPipeline([{
    name: "p",
    handlers: [on(Poison, async () => {
      for (const event of [Count({ n: 1 }), Poison()]) {
        assert.throws(() => pipeline.submit(event), { code: "CLOSED", message: /the run is at its end/ });
        refused++;
        await undefined;
      }
    })],
  }]);
  await pipeline.run();
  assert.equal(refused, 2);
  assert.equal(pipeline.submit(Count({ n: 1 })), 0);
  assert.equal((await pipeline.run()).unheard, 1, "what comes after a run is for the next");
});

Deno.test("submit() refuses what is more than `maxPending`, before a run and in it", async () => {
  const { processor, ends } = held();
  const pipeline = createEventPipeline([processor], { maxPending: 3 });
  const fill = () => {
    let n = 0;
    for (; n < 9; n++) {
      try {
        pipeline.submit(Count({ n }));
      } catch (error) {
        assert.equal((error as Error).message, "Cannot keep 4 events waiting: the limit is 3");
        break;
      }
    }
    return n;
  };
  assert.equal(fill(), 3);
  const running = pipeline.run();
  await turn();
  assert.equal(fill(), 1, "one is at work, two wait");
  for (let i = 0; i < 4; i++) {
    ends[i]!();
    await turn();
  }
  assert.equal((await running).processors.held!.handled, 4);
});

Deno.test("What submit() took, a run takes: handlers have room of their own for what they emit", async () => {
  let handled = 0;
  const pipeline = createEventPipeline([
    { name: "init", handlers: [on(Init, () => {})] },
    {
      name: "twice",
      handlers: [on(Count, ({ n }, context) => {
        for (let i = 0; i < 2; i++) context.submit(Sum({ sum: n }));
      })],
    },
    { name: "also", handlers: [on(Count, () => {})] },
    { name: "sums", handlers: [on(Sum, () => handled++)] },
  ], { maxPending: 20 });
  for (let n = 0; n < 10; n++) pipeline.submit(Count({ n }));
  assert.throws(() => pipeline.submit(Count({ n: 10 })), { code: "TOO_LARGE" }, "two get each");
  await pipeline.run();
  assert.equal(handled, 20);
});

Deno.test("Handlers that emit more than `maxPending` end the run", async () => {
  const pipeline = createEventPipeline([{
    name: "flood",
    handlers: [on(Count, ({ n }, context) => {
      context.submit(Count({ n }));
      context.submit(Count({ n }));
    })],
  }], { maxPending: 100 });
  pipeline.submit(Count({ n: 1 }));
  await assert.rejects(pipeline.run(), { code: "TOO_LARGE", details: { limit: 100, actual: 101 } });
});

function* counts(until: number): Generator<Event<object>> {
  for (let n = 1; n <= until; n++) yield Count({ n });
}

Deno.test("feed() keeps no more of a long source waiting than there is room, and gives each event once", async () => {
  let [taken, handled, most] = [0, 0, 0];
  function* source() {
    for (const event of counts(50_000)) {
      taken++;
      yield event;
    }
  }
  const pipeline = createEventPipeline([{
    name: "p",
    handlers: [on(Count, ({ n }) => {
      assert.equal(n, ++handled);
      most = Math.max(most, taken - handled);
    })],
  }]);
  const fed = pipeline.feed(source());
  await pipeline.run();
  assert.equal(await fed, 50_000);
  assert.ok(most < 2000, `${most} waited`);
});

Deno.test("An asynchronous source is asked for the next event when all before it is dealt with", async () => {
  const heard: string[] = [];
  async function* source() {
    for (let n = 1; n <= 3; n++) {
      await turn();
      heard.push(`asked ${n}`);
      yield Count({ n });
    }
  }
  const pipeline = createEventPipeline([listener(heard), {
    name: "slow",
    handlers: [on(Count, async ({ n }, context) => {
      await turn();
      context.submit(Sum({ sum: n }));
    })],
  }]);
  await pipeline.run({ source: source() });
  const each = [1, 2, 3].flatMap((n) => [`asked ${n}`, `count ${n}`, `sum ${n}`]);
  assert.deepEqual(heard, ["INIT", ...each, "PHASE 1", "POISON"]);
});

Deno.test("An eager source is read while handlers are at work, and several sources go on side by side", async () => {
  const { processor, ends } = held();
  const order: number[] = [];
  async function* source(from: number) {
    for (let n = from; n < from + 3; n++) {
      await turn();
      order.push(n);
      yield Count({ n });
    }
  }
  const pipeline = createEventPipeline([processor]);
  const fed = [pipeline.feed(source(10), { eager: true }), pipeline.feed(source(20), { eager: true })];
  const running = pipeline.run();
  for (let i = 0; i < 20; i++) await turn();
  assert.deepEqual(order.toSorted(), [10, 11, 12, 20, 21, 22]);
  assert.equal(ends.length, 1, "all others wait for the one that is at work");
  while (ends.length < 6) {
    ends.at(-1)!();
    await turn();
  }
  ends.at(-1)!();
  assert.equal((await running).processors.held!.handled, 6);
  assert.deepEqual(await Promise.all(fed), [3, 3]);
});

Deno.test("Sources whose events nobody takes come to their end", async () => {
  async function* source() {
    yield* counts(3);
  }
  const pipeline = createEventPipeline([]);
  const fed = [
    pipeline.feed(counts(3)),
    pipeline.feed(source()),
    pipeline.feed(source(), { eager: true }),
    pipeline.feed([]),
  ];
  assert.equal((await pipeline.run()).events, 3 + 9);
  assert.deepEqual(await Promise.all(fed), [3, 3, 3, 0]);
});

Deno.test("An error of a source ends the run, and is the one that feed() rejects with", async () => {
  const broken = new Error("source is gone");
  function* sync() {
    yield Count({ n: 1 });
    throw broken;
  }
  async function* async() {
    yield* sync();
    await undefined;
  }
  for (const source of [sync(), async()]) {
    const pipeline = createEventPipeline([]);
    const fed = pipeline.feed(source);
    await assert.rejects(pipeline.run(), broken);
    await assert.rejects(fed, broken);
  }
});
