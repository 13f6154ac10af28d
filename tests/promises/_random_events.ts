import { createRandom, type Random } from "tinman";
import {
  createEventPipeline,
  defineEvent,
  type EventContext,
  type EventPipeline,
  Init,
  on,
  oneOf,
  Phase,
  type Processor,
  where,
} from "tinman/reactive";

interface Load {
  /** How many generations may follow. */
  readonly depth: number;
  readonly tag: number;
}
const kinds = ["red", "green", "blue"].map((name) => defineEvent<Load>(name));

/** What a handler does with an event; all of it was drawn, nothing is left to chance. */
interface Deed {
  /** Kinds of the events that it emits, one of `kinds` each. */
  readonly emits: readonly number[];
  readonly waits: number;
  readonly sleepsMs: number;
  readonly throwsAt: number;
  readonly uses: "state" | "clock" | "random" | "nothing";
}

/** How long what a handler waits for takes: not in the least what its result depends on. */
export type Latency = () => Promise<void>;

/** A pipeline drawn from a seed, the same each time, and what it is to be submitted. */
export function drawEventPipeline(seed: string, latency: Latency): EventPipeline {
  const random = createRandom(seed);
  const processors = Array.from({ length: 1 + random.int(6) }, (_, i) => drawProcessor(random, `${i}`, latency));
  const maxConcurrency = random.int(2) === 0 ? undefined : 1 + random.int(4);
  const pipeline = createEventPipeline(processors, { seed, maxConcurrency });
  for (let n = 1 + random.int(6); n > 0; n--) pipeline.submit(draw(random, kinds)({ depth: 3, tag: random.int(50) }));
  return pipeline;
}

function drawProcessor(random: Random, name: string, latency: Latency): Processor {
  const concurrency = random.int(2) === 0 ? 1 : 1 + random.int(4);
  const shared = { seen: 0 };
  const handlers = Array.from({ length: 1 + random.int(3) }, () => {
    const deed = drawDeed(random);
    const handle = (load: Load, context: EventContext) => {
      // What is called for several events at once, and again for some, has no order in which it could count.
      const state = concurrency === 1 ? shared : { seen: 0 };
      return deed.waits === 0 && deed.sleepsMs === 0
        ? act(load, context, { deed, state })
        : actLater(load, context, { deed, state, latency });
    };
    const kind = draw(random, kinds);
    const [limit, first, second] = [random.int(50), random.int(4), random.int(4)];
    switch (random.int(5)) {
      case 0:
        return on(where(kind, { tag: (tag) => tag > limit }), handle);
      case 1:
        return on(where(kind, { depth: oneOf(first, second) }), handle);
      case 2:
        return on(where(kind, { depth: first }), handle);
      default:
        return on(kind, handle);
    }
  });
  const wave = draw(random, kinds);
  if (random.int(3) === 0) {
    handlers.push(on(Phase, ({ phase }, context) => {
      if (phase < 3) context.submit(wave({ depth: 1, tag: concurrency === 1 ? shared.seen % 50 : 0 }));
    }));
  }
  if (random.int(4) === 0) handlers.push(on(Init, (_, context) => context.submit(wave({ depth: 2, tag: 7 }))));
  const onError = draw(random, ["skip", { retry: 1, backoffMs: 5, then: "skip" }] as const);
  return { name, handlers, priority: random.int(3), concurrency, onError };
}

function drawDeed(random: Random): Deed {
  return {
    emits: Array.from({ length: random.int(3) }, () => random.int(kinds.length)),
    waits: random.int(2) === 0 ? 0 : random.int(4),
    sleepsMs: random.int(4) === 0 ? random.int(20) : 0,
    throwsAt: random.int(3) === 0 ? random.int(50) : -1,
    uses: draw(random, ["state", "clock", "random", "nothing"]),
  };
}

function act(
  { depth, tag }: Load,
  context: EventContext,
  { deed, state }: { deed: Deed; state: { seen: number } },
): void {
  state.seen++;
  if (tag === deed.throwsAt) throw new Error("as it was drawn");
  const extra = {
    state: state.seen,
    clock: Number(context.clock.now() % 1000n),
    random: context.random.int(50),
    nothing: 0,
  };
  if (depth === 0) return;
  deed.emits.forEach((kind, i) => {
    context.submit(kinds[kind]!({ depth: depth - 1, tag: (tag * 31 + i + extra[deed.uses]) % 50 }));
  });
}

async function actLater(
  load: Load,
  context: EventContext,
  { deed, state, latency }: { deed: Deed; state: { seen: number }; latency: Latency },
): Promise<void> {
  const seen = ++state.seen;
  for (let i = 0; i < deed.waits; i++) await latency();
  if (deed.sleepsMs > 0) await context.clock.sleep(deed.sleepsMs);
  act(load, context, { deed, state: { seen } });
}

function draw<T>(random: Random, list: readonly T[]): T {
  return list[random.int(list.length)]!;
}

/** Handlers that wait are let go on in any order, drawn from a seed; see {@linkcode Shuffle.drive}. */
export class Shuffle {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  #waits = 0;
  /** The waits by number, in the order in which they ended. */
  readonly ended: number[] = [];

  constructor(seed: string) {
    this.#random = createRandom(seed);
  }

  /** Resolves when it is its turn: after some microtasks, or when everything else waits and it is picked. */
  readonly latency: Latency = async () => {
    const wait = this.#waits++;
    if (this.#random.int(4) > 0) {
      for (let i = this.#random.int(10); i > 0; i--) await null;
    } else {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.ended.push(wait);
  };

  /** Waits for `result`; whenever nothing else can go on, lets one of those who wait go on. */
  async drive<T>(result: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => void (settled = true);
    result.then(done, done);
    while (!settled) {
      const [picked] = this.#waiting.splice(this.#random.int(this.#waiting.length || 1), 1);
      picked?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return await result;
  }
}
