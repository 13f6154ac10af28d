import assert from "node:assert/strict";
import { any, createEventPipeline, defineEvent, either, type EventContext, Init, on, type Processor } from "./mod.ts";

const Start = defineEvent<{ who: string }>("start");
const Greet = defineEvent<{ who: string }>("greet");
const Count = defineEvent<{ n: number }>("count");

/** A processor with one handler. */
function processor(name: string, handler: Processor["handlers"][number], more: Partial<Processor> = {}): Processor {
  return { name, handlers: [handler], ...more };
}

Deno.test("context.submit() says how many will get the event, and context.submitted what was emitted so far", async () => {
  const seen: unknown[] = [];
  const pipeline = createEventPipeline([
    processor(
      "source",
      on(Init, (_, context) => {
        assert.equal(context.submitted.length, 0);
        const first = Start({ who: "a" });
        seen.push(context.submit(first), context.submit(Greet({ who: "b" })), context.submit(Count({ n: 1 })));
        assert.equal(context.submitted[0], first);
        seen.push(context.submitted.map(({ kind }) => kind.kindName), context.processor);
      }),
    ),
    processor("one", on(Start, () => {})),
    processor("two", on(either(Start, Greet), () => {})),
  ]);
  await pipeline.run();
  assert.deepEqual(seen, [2, 1, 0, ["start", "greet", "count"], "source"]);
});

Deno.test("Time is logical: it passes where a handler sleeps, and whoever hears of it is no earlier", async () => {
  const seen: string[] = [];
  const note = (name: string, { clock }: EventContext) => void seen.push(`${name} ${clock.elapsedNs() / 1e6}`);
  const pipeline = createEventPipeline([
    processor(
      "slow",
      on(Count, async ({ n }, context) => {
        note(`slow ${n}`, context);
        await Promise.all([context.clock.sleep(10), context.clock.sleep(30)]);
        context.submit(Greet({ who: `${n}` }));
      }),
    ),
    processor("quick", on(Count, ({ n }, context) => note(`quick ${n}`, context))),
    processor("greeted", on(Greet, ({ who }, context) => note(`greeted ${who}`, context))),
  ]);
  pipeline.submit(Count({ n: 1 }));
  pipeline.submit(Count({ n: 2 }));
  await pipeline.run();
  assert.deepEqual(seen, ["slow 1 0", "quick 1 0", "slow 2 30", "greeted 1 30", "quick 2 30", "greeted 2 60"]);
});

Deno.test("A task's deadline passes when it has slept that long, and its ticks come at once", async () => {
  const pipeline = createEventPipeline([processor(
    "p",
    on(Count, async (_, { clock }) => {
      const late = clock.deadline(25);
      let ticks = 0;
      for await (const timeNs of clock.every(10)) {
        assert.equal(Number(timeNs), ++ticks * 10e6);
        assert.equal(late.aborted, ticks > 2);
        if (ticks === 3) break;
      }
      assert.equal(clock.deadline(0).aborted, true);
    }),
  )]);
  pipeline.submit(Count({ n: 1 }));
  await pipeline.run();
});

Deno.test("Chance depends on the seed, the processor and how many events it had, on nothing else", async () => {
  const draw = async (seed: string, extra: readonly Processor[]) => {
    const drawn: number[] = [];
    const draws = on(Count, (_, { random }) => drawn.push(random.next()));
    const pipeline = createEventPipeline([...extra, processor("a", draws), processor("b", draws)], { seed });
    pipeline.submit(Count({ n: 1 }));
    pipeline.submit(Count({ n: 2 }));
    await pipeline.run();
    return drawn;
  };
  const drawn = await draw("s", []);
  assert.equal(new Set(drawn).size, 4);
  assert.deepEqual(await draw("s", [processor("other", on(any, (_, { random }) => void random.next()))]), drawn);
  assert.notDeepEqual(await draw("t", []), drawn);
});

Deno.test("Each processor has an archive of its own, which lasts from run to run", async () => {
  const seen: string[] = [];
  const keep = on(Init, (_, context) => {
    const { archive, processor } = context;
    assert.equal(context.archive, archive);
    seen.push(`${processor} ${archive.get("n")?.[0]}`);
    archive.set("n", Uint8Array.of((archive.get("n")?.[0] ?? 0) + 1));
    for (const key of archive.keys()) archive.set(`${key}!`, archive.get(key)!);
  });
  const pipeline = createEventPipeline([processor("a", keep), processor("b", keep)]);
  await pipeline.run();
  await pipeline.run();
  assert.deepEqual(seen, ["a undefined", "b undefined", "a 1", "b 1"]);
});
