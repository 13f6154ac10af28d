import { type Channel, channel, map, type Node, node, run } from "tinman";
import { bytes } from "tinman/codecs";
import { callDirectly, type Message, pipeStreams, type Shape, Sink, step } from "./channel_peers.ts";
import { type Group, type Part, type PartMaker, perSecond, type Row } from "./harness.ts";
import { type Load, writeBare } from "./log_peers.ts";

/** Whole graphs through `run()`, with nodes, slices and an orderly end. Rates count messages at the source. */
export const graphGroup: Group = {
  title: "Graphs",
  parts: [
    createPart("1→1", { handlers: 10e6, await: 10e6 }),
    createPart("1→4", { handlers: 5e6 }),
    createPart("5 stages", { handlers: 5e6, await: 2e6, pure: 5e6 }),
    createRecordedPart,
  ],
};

/** One shape in each form of node, with the floors by form. */
function createPart(shape: Shape, floors: Readonly<Partial<Record<Form, number>>>): PartMaker {
  const forms: readonly Form[] = shape === "5 stages" ? ["handlers", "await", "pure"] : ["handlers", "await"];
  const row = (form: Form): Row => {
    const floor = floors[form];
    return {
      work: `graph ${shape}, ${form === "await" ? "`await` each" : form}`,
      ours: form,
      peer: "Node streams",
      unit: "per second",
      ...(floor !== undefined && { floor: { atLeast: floor } }),
    };
  };
  return ({ scale }) => {
    const count = (shape === "1→1" ? 1_000_000 : 300_000) * scale;
    return {
      cases: [
        ...forms.map((form) => ({ name: form, run: () => perSecond(count, () => runGraph(shape, { form, count })) })),
        { name: "Node streams", run: () => perSecond(count / 2, () => pipeStreams(shape, count / 2)) },
        { name: "function calls", run: () => perSecond(count, () => callDirectly(shape, count)) },
      ],
      rows: [...forms.map(row), { ...row(forms.at(-1)!), peer: "function calls", floor: undefined }],
    };
  };
}

async function createRecordedPart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = createLoad(500_000 * scale);
  return {
    cases: [
      { name: "tinman", run: () => perSecond(load.frames, () => runRecorded(folder, load)) },
      { name: "bare buffer", run: () => perSecond(load.frames, () => writeBare(`${folder}/bare`, load)) },
    ],
    rows: [
      { ...recordedRow, peer: "bare buffer" },
      { ...recordedRow, floor: { atLeast: 1e6 }, cited: "Python original: 61 … 65 k/s (cited)" },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const recordedRow: Row = { work: "graph 1→1 with recording, 100 B", ours: "tinman", unit: "per second" };

type Form = "handlers" | "await" | "pure";

async function runGraph(shape: Shape, { form, count }: { form: Form; count: number }): Promise<void> {
  const sink = new Sink();
  const first = channel<Message>("first");
  const nodes: Node[] = [createSource({ form, to: first, count })];
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

/** Where speed matters, a source asks for a promise only when there is no room. */
function createSource({ form, to, count }: { form: Form; to: Channel<Message>; count: number }): Node {
  return node({ out: { to } }, async ({ to }) => {
    for (let i = 0; i < count; i++) {
      const message = { id: i, value: i };
      if (form === "await" || !to.tryPublish(message)) await to.publish(message);
    }
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
async function runRecorded(folder: string, { frames: count, payload }: Load): Promise<void> {
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
