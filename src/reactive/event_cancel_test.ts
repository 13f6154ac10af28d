import assert from "node:assert/strict";
import { turn } from "./_gates.ts";
import { anyEvent, createEventPipeline, defineEvent, type Event, type EventContext, on, Poison } from "./mod.ts";

const Count = defineEvent<{ n: number }>("count");

Deno.test("A run that is cancelled lets handlers end, gives up what waits, and still sends Poison", async () => {
  const heard: string[] = [];
  const [ends, signals]: [(() => void)[], AbortSignal[]] = [[], []];
  const handle = on(Count, (_, { signal }) => {
    signals.push(signal);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  const pipeline = createEventPipeline([{ name: "held", handlers: [handle] }, {
    name: "tidy",
    handlers: [on(Poison, (_, { signal }) => heard.push(`tidy ${signal.aborted}`))],
  }]);
  for (let n = 0; n < 5; n++) pipeline.submit(Count({ n }));
  const stop = new AbortController();
  const running = pipeline.run({ signal: stop.signal });
  await turn();
  stop.abort(new Error("enough"));
  await turn();
  assert.deepEqual([heard, signals[0]!.aborted], [[], true], "the handler at work is waited for");
  ends[0]!();
  const { interrupted, dropped, processors, phases } = await running;
  assert.deepEqual([interrupted, dropped, processors.held!.handled, phases], [true, 4, 1, 0]);
  assert.deepEqual(heard, ["tidy false"]);
  assert.equal((await pipeline.run()).interrupted, false, "and the pipeline can run again");
});

Deno.test("A run that never ends by itself can be cancelled, although no handler ever waits", async () => {
  const again = on(Count, ({ n }, context) => context.submit(Count({ n: n + 1 })));
  const onPoison = on(Poison, (_, context) => context.submit(Count({ n: 0 })));
  const pipeline = createEventPipeline([{ name: "forever", handlers: [again, onPoison] }]);
  pipeline.submit(Count({ n: 0 }));
  const stop = new AbortController();
  const running = pipeline.run({ signal: stop.signal });
  for (let i = 0; i < 5; i++) await turn();
  stop.abort();
  const { interrupted, processors } = await running;
  assert.ok(interrupted && processors.forever!.handled > 500);
});

Deno.test("A handler that gives up because the run was cancelled has not failed; one that fails has", async () => {
  const run = async (handle: (context: EventContext) => Promise<void>) => {
    const pipeline = createEventPipeline([{ name: "p", handlers: [on(Count, (_, context) => handle(context))] }]);
    pipeline.submit(Count({ n: 1 }));
    const stop = new AbortController();
    const running = pipeline.run({ signal: stop.signal });
    await turn();
    stop.abort(new Error("enough"));
    return await running;
  };
  const gone = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  assert.equal((await run(({ signal }) => gone(signal))).dropped, 1);
  const wrapped = (cause: unknown) => Promise.reject(new Error("no answer", { cause }));
  assert.equal((await run(({ signal }) => gone(signal).catch(wrapped))).dropped, 1);
  await assert.rejects(run(({ signal }) => gone(signal).catch(() => Promise.reject(new Error("real")))), {
    message: 'Processor "p" failed on "count": real',
  });
});

Deno.test("A signal that was aborted before sends Poison alone to those who wait for it", async () => {
  const heard: string[] = [];
  const report = await createEventPipeline([{
    name: "all",
    handlers: [on(anyEvent, (_, _c, { kind }) => heard.push(kind.kindName))],
  }]).run({ signal: AbortSignal.abort() });
  assert.deepEqual([heard, report.interrupted, report.dropped], [["__POISON__"], true, 1]);
});

Deno.test("Sources are left when a run is cancelled, also one that never answers", async () => {
  let left = 0;
  const endless: AsyncIterable<Event<object>> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        left++;
        return Promise.reject(new Error("nobody hears this"));
      },
    }),
  };
  const pipeline = createEventPipeline([]);
  const stop = new AbortController();
  const fed = pipeline.feed(endless);
  const running = pipeline.run({ signal: stop.signal });
  await turn();
  stop.abort();
  assert.equal((await running).interrupted, true);
  assert.deepEqual([await fed, left], [0, 1]);
});
