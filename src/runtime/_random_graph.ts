import { type Channel, channel, type In, type Out } from "../channel/mod.ts";
import type { Random } from "../random/mod.ts";
import { filter, map, type Node, node, type NodeContext } from "./node.ts";

type Value = unknown;
type Handler = (value: Value, context: NodeContext & { readonly out: Out<Value> }) => void | Promise<void>;

/** Nodes of all forms over channels of their own, sources first. */
export function drawGraph(random: Random): { readonly nodes: readonly Node[]; readonly sources: number } {
  const channels: Channel<Value>[] = [];
  const capacity = () => 1 + random.int(12);
  const newChannel = () => {
    channels.push(channel<Value>(`c${channels.length}`, { capacity: capacity() }));
    return channels.at(-1)!;
  };
  const sources = 1 + random.int(3);
  const nodes = Array.from({ length: sources }, (_, i) => drawSource(random, `source ${i}`, newChannel()));
  for (let i = 1 + random.int(6); i > 0; i--) {
    const inputs: Record<string, Channel<Value>> = {};
    for (let k = 1 + random.int(3); k > 0; k--) {
      const input = channels[random.int(channels.length)]!;
      inputs[input.name] = input.with({ capacity: capacity() });
    }
    nodes.push(drawNode(random, inputs, newChannel()));
  }
  return { nodes, sources };
}

function drawSource(random: Random, name: string, out: Channel<Value>): Node {
  const [count, kind] = [random.int(40), random.int(3)];
  return node({ out: { out }, name }, async ({ out, clock, random }) => {
    for (let i = 0; i < count; i++) {
      if (kind === 0) await clock.sleep(random.next() * 5);
      if (kind === 1 && random.int(3) === 0) await clock.sleep(3);
      const published = out.publish([name, i]);
      if (random.int(2) === 0) await published;
    }
  });
}

function drawNode(random: Random, inputs: Readonly<Record<string, Channel<Value>>>, out: Channel<Value>): Node {
  const [first] = Object.values(inputs);
  const name = `to ${out.name}`;
  switch (random.int(6)) {
    case 0:
      return map({ in: first!, out, name }, (value) => [name, value]);
    case 1:
      return filter({ in: first!, out, name }, (value) => JSON.stringify(value).length % 3 !== 0);
    case 2:
      return node({ in: inputs, out: { out }, name }, handlers(inputs, careless) as never);
    case 3:
      return node({ in: inputs, out: { out }, name }, handlers(inputs, patient) as never);
    default:
      return drawLoops(random, inputs, out);
  }
}

function handlers(inputs: Readonly<Record<string, Channel<Value>>>, handler: Handler): Record<string, Handler> {
  return Object.fromEntries(Object.keys(inputs).map((key) => [key, handler]));
}

const careless: Handler = (value, { out, random, clock }) => {
  for (let i = random.int(3); i > 0; i--) void out.publish([value, random.int(2) === 0 ? `${clock.now()}` : ""]);
};

const patient: Handler = async (value, { out, random, clock }) => {
  if (random.int(3) === 0) await clock.sleep(random.int(4));
  await out.publish([value, `${clock.now()}`]);
};

function drawLoops(random: Random, inputs: Readonly<Record<string, Channel<Value>>>, out: Channel<Value>): Node {
  const [isTicking, isSlow, leavesEarly] = [random.int(2) === 0, random.int(2) === 0, random.int(6) === 0];
  return node({ in: inputs, out: { out }, name: `to ${out.name}` }, async (ports) => {
    const { out, clock, random } = ports as unknown as NodeContext & { readonly out: Out<Value> };
    const keys = Object.keys(inputs);
    let [open, seen] = [keys.length, 0];
    const read = async (key: string) => {
      for await (const value of (ports as unknown as Record<string, In<Value>>)[key]!) {
        seen++;
        if (isSlow && seen % 4 === 0) await clock.sleep(1.5);
        for (let i = seen % 5; i > 0; i--) await null;
        await out.publish([key, value, seen, random.int(100), seen % 3 === 0 ? `${clock.now()}` : ""]);
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
    await Promise.all([...keys.map(read), ...(isTicking ? [tick()] : [])]);
  });
}
