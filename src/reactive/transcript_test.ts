import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../random/mod.ts";
import { Gates, turn } from "./_gates.ts";
import {
  compareTranscripts,
  createEventPipeline,
  defineEvent,
  type Event,
  type EventPipeline,
  formatTranscript,
  formatTranscriptEntry,
  on,
  parseTranscript,
  Phase,
  replayTranscript,
  type Transcript,
} from "./mod.ts";

const Count = defineEvent<{ n: number }>("count");
const Fact = defineEvent<{ value?: unknown }>("fact");
const Seen = defineEvent<object>("event").refine<{ value?: unknown }>("seen fact");

async function transcriptOf(pipeline: EventPipeline, events: readonly Event<object>[]): Promise<Transcript> {
  for (const event of events) pipeline.submit(event);
  return (await pipeline.run({ transcript: true })).transcript!;
}

/** Emits each number below, down to 0, and one in the first phase. */
function countdown(until = 0): EventPipeline {
  return createEventPipeline([{
    name: "countdown",
    handlers: [
      on(Count, ({ n }, context) => n > until && context.submit(Count({ n: n - 1 }))),
      on(Phase, ({ phase }, context) => phase === 1 && context.submit(Count({ n: 0 }))),
    ],
  }]);
}

Deno.test("A transcript has all events in order, who emitted them, and how far the run was when they came", async () => {
  const transcript = await transcriptOf(countdown(), [Count({ n: 1 })]);
  assert.equal(
    formatTranscript(transcript),
    [
      '{"transcript":1,"seed":"tinman"}',
      '{"event":"__INIT__"}',
      '{"event":"count","step":1,"data":{"n":1}}',
      '{"event":"count","by":"countdown","data":{"n":0}}',
      '{"event":"__PHASE__","data":{"phase":1}}',
      '{"event":"count","by":"countdown","data":{"n":0}}',
      '{"event":"__PHASE__","data":{"phase":2}}',
      '{"event":"__POISON__"}',
      "",
    ].join("\n"),
  );
});

Deno.test("compareTranscripts() names the first event that differs, with both", async () => {
  const [a, b] = [
    await transcriptOf(countdown(), [Count({ n: 3 })]),
    await transcriptOf(countdown(1), [Count({ n: 3 })]),
  ];
  assert.equal(compareTranscripts(a, a), undefined);
  const { event, expected, actual, message } = compareTranscripts(a, b)!;
  assert.equal(
    message,
    'first difference at event 5: expected count {"n":0} by "countdown", got __PHASE__ {"phase":1}',
  );
  assert.deepEqual([event, expected, actual], [5, a.entries[4], b.entries[4]]);
  const short = { ...a, entries: a.entries.slice(0, 2) };
  assert.equal(
    compareTranscripts(a, short)!.message,
    'first difference at event 3: expected count {"n":2} by "countdown", got the end',
  );
  assert.equal(compareTranscripts(short, a)!.event, 3);
});

const fact = fc.oneof(
  // A field of that name is none that CBOR of ours takes.
  (fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>).filter((value) =>
    !JSON.stringify(value).includes("__proto__")
  ),
  fc.constantFrom<unknown>(
    -0,
    NaN,
    Infinity,
    undefined,
    3n,
    -(2n ** 70n),
    new Date(5),
    new Set([1, "a"]),
    new Map([[1, 2]]),
  ),
  fc.uint8Array({ maxLength: 5 }),
  fc.constantFrom<unknown>({ b: 1, a: 2 }, { a: 2, b: 1 }, { 2: 1, __proto__: null }, Float32Array.of(0.5)),
);

Deno.test("A transcript that was saved and read again is the same, whatever events carry", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fact, { maxLength: 5 }), fc.string(), async (facts, name) => {
      const pipeline = createEventPipeline([{
        name: `p${name}`,
        handlers: [on(Fact, ({ value }, context) => context.submit(Seen({ value })))],
      }], { seed: name });
      const transcript = await transcriptOf(pipeline, facts.map((value) => Fact({ value })));
      const again = parseTranscript(formatTranscript(transcript));
      assert.equal(compareTranscripts(transcript, again)?.message, undefined);
      assert.equal(formatTranscript(again), formatTranscript(transcript));
      assert.equal(again.seed, name);
      const lines = [formatTranscript({ seed: name, entries: [] }), ...transcript.entries.map(formatTranscriptEntry)];
      assert.equal(lines.join(""), formatTranscript(transcript));
    }),
    { numRuns: 50 },
  );
});

Deno.test("The order of fields counts in a transcript: handlers see it", async () => {
  const of = (value: unknown) => transcriptOf(createEventPipeline([]), [Fact({ value })]);
  assert.equal(compareTranscripts(await of({ a: 1, b: 2 }), await of({ b: 2, a: 1 }))?.event, 2);
});

Deno.test("An event that is no data cannot be written down, and is named", async () => {
  const pipeline = createEventPipeline([]);
  pipeline.submit(Fact({ value: { run: () => {} } }));
  await assert.rejects(pipeline.run({ transcript: true }), {
    code: "CODEC",
    message: /^Cannot write event "fact" down: .*\.value\.run/,
  });
});

Deno.test("parseTranscript() names the line that is none", () => {
  const header = '{"transcript":1,"seed":"s"}\n';
  const damaged: readonly [string, string][] = [
    ["", "line 1: expected JSON"],
    ["[]", 'line 1: expected {"transcript":1,"seed":…}'],
    [`${header}{"event":"a"}\nnull`, "line 3: expected an object"],
    [`${header}{"even`, "line 2: expected JSON"],
    [`${header}{"by":"a"}`, "line 2: expected the name of an event"],
    [`${header}{"event":["a",1]}`, "line 2: expected the name of an event"],
    [`${header}{"event":"a","by":1}`, "line 2: expected a name as `by`"],
    [`${header}{"event":"a","step":0.5}`, "line 2: expected a number as `step`"],
    [`${header}{"event":"a","data":1}`, "line 2: expected attributes"],
    [`${header}{"event":"a","cbor":"xy"}`, "line 2: what the event carries is damaged"],
    [`${header}{"event":"a","cbor":"a1"}`, "line 2: what the event carries is damaged"],
  ];
  for (const [text, problem] of damaged) {
    assert.throws(() => parseTranscript(text), { code: "CONFIG", message: `Cannot read the transcript at ${problem}` });
  }
});

Deno.test("A replay gives the transcript again, and says where code that changed goes another way", async () => {
  const transcript = await transcriptOf(countdown(), [Count({ n: 5 }), Count({ n: 2 })]);
  const same = await replayTranscript(countdown(), parseTranscript(formatTranscript(transcript)));
  assert.equal(same.difference, undefined);
  assert.equal(same.report.events, transcript.entries.length);
  const other = await replayTranscript(countdown(1), transcript);
  assert.match(other.difference!.message, /^first difference at event \d+: expected count \{"n":0\}/);
});

Deno.test("A replay takes the seed of the transcript, and leaves what is submitted now to the next run", async () => {
  const create = (seed: string) =>
    createEventPipeline([{
      name: "dice",
      handlers: [on(Count, (_, context) => context.submit(Fact({ value: context.random.int(1e9) })))],
    }], { seed });
  const transcript = await transcriptOf(create("one"), [Count({ n: 1 })]);
  const pipeline = create("two");
  pipeline.submit(Count({ n: 2 }));
  assert.equal((await replayTranscript(pipeline, transcript)).difference, undefined);
  assert.equal((await pipeline.run()).processors.dice!.handled, 1);
});

/** A pipeline whose outcome depends on when events come: a slow worker, a quick one that goes first, two at once at most. */
function sensitive(gates: Gates | undefined): EventPipeline {
  const log: string[] = [];
  const work = (name: string) =>
    on(Count, async ({ n }, context) => {
      log.push(`${name}${n}`);
      // What others do as well is looked at before the first wait: handlers are started in the same order in every run.
      const value = log.join(" ");
      await gates?.wait();
      context.submit(Fact({ value }));
      if (n % 3 === 0) context.submit(Count({ n: n + 1 }));
    });
  return createEventPipeline(
    [
      { name: "slow", priority: 1, handlers: [work("s")] },
      { name: "quick", handlers: [work("q")] },
      { name: "wide", concurrency: 2, handlers: [work("w")] },
      {
        name: "phases",
        handlers: [on(Phase, async ({ phase }, context) => {
          await gates?.wait();
          if (phase < 3) context.submit(Count({ n: 100 * phase }));
        })],
      },
    ],
    { maxConcurrency: 2 },
  );
}

async function* paused(pauses: readonly number[]) {
  for (const [i, pause] of pauses.entries()) {
    for (let turns = 0; turns < pause; turns++) await turn();
    yield Count({ n: 20 + i });
  }
}

Deno.test("Events that came while a run was at work come at the same moment in the replay, whenever handlers end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 8 }), fc.boolean(), fc.nat(1000), async (pauses, eager, seed) => {
      const live = new Gates(createRandom(`live ${seed}`));
      const pipeline = sensitive(live);
      for (let n = 0; n < 3; n++) pipeline.submit(Count({ n }));
      void pipeline.feed([Count({ n: 3 }), Count({ n: 6 })]);
      void pipeline.feed(paused(pauses), { eager });
      const running = pipeline.run({ transcript: true });
      const outside = async () => {
        for (const [i, pause] of pauses.entries()) {
          for (let turns = 0; turns < pause; turns++) await turn();
          try {
            pipeline.submit(Count({ n: 10 + i }));
          } catch {
            return;
          }
        }
      };
      const [{ transcript }] = await Promise.all([live.drive(running), outside()]);
      for (const gates of [undefined, new Gates(createRandom(`replay ${seed}`))]) {
        const replay = replayTranscript(sensitive(gates), transcript!);
        const { difference } = await (gates === undefined ? replay : gates.drive(replay));
        assert.equal(difference?.message, undefined);
      }
    }),
    { numRuns: 60 },
  );
});
