import { type In, Out } from "../../src/channel/mod.ts";
import { callDirectly, type Message, pipeStreams, queueNaively, type Shape, Sink, step } from "./channel_peers.ts";
import { type Case, type Group, perSecond, type Row } from "./harness.ts";

const asyncio = (rate: string) => `asyncio.Queue: ${rate} (cited)`;

/** Channels alone, without a graph around them. Rates count messages at the source; every shape has capacity 10. */
export function createChannelGroup({ scale }: { scale: number }): Group {
  const shapes: readonly { shape: Shape; count: number }[] = [
    { shape: "1→1", count: 1_000_000 * scale },
    { shape: "1→4", count: 250_000 * scale },
    { shape: "5 stages", count: 250_000 * scale },
  ];
  const cases = shapes.flatMap(({ shape, count }): Case[] => [
    { name: `calls ${shape}`, run: () => perSecond(count, () => callDirectly(shape, count)) },
    { name: `Node streams ${shape}`, run: () => perSecond(count / 2, () => pipeStreams(shape, count / 2)) },
    { name: `promise queue ${shape}`, run: () => perSecond(count / 4, () => queueNaively(shape, count / 4)) },
    { name: `await ${shape}`, run: () => perSecond(count, () => awaitEach(shape, count)) },
  ]);
  const row = (shape: Shape, peer: string, floor?: Row["floor"]): Row => ({
    work: `channel ${shape}, \`await\` each`,
    ours: `await ${shape}`,
    peer: `${peer} ${shape}`,
    unit: "per second",
    ...(floor && { floor }),
  });
  const rows: Row[] = [
    row("1→1", "Node streams", { atLeast: 10e6 }),
    row("1→1", "promise queue"),
    row("1→1", "calls"),
    {
      work: "channel 1→1, 25 × asyncio",
      ours: "await 1→1",
      unit: "per second",
      floor: { atLeast: 25 * 0.38e6 },
      cited: asyncio("0.38 M/s"),
    },
    row("1→4", "Node streams"),
    row("1→4", "promise queue"),
    row("5 stages", "Node streams", { atLeast: 2e6 }),
    row("5 stages", "promise queue"),
  ];
  return { name: "channel", title: "Channels in one process", cases, rows, async [Symbol.asyncDispose]() {} };
}

async function awaitEach(shape: Shape, count: number): Promise<void> {
  const sink = new Sink();
  const source = new Out<Message>();
  const work: Promise<void>[] = [];
  let last = source;
  if (shape === "5 stages") {
    for (let stage = 0; stage < 3; stage++) {
      const [input, output] = [last.subscribe(), new Out<Message>()];
      work.push(passOn(input, output));
      last = output;
    }
  }
  const copies = shape === "1→4" ? 4 : 1;
  for (let copy = 0; copy < copies; copy++) work.push(drain(last.subscribe(), sink));
  for (let i = 0; i < count; i++) await source.publish({ id: i, value: i });
  source.close();
  await Promise.all(work);
  sink.check(count, { copies, added: shape === "5 stages" ? 3 : 0 });
}

async function passOn(input: In<Message>, output: Out<Message>): Promise<void> {
  for await (const message of input) await output.publish(step(message));
  output.close();
}

async function drain(input: In<Message>, sink: Sink): Promise<void> {
  for await (const message of input) sink.take(message);
}
