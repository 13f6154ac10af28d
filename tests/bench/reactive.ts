import {
  type Archives,
  caching,
  createEventPipeline,
  createMemoryArchives,
  defineEvent,
  on,
  type Processor,
  where,
} from "tinman/reactive";
import { type Group, type PartMaker, perSecond, type Row } from "./harness.ts";
import {
  concatRxjs,
  deliveries,
  type Flow,
  flowEmitter,
  flowRxjs,
  flowTarget,
  routeRxjs,
  Tally,
} from "./reactive_peers.ts";

/** Events of the reactive engine: queued, routed by pattern, committed in order. Rates count deliveries to listeners. */
export const reactiveGroup: Group = {
  title: "Events",
  parts: [
    createPart("a chain of 5,001 events", { listeners: 1, queued: 1, until: 5000 }, {
      floor: { atLeast: 1e6 },
      cited: "the original: 21.6 k/s (cited)",
    }),
    createPart("20,000 events that wait at the start", { listeners: 1, queued: 20_000, until: 0 }, {
      floor: { atLeast: 1e6 },
      cited: "the original: 22.8 k/s (cited)",
    }),
    createPart("one event to 100 listeners", { listeners: 100, queued: 1000, until: 0 }, { floor: { atLeast: 1e6 } }),
    createRoutingPart(),
    createAsyncPart(),
    createCachingPart(),
  ],
};

const Step = defineEvent<{ n: number }>("step");

/** One way for events to flow, beside those who do the same without patterns, order and accounting. */
function createPart(work: string, flow: Flow, claim: Pick<Row, "floor" | "cited">): PartMaker {
  const peers = [
    { name: "RxJS", run: flowRxjs },
    { name: "EventEmitter and a queue", run: flowEmitter },
    { name: "EventTarget and a queue", run: flowTarget },
  ];
  return ({ scale }) => {
    const scaled = scaleOf(flow, scale);
    const count = deliveries(scaled) * scaled.listeners;
    const again = Math.ceil(200_000 * scale / count);
    const measured = (run: (flow: Flow) => void | Promise<void>) => () =>
      perSecond(count * again, async () => {
        for (let i = 0; i < again; i++) await run(scaled);
      });
    return {
      cases: [
        { name: "tinman", run: measured(flowEvents) },
        ...peers.map(({ name, run }) => ({ name, run: measured(run) })),
      ],
      rows: [
        { work, ours: "tinman", unit: "per second", ...claim },
        ...peers.map(({ name }): Row => ({ work, ours: "tinman", peer: name, unit: "per second" })),
      ],
    };
  };
}

function scaleOf({ listeners, queued, until }: Flow, scale: number): Flow {
  const less = (count: number) => count <= 1 ? count : Math.max(10, Math.round(count * scale));
  return { listeners, queued: less(queued), until: less(until) };
}

async function flowEvents(flow: Flow): Promise<void> {
  const tally = new Tally();
  const processors = Array.from({ length: flow.listeners }, (_, i): Processor => ({
    name: `listener ${i}`,
    handlers: [on(Step, (step, context) => {
      tally.take(step);
      if (i === 0 && step.n < flow.until) context.submit(Step({ n: step.n + 1 }));
    })],
  }));
  const pipeline = createEventPipeline(processors, { maxPending: 1e6 });
  for (let n = 0; n < flow.queued; n++) pipeline.submit(Step({ n }));
  await pipeline.run();
  tally.check(flow);
}

/** A thousand listeners, each for a target of its own: what an event costs that one of them hears. */
function createRoutingPart(): PartMaker {
  const listeners = 1000;
  return ({ scale }) => {
    const count = Math.max(1000, 20_000 * scale);
    return {
      cases: [
        { name: "tinman", run: () => perSecond(count, () => routeEvents(listeners, count)) },
        { name: "tinman, one listener", run: () => perSecond(count, () => routeEvents(1, count)) },
        { name: "RxJS, a filter each", run: () => perSecond(count / 10, () => routeRxjs(listeners, count / 10)) },
      ],
      rows: ["tinman, one listener", "RxJS, a filter each"].map((peer): Row => ({
        work: "an event that 1 of 1,000 listeners hears",
        ours: "tinman",
        peer,
        unit: "per second",
        floor: { ratio: peer === "RxJS, a filter each" ? 10 : 0.2 },
      })),
    };
  };
}

const Built = defineEvent<{ target: string; n: number }>("bench built");

async function routeEvents(listeners: number, count: number): Promise<void> {
  const tally = new Tally();
  const processors = Array.from({ length: listeners }, (_, i): Processor => ({
    name: `listener ${i}`,
    handlers: [on(where(Built, { target: `target ${i}` }), (step) => tally.take(step))],
  }));
  const pipeline = createEventPipeline(processors, { maxPending: 1e6 });
  for (let n = 0; n < count; n++) pipeline.submit(Built({ target: `target ${n % listeners}`, n }));
  await pipeline.run();
  tally.check({ listeners: 1, queued: count, until: 0 });
}

/** Handlers that wait for nothing, but say so with a promise. */
function createAsyncPart(): PartMaker {
  const work = "20,000 events to one asynchronous handler";
  return ({ scale }) => {
    const count = Math.max(10, 20_000 * scale);
    return {
      cases: [
        { name: "tinman", run: () => perSecond(count, () => flowAsync(count)) },
        { name: "RxJS concatMap", run: () => perSecond(count, () => concatRxjs(count)) },
      ],
      rows: [{ work, ours: "tinman", peer: "RxJS concatMap", unit: "per second" }],
    };
  };
}

async function flowAsync(count: number): Promise<void> {
  const tally = new Tally();
  const listener: Processor = {
    name: "listener",
    handlers: [on(Step, async (step) => {
      await null;
      tally.take(step);
    })],
  };
  const pipeline = createEventPipeline([listener], { maxPending: 1e6 });
  for (let n = 0; n < count; n++) pipeline.submit(Step({ n }));
  await pipeline.run();
  tally.check({ listeners: 1, queued: count, until: 0 });
}

/** A processor that works for a while on each event: what its cache saves. */
function createCachingPart(): PartMaker {
  return ({ scale }) => {
    const count = Math.max(10, Math.round(2000 * scale));
    const archives = createMemoryArchives({ maxBytes: 2 ** 28 });
    return {
      cases: [
        { name: "from the cache", run: () => perSecond(count, () => factorAll(count, archives)) },
        { name: "computed", run: () => perSecond(Math.ceil(count / 10), () => factorAll(Math.ceil(count / 10))) },
      ],
      rows: [{
        work: "a number of 31 bits into its factors",
        ours: "from the cache",
        peer: "computed",
        unit: "per second",
        floor: { ratio: 4 },
      }],
    };
  };
}

const Question = defineEvent<{ n: number }>("question");
const Factors = defineEvent<{ of: number; factors: readonly number[] }>("factors");

/** Factors numbers by trial division, from the archives where they are there. */
async function factorAll(count: number, archives?: Archives): Promise<void> {
  let heard = 0;
  const factorer: Processor = {
    name: "factorer",
    handlers: [on(Question, ({ n }, context) => {
      context.submit(Factors({ of: n, factors: factorsOf(n) }));
    })],
  };
  const sink: Processor = { name: "sink", handlers: [on(Factors, ({ factors }) => void (heard += factors.length))] };
  const pipeline = createEventPipeline([archives === undefined ? factorer : caching(factorer), sink], {
    maxPending: 1e6,
    ...(archives !== undefined && { archives }),
  });
  // About 2^31: sixty thousand divisions where there is no small factor.
  for (let i = 0; i < count; i++) pipeline.submit(Question({ n: 2_147_483_647 - 2 * i }));
  await pipeline.run();
  if (heard < count) throw new Error(`Cannot trust this measurement: ${heard} factors of ${count} numbers`);
}

function factorsOf(number: number): number[] {
  const factors: number[] = [];
  let rest = number;
  for (let d = 2; d * d <= number; d++) {
    for (; rest % d === 0; rest /= d) factors.push(d);
  }
  if (rest > 1) factors.push(rest);
  return factors;
}
