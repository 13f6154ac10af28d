// Goal: what a pipeline does is a function of its input, whatever time its handlers take.
// Method: random pipelines, whose handlers wait at gates that open in a random order; each order has to give the
// transcript that the same pipeline gives when its handlers do not wait at all, some not even for a promise.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createRandom } from "../random/mod.ts";
import { Gates } from "./_gates.ts";
import {
  compareTranscripts,
  createEventPipeline,
  defineEvent,
  type ErrorRule,
  type EventContext,
  type EventPipeline,
  Init,
  on,
  Phase,
  Poison,
  type Processor,
  type Transcript,
  where,
} from "./mod.ts";

const Item = defineEvent<{ id: string; fuel: number; to: number }>("item");

interface Plan {
  readonly processors: readonly {
    readonly priority: number;
    readonly concurrency: number;
    readonly sleeps: boolean;
    readonly onError: ErrorRule;
  }[];
  readonly items: readonly { readonly fuel: number; readonly to: number }[];
  readonly fed: number;
  readonly maxConcurrency: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  processors: fc.array(
    fc.record({
      priority: fc.integer({ min: 0, max: 2 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
      sleeps: fc.boolean(),
      onError: fc.constantFrom<ErrorRule>("skip", { retry: 1, then: "skip" }, { retry: 3, backoffMs: 5 }, "stop"),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  items: fc.array(fc.record({ fuel: fc.nat(4), to: fc.nat(4) }), { minLength: 1, maxLength: 5 }),
  fed: fc.nat(3),
  maxConcurrency: fc.constantFrom(1, 2, Infinity),
});

/** What a handler does: depends on the event, its chance and its clock. Yields milliseconds to sleep, or 0 to wait. */
function* work({ id, fuel, to }: { id: string; fuel: number; to: number }, context: EventContext): Generator<number> {
  const { random, clock } = context;
  const emit = (n: number) => {
    if (fuel === 0) return;
    const next = { id: `${id}.${n}@${clock.elapsedNs() / 1e6}`, fuel: fuel - 1 - random.int(2) * (fuel > 1 ? 1 : 0) };
    context.submit(Item({ ...next, to: random.int(5) }));
  };
  emit(0);
  yield 0;
  if (random.int(4) === 0) throw new Error(`${id} is too hard`);
  yield random.int(3) + to;
  emit(1);
  yield 0;
  if (random.int(2) === 0) emit(2);
}

/** Does it: at once, if nothing sleeps and there are no gates. */
function run(steps: Generator<number>, context: EventContext, how: { sleeps: boolean; gates: Gates | undefined }) {
  const { sleeps, gates } = how;
  const wait = async () => {
    for (const ms of steps) {
      if (ms > 0 && sleeps) await context.clock.sleep(ms);
      else await gates?.wait();
    }
  };
  if (sleeps || gates !== undefined) return wait();
  return void [...steps];
}

function build({ processors, items, fed, maxConcurrency }: Plan, gates: Gates | undefined): EventPipeline {
  const all = processors.map(({ sleeps, ...options }, i): Processor => ({
    name: `p${i}`,
    ...options,
    handlers: [
      on(
        where(Item, { to: (to) => to === i || to === 4 }),
        (item, context) => run(work(item, context), context, { sleeps, gates }),
      ),
      on(where(Phase, { phase: 1 }), (_, context) => context.submit(Item({ id: `phase@${i}`, fuel: 2, to: i }))),
      on(Init, (_, context) => void context.submit(Item({ id: `init@${i}`, fuel: 1, to: 4 }))),
      on(Poison, () => gates?.wait()),
    ],
  }));
  const pipeline = createEventPipeline(all, { maxConcurrency });
  items.forEach((item, i) => pipeline.submit(Item({ id: `${i}`, ...item })));
  void pipeline.feed(Array.from({ length: fed }, (_, i) => Item({ id: `fed ${i}`, fuel: 2, to: i })));
  return pipeline;
}

interface Outcome {
  readonly transcript: Transcript;
  /** The error it ended with, or its counts. */
  readonly end: unknown;
}

async function outcomeOf(plan: Plan, gates: Gates | undefined): Promise<Outcome> {
  const pipeline = build(plan, gates);
  const entries: Transcript["entries"][number][] = [];
  const running = pipeline.run({ transcript: (entry) => void entries.push(entry) });
  const transcript = { seed: "tinman", entries };
  try {
    const { processors, errors, phases } = await (gates === undefined ? running : gates.drive(running));
    return { transcript, end: { processors, phases, errors: errors.map(({ message }) => message) } };
  } catch (error) {
    assert.ok(isTinmanError(error, "PROCESSOR"), String(error));
    return { transcript, end: error.message };
  }
}

Deno.test("A pipeline does the same in whatever order its handlers end", async () => {
  let most = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.string({ maxLength: 5 }), async (plan, seed) => {
      const expected = await outcomeOf(plan, undefined);
      for (const order of ["a", "b"]) {
        const gates = new Gates(createRandom(`${seed}/${order}`));
        const actual = await outcomeOf(plan, gates);
        assert.equal(compareTranscripts(expected.transcript, actual.transcript)?.message, undefined);
        assert.deepEqual(actual.end, expected.end);
        most = Math.max(most, gates.most);
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(most > 3, "handlers overlapped");
});
