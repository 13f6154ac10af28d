import { type Channel, channel } from "../channel/mod.ts";
import { createRandom, type Random } from "../random/mod.ts";
import { type Node, node } from "../runtime/mod.ts";
import { defineEvent } from "./event.ts";
import { Phase } from "./lifecycle.ts";
import { eventNode } from "./node_body.ts";
import { on } from "./on.ts";
import type { EventContext, Processor } from "./processor.ts";

type Value = number;
const Mid = defineEvent<{ value: Value }>("mid");

/** Sources, and nodes behind them that are pipelines of events; sources first. */
export function drawEventGraph(random: Random): { readonly nodes: readonly Node[]; readonly sources: number } {
  const channels: Channel<Value>[] = [];
  const newChannel = () => {
    channels.push(channel<Value>(`c${channels.length}`, { capacity: 1 + random.int(12) }));
    return channels.at(-1)!;
  };
  const sources = 1 + random.int(3);
  const nodes = Array.from({ length: sources }, (_, i) => drawSource(random, i, newChannel()));
  for (let i = 1 + random.int(3); i > 0; i--) {
    const inputs: Record<string, Channel<Value>> = {};
    for (let k = 1 + random.int(3); k > 0; k--) {
      const input = channels[random.int(channels.length)]!;
      inputs[input.name] = input;
    }
    const out = newChannel();
    const seed = `${random.int(2 ** 30)}`;
    const body = eventNode(() => drawProcessors(createRandom(seed), Object.keys(inputs), out.name));
    nodes.push(node({ in: inputs, out: { [out.name]: out }, name: `to ${out.name}` }, body));
  }
  return { nodes, sources };
}

function drawSource(random: Random, i: number, out: Channel<Value>): Node {
  const [count, kind] = [random.int(30), random.int(3)];
  return node({ out: { out }, name: `source ${i}` }, async ({ out, clock, random }) => {
    for (let i = 0; i < count; i++) {
      if (kind === 0 || kind === 1 && random.int(3) === 0) await clock.sleep(random.next() * 5);
      await out.publish(i);
    }
  });
}

function drawProcessors(random: Random, inputs: readonly string[], output: string): Processor[] {
  const Out = defineEvent<{ value: Value }>(output);
  const kinds = [...inputs.map((name) => defineEvent<{ value: Value }>(name)), Mid];
  return Array.from({ length: 1 + random.int(4) }, (_, i): Processor => {
    let seen = 0;
    const [waits, sleepMs, emitsMid] = [random.int(4), random.int(3) === 0 ? random.int(9) : 0, random.int(2) === 0];
    const [throwsEvery, uses] = [random.int(3) === 0 ? 2 + random.int(5) : Infinity, random.int(4)];
    const isSync = waits === 0 && sleepMs === 0;
    const answer = ({ value }: { value: Value }, context: EventContext, count: number) => {
      if (count % throwsEvery === throwsEvery - 1) throw new Error("as it was drawn");
      const extra = [count, context.random.int(100), Number(context.clock.now() % 1_000_000n), 0][uses]!;
      if (emitsMid && value >= 0 && value < 60) context.submit(Mid({ value: value + extra + 40 }));
      else context.submit(Out({ value: value * 1000 + extra }));
    };
    const answerLater = async (data: { value: Value }, context: EventContext, count: number) => {
      for (let i = 0; i < waits; i++) await null;
      if (sleepMs > 0) await context.clock.sleep(sleepMs);
      answer(data, context, count);
    };
    return {
      name: `p${i}`,
      priority: random.int(2),
      concurrency: 1 + random.int(3),
      onError: random.int(2) === 0 ? "skip" : { retry: 2, backoffMs: 1, then: "skip" },
      handlers: [
        ...kinds.filter(() => random.int(3) > 0).map((kind) =>
          on(kind, (data, context) => (isSync ? answer : answerLater)(data, context, seen++))
        ),
        on(Phase, ({ phase }, context) => {
          if (phase === 1) context.submit(Out({ value: -seen }));
        }),
      ],
    };
  });
}
