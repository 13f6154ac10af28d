import { Worker as Thread } from "node:worker_threads";
import { createRing, createSlab, RingReader, RingWriter, Slab } from "../../src/ring/mod.ts";
import { type Group, type Part, type PartMaker, perSecond } from "./harness.ts";
import { busiestCorePart, lightStagePart, twoCoresPart } from "./worker_stages.ts";

const RING_BYTES = 1024 * 1024;
const BATCH = 256;
/** Messages that may be under way. */
const WINDOW = 1024;

/** What goes to another thread and comes back. */
export const workerGroup: Group = {
  title: "Workers",
  parts: [
    (options) => edgePart(100, options),
    (options) => edgePart(64 * 1024, options),
    twoCoresPart,
    busiestCorePart,
    lightStagePart,
  ],
};

/** Payloads of so many bytes there and back: records or slots, one message each, and 256 of them in a message. */
function edgePart(bytes: number, { scale }: Parameters<PartMaker>[0]): Part {
  const isLarge = bytes > 4096;
  const size = isLarge ? "64 kB" : "100 B";
  const rings = { there: createRing(RING_BYTES), back: createRing(RING_BYTES) };
  const slab = isLarge ? createSlab({ slots: WINDOW, slotBytes: bytes }) : undefined;
  const ours = start({ ...rings, slab });
  // Of the two kinds of workers in Deno the one that is faster with messages.
  const theirs = new Worker(new URL("./worker_echo_messages.ts", import.meta.url), { type: "module" });
  const payload = new Uint8Array(bytes).fill(7);
  const count = Math.ceil((isLarge ? 1_000_000 : 2_000_000) * scale);
  const fewer = Math.ceil(count / (isLarge ? 1000 : 50));
  const writer = new RingWriter(rings.there);
  const reader = new RingReader(rings.back);
  const name = isLarge ? "by reference through a slab" : "through a ring";
  const run = isLarge
    ? () => slotsThereAndBack(count, { ours, writer, reader, slab: new Slab(slab!) })
    : () => recordsThereAndBack(count, { ours, writer, reader, payload });
  return {
    cases: [
      { name, run: () => perSecond(count, run) },
      { name: "a message each", run: () => perSecond(fewer, () => messages(fewer, theirs, () => payload)) },
      {
        name: "a message for 256",
        run: () => {
          // What is in a message twice goes over once.
          const batch = Array.from({ length: BATCH }, () => payload.slice());
          const batches = Math.ceil(fewer / (isLarge ? 16 : 1) / BATCH);
          return perSecond(batches * BATCH, () => messages(batches, theirs, () => batch));
        },
      },
    ],
    rows: [
      {
        work: `${size} to a thread and back`,
        ours: name,
        peer: "a message for 256",
        unit: "per second",
        floor: { atLeast: isLarge ? 1_000_000 : 3_000_000 },
      },
      { work: `${size} to a thread and back`, ours: name, peer: "a message each", unit: "per second" },
    ],
    async [Symbol.asyncDispose]() {
      writer.close();
      reader.close();
      await ours.worker.terminate();
      theirs.terminate();
    },
  };
}

interface Echo {
  readonly worker: Thread;
  readonly started: Promise<unknown>;
  onMessage: () => void;
}

function start(workerData: unknown): Echo {
  const worker = new Thread(new URL("./worker_echo.ts", import.meta.url), { workerData });
  const up = Promise.withResolvers<unknown>();
  const echo: Echo = { worker, started: up.promise, onMessage: () => up.resolve(undefined) };
  worker.on("message", () => echo.onMessage());
  return echo;
}

interface Ends {
  readonly ours: Echo;
  readonly writer: RingWriter;
  readonly reader: RingReader;
}

async function recordsThereAndBack(count: number, { ours, writer, reader, payload }: Ends & { payload: Uint8Array }) {
  await ours.started;
  const { length } = payload;
  for (let [sent, came] = [0, 0]; came < count;) {
    for (; sent < count; sent++) {
      const at = writer.reserve(1, length);
      if (at < 0) break;
      writer.bytes.set(payload, at);
    }
    writer.publish();
    came += await taken(ours, reader);
  }
}

async function slotsThereAndBack(count: number, { ours, writer, reader, slab }: Ends & { slab: Slab }) {
  await ours.started;
  const views = Array.from({ length: slab.slots }, (_, slot) => slab.bytesOf(slot));
  const letGo = (slot: number) => slab.release(slot);
  for (let [sent, came] = [0, 0]; came < count;) {
    for (; sent < count; sent++) {
      const slot = slab.tryTake();
      if (slot < 0) break;
      views[slot]![0] = sent;
      writer.reserve(slot, 0);
    }
    writer.publish();
    came += await taken(ours, reader, letGo);
  }
}

/** Takes what has come back; waits where nothing has. Says how many. */
async function taken(ours: Echo, reader: RingReader, letGo?: (kind: number) => void): Promise<number> {
  let came = 0;
  for (;;) {
    while (reader.next()) {
      came++;
      letGo?.(reader.kind);
    }
    if (came > 0) return came;
    const woken = new Promise<void>((resolve) => ours.onMessage = resolve);
    if (reader.sleep()) await woken;
  }
}

/** So many messages there and back, 64 of them under way. */
async function messages(count: number, worker: Worker, make: () => unknown): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let [sent, came] = [0, 0];
  const send = () => {
    sent++;
    worker.postMessage(make());
  };
  worker.onmessage = () => {
    if (++came === count) return resolve();
    if (sent < count) send();
  };
  while (sent < Math.min(count, 64)) send();
  await promise;
}
