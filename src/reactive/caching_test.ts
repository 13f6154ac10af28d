import assert from "node:assert/strict";
import fc from "fast-check";
import { contentHash } from "../cbor/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryStore } from "../store/mod.ts";
import { Answer, Ask, doubling, run } from "./_cached.ts";
import { createMemoryArchives, createStoreArchives } from "./archives.ts";
import { caching } from "./caching.ts";
import { defineEvent, type Event } from "./event.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import { on } from "./on.ts";
import type { Processor } from "./processor.ts";
import { anyEvent } from "./where.ts";

const Any = defineEvent<{ readonly value: unknown }>("any");

Deno.test("caching() does not call a handler for an event that it had before, and emits what it emitted then", async () => {
  const archives = createMemoryArchives();
  const first = doubling();
  const events = [Ask({ n: 1 }), Ask({ n: 2 }), Ask({ n: 1 })];
  const one = await run([first], events, archives);
  assert.deepEqual([one.answers, first.counted.calls], [[2, 4, 2], 2]);
  assert.deepEqual(first.cacheReport().reasons, { "no entry": 2, archive: 1 });

  const second = doubling();
  const two = await run([second], events, archives);
  assert.equal(second.counted.calls, 0);
  assert.equal(two.text, one.text);
  assert.deepEqual(second.cacheReport().steps, Array(3).fill({ on: "ask", reason: "archive", emitted: 1 }));
  assert.deepEqual(archives.statistics("double"), { ...archives.statistics("double"), hits: 4, misses: 2, entries: 2 });
});

Deno.test("caching() works in the memory of a pipeline that was given no archives, from run to run", async () => {
  const processor = doubling();
  const pipeline = createEventPipeline([processor]);
  for (let i = 0; i < 2; i++) {
    pipeline.submit(Ask({ n: 1 }));
    await pipeline.run();
  }
  assert.equal(processor.counted.calls, 1);
});

Deno.test("nothing is kept of a handler that throws, not even what it had emitted", async () => {
  const archives = createMemoryArchives();
  let fails = true;
  const failing = caching({
    name: "failing",
    handlers: [on(Ask, ({ n }, context) => {
      context.submit(Answer({ n }));
      if (fails) throw new Error("not yet");
    })],
  }, { version: "1" });
  await assert.rejects(run([failing], [Ask({ n: 1 })], archives), (error) => isTinmanError(error, "PROCESSOR"));
  assert.deepEqual([...archives.open("failing").keys()], []);
  fails = false;
  assert.deepEqual((await run([failing], [Ask({ n: 1 })], archives)).answers, [1]);
  assert.deepEqual(failing.cacheReport().reasons, { "no entry": 1 });
});

Deno.test("with retry only what the last try emitted is kept, of handlers that wait and those that do not", async () => {
  for (const waits of [false, true]) {
    let tries = 0;
    const handle = ({ n }: { n: number }, submit: (event: Event<object>) => void) => {
      submit(Answer({ n: n + ++tries }));
      if (tries < 3) throw new Error(`try ${tries}`);
      submit(Answer({ n: 100 }));
    };
    const processor = caching({
      name: "flaky",
      onError: { retry: 3 },
      handlers: [on(Ask, async (data, context) => {
        if (waits) await context.clock.sleep(5);
        handle(data, (event) => context.submit(event));
      })],
    });
    const archives = createMemoryArchives();
    const events = [Ask({ n: 10 })];
    assert.deepEqual((await run([processor], events, archives)).answers, [13, 100]);
    assert.deepEqual((await run([processor], events, archives)).answers, [13, 100]);
    assert.equal(tries, 3);
  }
});

Deno.test("what a handler emitted that was told to stop is not kept", async () => {
  const archives = createMemoryArchives();
  const stop = new AbortController();
  const processor = caching({
    name: "stopped",
    handlers: [on(Ask, async ({ n }, context) => {
      context.submit(Answer({ n }));
      stop.abort();
      await Promise.resolve();
      if (!context.signal.aborted) context.submit(Answer({ n: n + 1 }));
    })],
  });
  const pipeline = createEventPipeline([processor], { archives });
  pipeline.submit(Ask({ n: 1 }));
  assert.equal((await pipeline.run({ signal: stop.signal })).interrupted, true);
  assert.deepEqual([...archives.open("stopped").keys()], []);
});

Deno.test("Init, Phase and Poison reach a handler in every run", async () => {
  const heard: string[] = [];
  const processor = caching({
    name: "all",
    handlers: [on(anyEvent, (_, __, event) => void heard.push(event.kind.kindName))],
  });
  const pipeline = createEventPipeline([processor]);
  for (let i = 0; i < 2; i++) {
    pipeline.submit(Ask({ n: 1 }));
    await pipeline.run();
  }
  const lifecycle = [Phase.kindName, Poison.kindName];
  assert.deepEqual(heard, [Init.kindName, "ask", ...lifecycle, Init.kindName, ...lifecycle]);
});

Deno.test("what is emitted again is what was emitted: its kind, its values, and their order", async () => {
  const Special = Answer.refine<{ value: unknown }>("special answer");
  const value = {
    z: -0,
    a: [NaN, 10n, undefined],
    m: new Map([["y", 1], ["b", 2]]),
    f: Float32Array.of(1.5),
    at: new Date(9),
  };
  const processor = caching({
    name: "special",
    handlers: [on(Ask, (_, context) => void context.submit(Special({ n: 1, value })))],
  });
  const archives = createMemoryArchives();
  const { emitted: [first] } = await run([processor], [Ask({ n: 1 })], archives);
  const { emitted: [second] } = await run([processor], [Ask({ n: 1 })], archives);
  assert.notEqual(second, first);
  assert.deepEqual(second, first);
  assert.equal(second!.kind, Special);
  const again = (second!.data as { value: typeof value }).value;
  assert.deepEqual(Object.keys(again), ["z", "a", "m", "f", "at"]);
  assert.deepEqual([...again.m.keys()], ["y", "b"]);
});

Deno.test("an entry that is damaged is built anew, whatever its bytes are", async () => {
  const store = createMemoryStore();
  const key = contentHash({ kind: ["ask"], data: { n: 1 } });
  const place = ["archive", "value", "double", key];
  const reasonsOf = async () => {
    const processor = doubling();
    assert.deepEqual((await run([processor], [Ask({ n: 1 })], createStoreArchives(store))).answers, [2]);
    return processor.cacheReport().reasons;
  };
  await reasonsOf();
  const whole = store.get(place)!;
  for (let at = 0; at < whole.length; at += 5) {
    const damaged = whole.slice();
    damaged[at]! ^= 4;
    store.set(place, damaged);
    assert.deepEqual(await reasonsOf(), { "no entry": 1 });
    assert.deepEqual(store.get(place), whole);
  }
  // Bytes that were written so: by a later version, or by something else.
  for (const bytes of [new Uint8Array(0), Uint8Array.of(9, 9), Uint8Array.of(1, 0xff)]) {
    createStoreArchives(store).open("double").set(key, bytes);
    assert.deepEqual(await reasonsOf(), { "entry damaged": 1 });
    assert.deepEqual(await reasonsOf(), { archive: 1 });
  }
});

Deno.test("events are told apart by a key of one's own", async () => {
  const calls: number[] = [];
  const handler = on(Ask, ({ n }, context) => {
    calls.push(n);
    context.submit(Answer({ n: n % 2 }));
  });
  const key = ({ data }: Event<object>) => (data as { n: number }).n % 2;
  const parity = caching({ name: "parity", handlers: [handler] }, { key, version: "1" });
  assert.deepEqual((await run([parity], [1, 2, 3, 4].map((n) => Ask({ n })))).answers, [1, 0, 1, 0]);
  assert.deepEqual(calls, [1, 2]);
});

Deno.test("what an event is found by in an archive is the same in every version of tinman", async () => {
  const archives = createMemoryArchives();
  await run([doubling()], [Ask({ n: 1 })], archives);
  assert.deepEqual([...archives.open("double").keys()], [
    "a026e186b68503d98cac6a536123a6412709e8129062398c07a5d930c8e183a5",
  ]);
});

Deno.test("an event that cannot be told apart from others, or not be kept, is an error that names the place", async () => {
  const processor = caching({
    name: "odd",
    handlers: [on(Any, ({ value }, context) => void context.submit(Any({ value: { done: value } })))],
  });
  const submit = async (value: unknown) => {
    const pipeline = createEventPipeline([processor, { name: "sink", handlers: [] }]);
    pipeline.submit(Any({ value }));
    await pipeline.run();
  };
  await assert.rejects(
    submit({ f() {} }),
    (error: Error) => /at \.data\.value\.f: got a function/.test(String(error.cause)),
  );
});

Deno.test("a pipeline with caches does what it does without: cold, warm, and with room for a few entries only", async () => {
  const Step = defineEvent<{ n: number; left: number }>("step");
  const make = (wrap: (processor: Processor) => Processor, fan: number) =>
    [1, 2, 3].map((k) =>
      wrap({
        name: `p${k}`,
        handlers: [on(Step, async ({ n, left }, context) => {
          if (n % 2 === 0) await context.clock.sleep(n % 5);
          if (left > 0 && (n + k) % 3 !== 0) {
            for (let i = 0; i < fan; i++) context.submit(Step({ n: (n * k + i) % 7, left: left - 1 }));
          }
        })],
      })
    );
  const texts = async (events: readonly Event<object>[], fan: number, maxBytes: number) => {
    const archives = createMemoryArchives({ maxBytes });
    const wrap = (processor: Processor) => caching(processor);
    return [
      await run(make((processor) => processor, fan), events),
      await run(make(wrap, fan), events, archives),
      await run(make(wrap, fan), events, archives),
    ].map(({ text }) => text);
  };
  const property = fc.asyncProperty(
    fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 2 }),
    fc.constantFrom(1e6, 3000),
    async (numbers, fan, maxBytes) => {
      const [plain, cold, warm] = await texts(numbers.map((n) => Step({ n, left: 3 })), fan, maxBytes);
      assert.equal(cold, plain);
      assert.equal(warm, plain);
    },
  );
  await fc.assert(property, { numRuns: 20 });
});
