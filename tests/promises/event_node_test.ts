/*
 * "A reactive pipeline takes channels of a graph as events and emits to channels; it records, replays and verifies like any
 * other node": on the clock of this machine, with handlers that wait for something outside that takes another time each run.
 */
import assert from "node:assert/strict";
import { channel, node, replay, run } from "tinman";
import { defineEvent, eventNode, on, Phase } from "tinman/reactive";
import { temporaryFolder } from "./_folder.ts";

const left = channel<number>("left");
const right = channel<number>("right", { capacity: 2 });
const out = channel<string>("out", { capacity: 3 });

const Left = defineEvent<{ value: number }>("left");
const Right = defineEvent<{ value: number }>("right");
const Asked = defineEvent<{ value: number; by: string }>("asked");
const Out = defineEvent<{ value: string }>("out");

/** What is outside: an answer that comes when it comes. */
async function outside(value: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  return value * 2;
}

function createProcessors() {
  let asked = 0;
  return [
    {
      name: "ask",
      concurrency: 3,
      handlers: [Left, Right].map((kind) =>
        on(kind, async ({ value }, context) => {
          for (let i = 0; i < 3; i++) context.submit(Asked({ value: await outside(value + i), by: kind.kindName }));
        })
      ),
    },
    {
      name: "answer",
      concurrency: 2,
      handlers: [
        on(Asked, async ({ value, by }, context) => {
          const doubled = await outside(value);
          context.submit(Out({ value: `${by} ${doubled} ${context.random.int(100)} ${context.clock.now()}` }));
        }),
      ],
    },
    {
      name: "count",
      handlers: [
        on(Asked, () => void asked++),
        on(Phase, ({ phase }, context) => phase === 1 && context.submit(Out({ value: `${asked} asked` }))),
      ],
    },
  ];
}

function sourceOf(to: typeof left, everyMs: number) {
  return node({ name: `source of ${to.name}`, out: { to } }, async ({ to, clock }) => {
    for (let i = 0; i < 12; i++) {
      await clock.sleep(everyMs);
      await to.publish(i);
    }
  });
}

Deno.test("a pipeline of events whose handlers wait for the outside replays as it ran", async () => {
  using folder = temporaryFolder();
  const guard = node({ name: "guard", in: { left, right }, out: { out } }, eventNode(createProcessors));
  const print = node({ name: "print", in: { out } }, async ({ out, clock, random }) => {
    for await (const _ of out) if (random.int(10) === 0) await clock.sleep(2);
  });
  const nodes = [sourceOf(left, 3), sourceOf(right, 4), guard, print];
  const { recording } = await run(nodes, { record: folder.path });
  for (const again of [[guard], [guard, print], nodes]) {
    const { verify } = await replay(again, recording!, { verify: true });
    assert.equal(verify!.divergence, undefined);
    assert.equal(verify!.channels.find(({ name }) => name === "out")!.equal, 73);
  }
});
