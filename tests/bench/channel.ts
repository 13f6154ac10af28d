import { type In, Out } from "../../src/channel/mod.ts";
import { callDirectly, type Message, pipeStreams, queueNaively, type Shape, Sink, step } from "./channel_peers.ts";
import { type Case, type Group, type PartMaker, perSecond, type Row } from "./harness.ts";

/** Channels alone, without a graph around them. Rates count messages at the source; every queue has room for 10. */
export const channelGroup: Group = {
  title: "Channels in one process",
  parts: [
    createPart("1→1", { count: 1_000_000, floor: 10e6, asyncio: 0.38e6, timesAsyncio: 25 }),
    createPart("1→4", { count: 250_000, asyncio: 0.15e6 }),
    createPart("5 stages", { count: 250_000, floor: 2e6, asyncio: 0.13e6 }),
  ],
};

/** The slower ones get less to do, so that all take about as long. `asyncio` is cited, see README.md. */
function createPart(
  shape: Shape,
  { count, floor, asyncio, timesAsyncio }: {
    count: number;
    floor?: number;
    asyncio: number;
    timesAsyncio?: number;
  },
): PartMaker {
  const row = (more: Partial<Row>): Row => ({
    work: `channel ${shape}, \`await\` each`,
    ours: "tinman",
    unit: "per second",
    ...more,
  });
  return ({ scale }) => {
    const measured = (name: string, work: (shape: Shape, count: number) => unknown, share = 1): Case => {
      const some = count * scale * share;
      return { name, run: () => perSecond(some, () => work(shape, some)) };
    };
    return {
      cases: [
        measured("tinman", awaitEach),
        measured("Node streams", pipeStreams, 1 / 2),
        measured("promise queue", queueNaively, 1 / 4),
        measured("function calls", callDirectly),
      ],
      rows: [
        row({ peer: "Node streams", ...(floor && { floor: { atLeast: floor } }) }),
        row({ peer: "promise queue" }),
        row({ peer: "function calls" }),
        row({
          ...(timesAsyncio && { floor: { atLeast: timesAsyncio * asyncio } }),
          cited: `asyncio.Queue: ${asyncio / 1e6} M/s (cited)`,
        }),
      ],
    };
  };
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
