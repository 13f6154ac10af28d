import assert from "node:assert/strict";
import { allChannels, type Channel, channel } from "../channel/mod.ts";
import { type ChannelMap, type Node, node, runGraph } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { defineEvent } from "./event.ts";
import { Init, Phase, Poison } from "./lifecycle.ts";
import { eventNode, gives } from "./node_body.ts";
import { on } from "./on.ts";
import type { EventContext, Processor } from "./processor.ts";
import { either, where } from "./where.ts";

const numbers = channel<number>("numbers");
const words = channel<string>("words");
const results = channel<unknown>("results");
const Numbers = defineEvent<{ value: number }>("numbers");
const Words = defineEvent<{ value: string }>("words");
const Results = defineEvent<{ value: unknown }>("results");
const Notes = defineEvent<{ text: string }>("notes");

function sourceOf<T>(out: Channel<T>, values: readonly T[], everyMs = 1): Node {
  return node({ out: { out }, name: `source of ${out.name}` }, async ({ out, clock }) => {
    for (const value of values) {
      if (everyMs > 0) await clock.sleep(everyMs);
      await out.publish(value);
    }
  });
}

/** What comes out of a graph in which `body` is the node in the middle. */
async function resultsOf(
  body: ReturnType<typeof eventNode>,
  { sources, inputs }: { sources: readonly Node[]; inputs: ChannelMap },
): Promise<unknown[]> {
  const env = createTestEnvironment();
  const seen: unknown[] = [];
  const middle = node({ in: inputs, out: { results }, name: "middle" }, body);
  const sink = node({ in: { results } }, { results: (value) => void seen.push(value) });
  await env.drive(runGraph([...sources, middle, sink], env));
  return seen;
}

const echo: Processor = {
  name: "echo",
  handlers: [
    on(Numbers, ({ value }, context) => void context.submit(Results({ value: value * 2 }))),
    on(Words, ({ value }, context) => void context.submit(Results({ value: value.toUpperCase() }))),
  ],
};

Deno.test("eventNode() takes messages as events of the input's name, and publishes events of the output's name", async () => {
  const sources = [sourceOf(numbers, [1, 2, 3])];
  assert.deepEqual(await resultsOf(eventNode([echo]), { sources, inputs: { numbers } }), [2, 4, 6]);
});

Deno.test("eventNode() takes the messages of several inputs in the order in which the node gets them", async () => {
  const sources = [sourceOf(numbers, [1, 2], 10), sourceOf(words, ["a", "b", "c"], 8)];
  const seen = await resultsOf(eventNode([echo]), { sources, inputs: { numbers, words } });
  assert.deepEqual(seen, ["A", 2, "B", 4, "C"]);
});

Deno.test("eventNode() deals with all that one message leads to before it takes the next", async () => {
  const countdown: Processor = {
    name: "countdown",
    handlers: [on(Numbers, async ({ value }, context) => {
      for (let i = 0; i < value; i++) await null;
      context.submit(Results({ value }));
      if (value > 0) context.submit(Numbers({ value: value - 1 }));
    })],
  };
  const sources = [sourceOf(numbers, [2, 1, 0], 0)];
  assert.deepEqual(await resultsOf(eventNode([countdown]), { sources, inputs: { numbers } }), [2, 1, 0, 1, 0, 0]);
});

Deno.test("eventNode() has __INIT__ first; phases and __POISON__ when its inputs have ended", async () => {
  const say = (name: string, context: EventContext) => void context.submit(Results({ value: name }));
  const said: Processor = {
    name: "said",
    handlers: [
      on(where(Phase, { phase: 2 }), () => {}),
      on(either(Init, Phase, Poison, Numbers), (_, context, event) => say(event.kind.kindName, context)),
    ],
  };
  const sources = [sourceOf(numbers, [1, 2])];
  const seen = await resultsOf(eventNode([said]), { sources, inputs: { numbers } });
  assert.deepEqual(seen, ["__INIT__", "numbers", "numbers", "__PHASE__", "__POISON__"]);
});

Deno.test("eventNode() goes by a mapping where one is given", async () => {
  const note: Processor = {
    name: "note",
    handlers: [on(Notes, ({ text }, context) => void context.submit(Notes.refine("loud")({ text: `${text}!` })))],
  };
  const loud = Notes.refine("loud");
  const body = eventNode([{ ...note, handlers: [on(loud, () => {}), ...note.handlers] }], {
    takes: { numbers: (value: number) => value === 2 ? undefined : Notes({ text: `${value}` }) },
    gives: { results: gives(loud, ({ text }) => text === "3!" ? undefined : text) },
  });
  const sources = [sourceOf(numbers, [1, 2, 3, 4])];
  assert.deepEqual(await resultsOf(body, { sources, inputs: { numbers } }), ["1!", "4!"]);
});

Deno.test("eventNode() begins with the events that it was given", async () => {
  const body = eventNode([echo], { events: [Numbers({ value: 21 })] });
  assert.deepEqual(await resultsOf(body, { sources: [], inputs: {} }), [42]);
});

Deno.test("eventNode() publishes all that an event carries where it has no value", async () => {
  const Plain = defineEvent<{ a: number }>("results");
  const body = eventNode([{
    name: "plain",
    handlers: [on(Numbers, ({ value }, context) => void context.submit(Plain({ a: value })))],
  }]);
  assert.deepEqual(await resultsOf(body, { sources: [sourceOf(numbers, [1])], inputs: { numbers } }), [{ a: 1 }]);
});

Deno.test("eventNode() makes its processors anew for each run when it is given a function", async () => {
  const create = () => {
    let seen = 0;
    return [{
      name: "count",
      handlers: [on(Numbers, (_, context) => void context.submit(Results({ value: ++seen })))],
    }];
  };
  const body = eventNode(create);
  for (let run = 0; run < 2; run++) {
    const sources = [sourceOf(numbers, [5, 5])];
    assert.deepEqual(await resultsOf(body, { sources, inputs: { numbers } }), [1, 2]);
  }
});

Deno.test("eventNode() is slow where its output is full, and whoever publishes to it waits", async () => {
  const env = createTestEnvironment();
  const [few, out] = [channel<number>("numbers", { capacity: 1 }), channel<unknown>("results", { capacity: 1 })];
  let [published, mostAhead, taken] = [0, 0, 0];
  const source = node({ out: { few } }, async ({ few }) => {
    for (let i = 0; i < 50; i++) {
      await few.publish(i);
      mostAhead = Math.max(mostAhead, ++published - taken);
    }
  });
  const middle = node({ in: { numbers: few }, out: { results: out } }, eventNode([echo]));
  const sink = node({ in: { out } }, async ({ out, clock }) => {
    for await (const _ of out) {
      await clock.sleep(10);
      taken++;
    }
  });
  await env.drive(runGraph([source, middle, sink], env));
  assert.equal(taken, 50);
  assert.ok(mostAhead < 8, `${mostAhead} messages were under way`);
});

Deno.test("eventNode() gives its handlers the node's time, in which a sleep takes its time", async () => {
  const sleeper: Processor = {
    name: "sleeper",
    handlers: [on(Numbers, async ({ value }, context) => {
      const before = context.clock.now();
      await context.clock.sleep(value);
      context.submit(Results({ value: Number(context.clock.now() - before) / 1e6 }));
    })],
  };
  const sources = [sourceOf(numbers, [5, 100])];
  assert.deepEqual(await resultsOf(eventNode([sleeper]), { sources, inputs: { numbers } }), [5, 100]);
});

Deno.test("eventNode() fails the run with an error that names processor and event", async () => {
  const broken: Processor = {
    name: "broken",
    handlers: [on(Numbers, () => {
      throw new Error("no such number");
    })],
  };
  const failing = resultsOf(eventNode([broken]), { sources: [sourceOf(numbers, [1])], inputs: { numbers } });
  await assert.rejects(failing, (error: Error) => {
    assert.match(error.message, /broken.*numbers|numbers.*broken/s);
    assert.equal((error.cause as Error).message, "no such number");
    return true;
  });
});

Deno.test("eventNode() is asked to end: what came before is dealt with, and the last phase runs", async () => {
  const env = createTestEnvironment();
  const seen: unknown[] = [];
  const endless = node({ out: { numbers } }, async ({ numbers, clock }) => {
    let n = 0;
    for await (const _ of clock.every(10)) await numbers.publish(n++);
  });
  const last: Processor = {
    name: "last",
    handlers: [on(Poison, (_, context) => void context.submit(Results({ value: "last" })))],
  };
  const middle = node({ in: { numbers }, out: { results } }, eventNode([echo, last]));
  const sink = node({ in: { results } }, { results: (value) => void seen.push(value) });
  await env.drive(runGraph([endless, middle, sink], env, { durationMs: 35 }));
  assert.deepEqual(seen, [0, 2, 4, "last"]);
});

Deno.test("eventNode() without inputs stops what it feeds itself when it is asked to, and the last phase runs", async () => {
  const env = createTestEnvironment();
  const seen: unknown[] = [];
  const endless: Processor = {
    name: "endless",
    handlers: [
      on(Numbers, async ({ value }, context) => {
        await context.clock.sleep(10);
        context.submit(Numbers({ value: value + 1 }));
        context.submit(Results({ value }));
      }),
      on(Poison, (_, context) => void context.submit(Results({ value: "last" }))),
    ],
  };
  const source = node({ out: { results } }, eventNode([endless], { events: [Numbers({ value: 0 })] }));
  const sink = node({ in: { results } }, { results: (value) => void seen.push(value) });
  await env.drive(runGraph([source, sink], env, { durationMs: 35 }));
  assert.deepEqual(seen, [0, 1, 2, "last"]);
});

Deno.test("eventNode() with all channels gets what every channel carries, by the name of the channel", async () => {
  const sources = [sourceOf(numbers, [1], 5), sourceOf(words, ["a"], 9)];
  assert.deepEqual(await resultsOf(eventNode([echo]), { sources, inputs: { all: allChannels } }), [2, "A"]);
});
