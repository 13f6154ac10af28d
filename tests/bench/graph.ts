import { type Channel, channel, map, type Node, node, run } from "tinman";
import { bytes } from "tinman/codecs";
import { callDirectly, type Message, pipeStreams, type Shape, Sink, step } from "./channel_peers.ts";
import { type Case, type Group, perSecond, type Row } from "./harness.ts";
import { type Load, writeBare } from "./log_peers.ts";

/** Whole graphs through `run()`, with nodes, slices and the end of it all. Rates count messages at the source. */
export async function createGraphGroup({ scale }: { scale: number }): Promise<Group> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const count = 500_000 * scale;
  const shapes: readonly Shape[] = ["1→1", "1→4", "5 stages"];
  const forms: readonly Form[] = ["handlers", "await"];
  const cases: Case[] = [
    ...shapes.map((shape) => ({
      name: `calls ${shape}`,
      run: () => perSecond(count, () => callDirectly(shape, count)),
    })),
    ...shapes.map((shape) => ({
      name: `Node streams ${shape}`,
      run: () => perSecond(count / 2, () => pipeStreams(shape, count / 2)),
    })),
    ...shapes.flatMap((shape) =>
      forms.map((form) => ({
        name: `${form} ${shape}`,
        run: () => perSecond(count, () => runGraph(shape, { form, count })),
      }))
    ),
    { name: "pure 5 stages", run: () => perSecond(count, () => runGraph("5 stages", { form: "pure", count })) },
    { name: "recording 100 B", run: () => perSecond(count, () => runRecorded(folder, count)) },
    { name: "bare buffer", run: () => perSecond(count, () => writeBare(`${folder}/bare`, createLoad(count))) },
  ];
  const row = (shape: Shape, form: Form, floor?: number): Row => ({
    work: `graph ${shape}, ${form === "await" ? "`await` each" : form}`,
    ours: `${form} ${shape}`,
    peer: `Node streams ${shape}`,
    unit: "per second",
    ...(floor && { floor: { atLeast: floor } }),
  });
  const rows: Row[] = [
    row("1→1", "await", 10e6),
    row("1→1", "handlers", 10e6),
    { ...row("1→1", "handlers"), peer: "calls 1→1" },
    row("1→4", "handlers", 5e6),
    row("1→4", "await"),
    row("5 stages", "handlers", 5e6),
    row("5 stages", "await", 2e6),
    row("5 stages", "pure", 5e6),
    { ...row("5 stages", "pure"), peer: "calls 5 stages" },
    {
      work: "graph with recording, 100 B",
      ours: "recording 100 B",
      peer: "bare buffer",
      unit: "per second",
      floor: { atLeast: 1e6 },
    },
  ];
  return {
    name: "graph",
    title: "Graphs",
    cases,
    rows,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

type Form = "handlers" | "await" | "pure";

async function runGraph(shape: Shape, { form, count }: { form: Form; count: number }): Promise<void> {
  const sink = new Sink();
  const first = channel<Message>("first");
  const nodes: Node[] = [createSource(first, count)];
  let last = first;
  if (shape === "5 stages") {
    for (const name of ["second", "third", "fourth"]) {
      const next = channel<Message>(name);
      nodes.push(createStep({ form, from: last, to: next }));
      last = next;
    }
  }
  const copies = shape === "1→4" ? 4 : 1;
  for (let copy = 0; copy < copies; copy++) nodes.push(createEnd({ form, from: last, sink }));
  await run(nodes);
  sink.check(count, { copies, added: shape === "5 stages" ? 3 : 0 });
}

function createSource(out: Channel<Message>, count: number): Node {
  return node({ out: { out } }, async ({ out }) => {
    for (let i = 0; i < count; i++) await out.publish({ id: i, value: i });
  });
}

function createStep({ form, from, to }: { form: Form; from: Channel<Message>; to: Channel<Message> }): Node {
  if (form === "pure") return map({ in: from, out: to }, step);
  if (form === "handlers") {
    return node({ in: { from }, out: { to } }, { from: (message, { to }) => to.publish(step(message)) });
  }
  return node({ in: { from }, out: { to } }, async ({ from, to }) => {
    for await (const message of from) await to.publish(step(message));
  });
}

function createEnd({ form, from, sink }: { form: Form; from: Channel<Message>; sink: Sink }): Node {
  if (form !== "await") return node({ in: { from } }, { from: (message) => sink.take(message) });
  return node({ in: { from } }, async ({ from }) => {
    for await (const message of from) sink.take(message);
  });
}

/** One source, one reader, and every message written down. */
async function runRecorded(folder: string, count: number): Promise<void> {
  const { payload } = createLoad(count);
  const readings = channel<Uint8Array>("readings", { codec: bytes() });
  let received = 0;
  const report = await run([
    node({ out: { readings } }, async ({ readings }) => {
      for (let i = 0; i < count; i++) await readings.publish(payload);
    }),
    node({ in: { readings } }, { readings: (message) => void (received += message.length) }),
  ], { record: folder });
  if (received !== count * payload.length) throw new Error(`Cannot trust this measurement: ${received} bytes arrived`);
  await Deno.remove(report.recording!, { recursive: true });
}

function createLoad(frames: number): Load {
  return { frames, payload: new Uint8Array(100).fill(7), channels: ["readings"], startNs: 1_700_000_000_000_000_000n };
}
