import { type Channel, channel, type In, type Out } from "../channel/mod.ts";
import type { Random } from "../random/mod.ts";
import { type Node, node, type NodeContext } from "./node.ts";

type Value = unknown;
type Context = NodeContext & { readonly out: Out<Value> };

/** Queues of one to three values, readers that sleep for long, and behind them nodes with loops that share their state. */
export function drawLoopGraph(random: Random): { readonly nodes: readonly Node[]; readonly sources: number } {
  const channels: Channel<Value>[] = [];
  const capacity = () => 1 + random.int(3);
  const newChannel = () => {
    channels.push(channel<Value>(`c${channels.length}`, { capacity: capacity() }));
    return channels.at(-1)!;
  };
  const sources = 1 + random.int(3);
  const nodes = Array.from({ length: sources }, (_, i) => drawSource(random, `source ${i}`, newChannel()));
  for (let i = 1 + random.int(5); i > 0; i--) {
    const inputs: Record<string, Channel<Value>> = {};
    for (let k = 1 + random.int(3); k > 0; k--) {
      const input = channels[random.int(channels.length)]!;
      inputs[input.name] = input.with({ capacity: capacity() });
    }
    nodes.push(drawLoops(random, inputs, newChannel()));
  }
  return { nodes, sources };
}

function drawSource(random: Random, name: string, out: Channel<Value>): Node {
  const [count, kind] = [5 + random.int(40), random.int(3)];
  return node({ out: { out }, name }, async ({ out, clock, random }) => {
    for (let i = 0; i < count; i++) {
      if (kind === 0) await clock.sleep(random.next() * 5);
      if (kind === 1 && random.int(8) === 0) await clock.sleep(random.next() * 300);
      const published = out.publish([name, i]);
      if (random.int(3) > 0) await published;
    }
  });
}

function drawLoops(random: Random, inputs: Readonly<Record<string, Channel<Value>>>, out: Channel<Value>): Node {
  const chance = (n: number) => random.int(n) === 0;
  const [isTicking, isSlow, isVerySlow, leavesEarly] = [chance(3), chance(2), chance(3), chance(8)];
  const [isCareless, hasDeadline, hasLock, publishesTwice] = [chance(6), chance(10), chance(4), chance(4)];
  return node({ in: inputs, out: { out }, name: `to ${out.name}` }, async (ports) => {
    const { out, clock, random } = ports as unknown as Context;
    const keys = Object.keys(inputs);
    let [open, seen] = [keys.length, 0];
    let last: Promise<void> = Promise.resolve();
    const lock = async () => {
      const [before, next] = [last, Promise.withResolvers<void>()];
      last = next.promise;
      await before;
      return next.resolve;
    };
    const read = async (key: string) => {
      for await (const value of (ports as unknown as Record<string, In<Value>>)[key]!) {
        seen++;
        const unlock = hasLock ? await lock() : undefined;
        if (isSlow && seen % 4 === 0) await clock.sleep(1.5);
        if (isVerySlow && seen % 7 === 0) await clock.sleep(random.next() * 300);
        for (let i = seen % 5; i > 0; i--) await null;
        const published = out.publish([key, value, seen, random.int(100), seen % 3 === 0 ? `${clock.now()}` : ""]);
        if (!isCareless || seen % 2 === 0) await published;
        if (publishesTwice) await out.publish([key, seen]);
        unlock?.();
        if (leavesEarly && seen > 10) break;
      }
      open--;
    };
    const tick = async () => {
      for await (const time of clock.every(4)) {
        await out.publish(["tick", `${time}`, seen]);
        if (open === 0) return;
      }
    };
    const late = async () => {
      const signal = clock.deadline(7);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await out.publish(["late", seen]);
    };
    await Promise.all([...keys.map(read), ...(isTicking ? [tick()] : []), ...(hasDeadline ? [late()] : [])]);
  });
}
