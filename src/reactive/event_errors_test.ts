import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { turn } from "./_gates.ts";
import {
  anyEvent,
  createEventPipeline,
  defineEvent,
  type ErrorRule,
  type EventContext,
  Init,
  on,
  Phase,
  Poison,
  type Processor,
  where,
} from "./mod.ts";

const Count = defineEvent<{ n: number }>("count");
const Done = defineEvent<{ n: number }>("done");

/** A processor that throws on the first `times` calls for each event, after it has emitted. */
function failing(times: number, onError: ErrorRule, seen: string[] = []): Processor {
  const calls = new Map<number, number>();
  return {
    name: "failing",
    onError,
    handlers: [on(Count, ({ n }, context) => {
      const call = (calls.get(n) ?? 0) + 1;
      calls.set(n, call);
      seen.push(`${n}.${call} at ${context.clock.elapsedNs() / 1e6}`);
      context.submit(Done({ n: call }));
      if (call <= times) throw new Error(`no ${n}`);
    })],
  };
}

async function doneAfter(processor: Processor, events: readonly number[] = [1]) {
  const done: number[] = [];
  const pipeline = createEventPipeline([processor, { name: "d", handlers: [on(Done, ({ n }) => done.push(n))] }]);
  for (const n of events) pipeline.submit(Count({ n }));
  return { done, report: await pipeline.run() };
}

Deno.test("An error of a processor ends the run with its name, the event and the cause", async () => {
  const heard: string[] = [];
  const cause = new Error("disk is full");
  const pipeline = createEventPipeline([
    { name: "all", handlers: [on(anyEvent, (_, _context, { kind }) => heard.push(kind.kindName))] },
    {
      name: "bad",
      handlers: [on(Count, () => {
        throw cause;
      })],
    },
  ]);
  pipeline.submit(Count({ n: 1 }));
  pipeline.submit(Count({ n: 2 }));
  await assert.rejects(pipeline.run(), {
    code: "PROCESSOR",
    message: 'Processor "bad" failed on "count": disk is full',
    details: { processor: "bad", event: "count", carries: '{"n":1}' },
    cause,
  });
  assert.ok(!heard.includes("__PHASE__") && !heard.includes("__POISON__"));
});

Deno.test("An event that failed has emitted nothing", async () => {
  const { done, report } = await doneAfter(failing(1, "skip"), [1, 2]);
  assert.deepEqual(done, []);
  assert.deepEqual(report.processors.failing, { handled: 0, emitted: 0, skipped: 2, retried: 0 });
  assert.deepEqual(report.errors.map(({ message }) => message), [
    'Processor "failing" failed on "count": no 1',
    'Processor "failing" failed on "count": no 2',
  ]);
});

Deno.test("A retry that ends well emits what it emitted, once", async () => {
  const seen: string[] = [];
  const { done, report } = await doneAfter(failing(2, { retry: 2 }, seen));
  assert.deepEqual([done, seen], [[3], ["1.1 at 0", "1.2 at 0", "1.3 at 0"]]);
  assert.deepEqual(report.processors.failing, { handled: 1, emitted: 1, skipped: 0, retried: 2 });
});

Deno.test("When all tries have failed, the last error ends the run, or the event is skipped", async () => {
  const seen: string[] = [];
  await assert.rejects(doneAfter(failing(9, { retry: 2 }, seen)), { code: "PROCESSOR", message: /no 1/ });
  assert.equal(seen.length, 3);
  const { done, report } = await doneAfter(failing(2, { retry: 1, then: "skip" }), [1]);
  assert.deepEqual([done, report.errors.length], [[], 1]);
});

Deno.test("Before each retry, twice the time passes of the one before: logical time, unless there is a clock", async () => {
  const seen: string[] = [];
  await doneAfter(failing(3, { retry: 3, backoffMs: 10 }, seen), [1, 2]);
  assert.deepEqual(seen, [0, 10, 30, 70, 70, 80, 100, 140].map((ms, i) => `${i < 4 ? 1 : 2}.${i % 4 + 1} at ${ms}`));

  const clock = new VirtualClock();
  seen.length = 0;
  const pipeline = createEventPipeline([failing(2, { retry: 3, backoffMs: 10 }, seen)], { clock });
  pipeline.submit(Count({ n: 1 }));
  const running = pipeline.run();
  await clock.runTo(100_000_000n);
  await running;
  assert.deepEqual(seen, ["1.1 at 0", "1.2 at 10", "1.3 at 30"]);
});

Deno.test("Retries of asynchronous handlers begin with a context of their own; that of a failed try is closed", async () => {
  const contexts: EventContext[] = [];
  const handle = async (_: unknown, context: EventContext) => {
    contexts.push(context);
    await undefined;
    context.submit(Done({ n: contexts.length }));
    if (contexts.length < 3) throw new Error("again");
    assert.throws(() => contexts[0]!.submit(Done({ n: 0 })), { code: "CLOSED" });
    assert.deepEqual(context.submitted.length, 1);
  };
  const { done } = await doneAfter({ name: "p", onError: { retry: 5 }, handlers: [on(Count, handle)] });
  assert.deepEqual([done, new Set(contexts).size], [[3], 3]);
});

Deno.test("Of several that fail, the error is that of the event that came first, however soon the others fail", async () => {
  let fail = () => {};
  const pipeline = createEventPipeline([
    { name: "slow", handlers: [on(Init, () => new Promise((_, reject) => fail = () => reject(new Error("slow"))))] },
    { name: "quick", handlers: [on(Init, () => Promise.reject(new Error("quick")))] },
  ]);
  const running = pipeline.run();
  const rejected = assert.rejects(running, { message: 'Processor "slow" failed on "__INIT__": slow' });
  await turn();
  fail();
  await rejected;
});

Deno.test("After an error nothing is started, handlers at work see it, and the run waits for them", async () => {
  const seen: string[] = [];
  const pipeline = createEventPipeline([
    {
      name: "bad",
      handlers: [on(Init, () => {
        throw new Error("stop");
      })],
    },
    {
      name: "at work",
      handlers: [on(Init, async (_, context) => {
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        seen.push("told");
        assert.throws(() => context.submit(Done({ n: 1 })), { code: "CLOSED", message: /the run has failed/ });
        seen.push("refused");
      })],
    },
    { name: "next", handlers: [on(Done, () => seen.push("done")), on(Count, ({ n }) => seen.push(`count ${n}`))] },
  ]);
  pipeline.submit(Count({ n: 1 }));
  pipeline.submit(Count({ n: 2 }));
  await assert.rejects(pipeline.run(), { message: /"bad" failed/ });
  assert.deepEqual(seen, ["count 1", "told", "refused"]);
});

Deno.test("A pipeline that failed can run again, and finds nothing of the run that failed", async () => {
  const heard: string[] = [];
  let isBad = true;
  const pipeline = createEventPipeline([{
    name: "p",
    handlers: [
      on(where(Count, { n: 1 }), () => {
        if (isBad) throw new Error("bad");
      }),
      on(anyEvent, (_, _c, e) => {
        heard.push(e.kind.kindName);
      }),
    ],
  }]);
  for (const n of [1, 2, 3]) pipeline.submit(Count({ n }));
  await assert.rejects(pipeline.run());
  isBad = false;
  heard.length = 0;
  const { processors } = await pipeline.run();
  assert.deepEqual(heard, ["__INIT__", "__PHASE__", "__POISON__"]);
  assert.equal(processors.p!.handled, 3);
});

Deno.test("A context is closed when its handler has ended, and says so", async () => {
  const kept: EventContext[] = [];
  const pipeline = createEventPipeline([
    { name: "sync", handlers: [on(Init, (_, context) => void kept.push(context))] },
    {
      name: "async",
      handlers: [on(Init, async (_, context) => {
        kept.push(context);
        await undefined;
        context.submit(Done({ n: 1 }));
      })],
    },
    {
      name: "later",
      handlers: [on(Phase, () => {
        for (const context of kept) {
          assert.throws(() => context.submit(Done({ n: 2 })), {
            code: "CLOSED",
            message: `Processor "${context.processor}" cannot emit an event: its handler has ended`,
          });
        }
        // What was refused was not noted either.
        assert.deepEqual(kept.map(({ submitted }) => submitted.length), [0, 1]);
      })],
    },
  ]);
  const { processors } = await pipeline.run();
  assert.equal(processors.later!.handled, 1);
});

Deno.test("A function in a pattern that throws ends the run, whatever the processor that emitted says of errors", async () => {
  const pipeline = createEventPipeline([
    { name: "source", onError: "skip", handlers: [on(Init, (_, context) => context.submit(Count({ n: 1 })))] },
    {
      name: "picky",
      handlers: [on(
        where(Count, {
          n: () => {
            throw new Error("odd");
          },
        }),
        () => {},
      )],
    },
  ]);
  await assert.rejects(pipeline.run(), { code: "PROCESSOR", details: { processor: "picky", event: "count" } });
  assert.throws(() => pipeline.submit(Count({ n: 1 })), { code: "PROCESSOR" });
});

Deno.test("An error while processors tidy up ends the run, too", async () => {
  const pipeline = createEventPipeline([{
    name: "p",
    handlers: [on(Poison, () => Promise.reject(new Error("stuck")))],
  }]);
  await assert.rejects(pipeline.run(), { message: 'Processor "p" failed on "__POISON__": stuck' });
});

Deno.test("Whatever is thrown is reported: no error, undefined, a thenable that throws", async () => {
  const thrown: readonly [() => unknown, RegExp][] = [
    [() => {
      throw undefined;
    }, /: undefined$/],
    [() => Promise.reject(null), /: null$/],
    [() => ({
      then: () => {
        throw new Error("then");
      },
    }), /: then$/],
  ];
  for (const [handle, message] of thrown) {
    const pipeline = createEventPipeline([{ name: "p", handlers: [on(Init, handle)] }]);
    await assert.rejects(pipeline.run(), { code: "PROCESSOR", message });
  }
});

Deno.test("An error says in short what the event carried, whatever that is", async () => {
  const Any = defineEvent<{ it: unknown }>("any");
  const ring: unknown[] = [];
  ring.push(ring);
  const cases: readonly (readonly [unknown, string | undefined])[] = [
    [10n, '{"it":"10"}'],
    [new Float64Array(1e6), '{"it":"8000000 bytes"}'],
    ["x".repeat(1e6), `{"it":"${"x".repeat(193)}…`],
    [ring, undefined],
  ];
  for (const [it, carries] of cases) {
    const pipeline = createEventPipeline([{
      name: "p",
      handlers: [on(Any, () => {
        throw new Error("no");
      })],
    }]);
    pipeline.submit(Any({ it }));
    await assert.rejects(pipeline.run(), (error: { details: { carries?: string } }) => {
      assert.equal(error.details.carries, carries);
      return true;
    });
  }
});
