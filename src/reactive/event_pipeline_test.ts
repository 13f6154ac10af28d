import assert from "node:assert/strict";
import {
  anyEvent,
  bind,
  createEventPipeline,
  defineEvent,
  type Event,
  Init,
  isEvent,
  on,
  oneOf,
  Phase,
  Poison,
  type Processor,
  when,
  where,
} from "./mod.ts";

const Start = defineEvent<{ who: string }>("start");
const Greet = defineEvent<{ who: string }>("greet");
const Count = defineEvent<{ n: number }>("count");

/** A processor with one handler. */
function processor(name: string, handler: Processor["handlers"][number], more: Partial<Processor> = {}): Processor {
  return { name, handlers: [handler], ...more };
}

/** Hears of all events, and keeps their names. */
function listener(heard: string[]): Processor {
  return processor("listener", on(anyEvent, (_, _context, { kind }) => heard.push(kind.kindName)));
}

Deno.test("A run without work is Init, one phase, Poison", async () => {
  const heard: string[] = [];
  const { phases, events, unheard } = await createEventPipeline([listener(heard)]).run();
  assert.deepEqual(heard, ["__INIT__", "__PHASE__", "__POISON__"]);
  assert.deepEqual([phases, events, unheard], [1, 3, 0]);
});

Deno.test("A pipeline without processors runs", async () => {
  const pipeline = createEventPipeline([]);
  assert.equal(pipeline.submit(Start({ who: "nobody" })), 0);
  const report = await pipeline.run();
  assert.deepEqual(report, {
    events: 4,
    unheard: 1,
    phases: 1,
    processors: {},
    errors: [],
    interrupted: false,
    dropped: 0,
    transcript: undefined,
  });
});

Deno.test("What was submitted before a run comes after Init, and what handlers emit comes behind it", async () => {
  const heard: string[] = [];
  const pipeline = createEventPipeline([
    listener(heard),
    processor("greeter", on(Start, ({ who }, context) => context.submit(Greet({ who })))),
  ]);
  assert.equal(pipeline.submit(Start({ who: "a" })), 2);
  assert.equal(pipeline.submit(Start({ who: "b" })), 2);
  const { processors } = await pipeline.run();
  assert.deepEqual(heard, ["__INIT__", "start", "start", "greet", "greet", "__PHASE__", "__POISON__"]);
  assert.deepEqual(processors.greeter, { handled: 2, emitted: 2, skipped: 0, retried: 0 });
});

Deno.test("Handlers get what their pattern binds, the context and the event", async () => {
  const seen: unknown[] = [];
  const pipeline = createEventPipeline([{
    name: "p",
    handlers: [
      on(where(Greet, { who: bind("name", oneOf("a", "b")) }), ({ name }, context, event) => {
        seen.push(name, context.processor, isEvent(event, Greet) && event.data.who);
      }),
      on(Greet, ({ who }) => seen.push(`else ${who}`)),
      on(when((event: Event) => event.data.n === 7), (data) => seen.push(data)),
    ],
  }]);
  for (const event of [Greet({ who: "b" }), Greet({ who: "c" }), Count({ n: 6 }), Count({ n: 7 })]) {
    pipeline.submit(event);
  }
  await pipeline.run();
  assert.deepEqual(seen, ["b", "p", "b", "else c", { n: 7 }]);
});

Deno.test("A processor may be an instance of a class, with what it keeps in its fields", async () => {
  class Tally implements Processor {
    readonly name: string = "tally";
    readonly handlers = [on(Count, ({ n }) => this.add(n))];
    sum = 0;
    add(n: number): void {
      this.sum += n;
    }
  }
  class Twice extends Tally {
    override readonly name = "twice";
    override add(n: number): void {
      super.add(2 * n);
    }
  }
  const [tally, twice] = [new Tally(), new Twice()];
  const pipeline = createEventPipeline([tally, twice]);
  for (const n of [1, 2, 3]) pipeline.submit(Count({ n }));
  await pipeline.run();
  assert.deepEqual([tally.sum, twice.sum], [6, 12]);
});

Deno.test("submit() refuses what is no event, such as a kind, and says how to make one", async () => {
  const pipeline = createEventPipeline([processor("p", on(Init, (_, context) => context.submit(Start as never)))]);
  for (const wrong of [Start, {}, { kind: {} }]) {
    assert.throws(() => pipeline.submit(wrong as never), { name: "TypeError", message: /call a kind to make one/ });
  }
  await assert.rejects(pipeline.run(), { message: /"p" failed on "__INIT__": Cannot submit what is no event/ });
});

Deno.test("An event of a kind that refines another reaches both, each processor once", async () => {
  const Loud = Greet.refine<{ volume: number }>("loud greet");
  const seen: string[] = [];
  const pipeline = createEventPipeline([
    processor("greet", on(Greet, ({ who }) => seen.push(`greet ${who}`))),
    processor("loud", on(where(Loud, { volume: bind("v") }), ({ v }) => seen.push(`loud ${v}`))),
    { name: "both", handlers: [on(Loud, () => seen.push("both: loud")), on(Greet, () => seen.push("both: greet"))] },
  ], { strict: true });
  pipeline.submit(Loud({ who: "a", volume: 3 }));
  await pipeline.run();
  assert.deepEqual(seen, ["greet a", "loud 3", "both: loud"]);
});

Deno.test("A processor is at work on one event at a time, in the order of arrival", async () => {
  const [seen, waiting]: [string[], (() => void)[]] = [[], []];
  let atWork = 0;
  const pipeline = createEventPipeline([processor(
    "slow",
    on(Count, async ({ n }) => {
      assert.equal(++atWork, 1);
      seen.push(`begin ${n}`);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        queueMicrotask(() => waiting.shift()?.());
      });
      seen.push(`end ${n}`);
      atWork--;
    }),
  )]);
  for (const n of [1, 2, 3]) pipeline.submit(Count({ n }));
  await pipeline.run();
  assert.deepEqual(seen, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
});

Deno.test("With `concurrency`, a processor is at work on so many; with `maxConcurrency`, all together are", async () => {
  const most = async (options: { concurrency: number; maxConcurrency: number }) => {
    let [atWork, most] = [0, 0];
    const work = on(Count, async () => {
      most = Math.max(most, ++atWork);
      for (let i = 0; i < 5; i++) await undefined;
      atWork--;
    });
    const pipeline = createEventPipeline(
      ["a", "b"].map((name) => processor(name, work, { concurrency: options.concurrency })),
      { maxConcurrency: options.maxConcurrency },
    );
    for (let n = 0; n < 10; n++) pipeline.submit(Count({ n }));
    await pipeline.run();
    return most;
  };
  assert.equal(await most({ concurrency: 1, maxConcurrency: Infinity }), 2);
  assert.equal(await most({ concurrency: 3, maxConcurrency: Infinity }), 6);
  assert.equal(await most({ concurrency: 3, maxConcurrency: 4 }), 4);
  assert.equal(await most({ concurrency: 3, maxConcurrency: 1 }), 1);
});

/** The order in which processors `a`, `b`, … with these priorities start on two events. */
async function startOrder(priorities: readonly number[]): Promise<string> {
  let order = "";
  const pipeline = createEventPipeline(
    priorities.map((priority, i) => {
      const name = String.fromCharCode(97 + i);
      return processor(name, on(Count, ({ n }) => order += `${name}${n} `), { priority });
    }),
    { maxConcurrency: 1 },
  );
  pipeline.submit(Count({ n: 1 }));
  pipeline.submit(Count({ n: 2 }));
  await pipeline.run();
  return order.trim();
}

Deno.test("The lower priority goes first", async () => {
  assert.equal(await startOrder([2, 1, 0]), "c1 c2 b1 b2 a1 a2");
});

Deno.test("Equal priorities go by the age of their work, then by the order of the processors", async () => {
  assert.equal(await startOrder([0, 0, 0]), "a1 b1 c1 a2 b2 c2");
  assert.equal(await startOrder([1, 0, 1, 0]), "b1 d1 b2 d2 a1 c1 a2 c2");
});

// The original went 16 ways in 30 runs: recipients were a set, and its queue was not first in, first out.
Deno.test("Four processors of one priority go the same way in every run", async () => {
  for (let run = 0; run < 30; run++) assert.equal(await startOrder([0, 0, 0, 0]), "a1 b1 c1 d1 a2 b2 c2 d2");
});

Deno.test("Phases go on while they lead to new events", async () => {
  const phases: number[] = [];
  const pipeline = createEventPipeline([
    processor(
      "late",
      on(Phase, ({ phase }, context) => {
        phases.push(phase);
        if (phase < 4) context.submit(Count({ n: phase }));
      }),
    ),
  ]);
  assert.equal((await pipeline.run()).phases, 4);
  assert.deepEqual(phases, [1, 2, 3, 4]);
});

Deno.test("Phases that never end are an error that names the limit", async () => {
  const pipeline = createEventPipeline([
    processor("endless", on(Phase, (_, context) => context.submit(Count({ n: 0 })))),
  ], { maxPhases: 5 });
  await assert.rejects(pipeline.run(), { code: "TOO_LARGE", message: /after 5 phases/, hint: /maxPhases/ });
});

Deno.test("What is emitted on Poison still arrives, and leads to no further phase", async () => {
  const heard: string[] = [];
  const pipeline = createEventPipeline([
    listener(heard),
    processor("last", on(Poison, (_, context) => context.submit(Greet({ who: "end" })))),
  ]);
  await pipeline.run();
  assert.deepEqual(heard, ["__INIT__", "__PHASE__", "__POISON__", "greet"]);
});

Deno.test("A pipeline runs again, and keeps nothing of the run before but what its processors keep", async () => {
  const heard: string[] = [];
  const pipeline = createEventPipeline([listener(heard)]);
  pipeline.submit(Greet({ who: "a" }));
  const first = await pipeline.run({ transcript: true });
  pipeline.submit(Greet({ who: "a" }));
  assert.deepEqual(await pipeline.run({ transcript: true }), first);
  assert.equal(heard.length, 8);
});

Deno.test("A pipeline that is running does not run a second time", async () => {
  const pipeline = createEventPipeline([]);
  const running = pipeline.run();
  await assert.rejects(pipeline.run(), { name: "TypeError", message: "Cannot run an event pipeline that is running" });
  await running;
});
