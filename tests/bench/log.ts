import { createPlatform } from "../../src/platform/mod.ts";
import { BaseClock, type Clock } from "tinman";
import { bytes } from "tinman/codecs";
import { createRecording, openRecording, type Recording } from "tinman/log";
import { arrayPart } from "./array.ts";
import { type Group, milliseconds, type Part, perSecond, type Row } from "./harness.ts";
import {
  type Load,
  openMcap,
  readBare,
  readMcap,
  seekMcap,
  stepNs,
  streamMcap,
  writeBare,
  writeMcap,
} from "./log_peers.ts";

/** Writing, reading and seeking: frames of 100 B in four channels, in files on this disk. */
export const logGroup: Group = { title: "The log", parts: [writePart, readPart, seekPart, arrayPart] };

const { clock, files } = createPlatform();
const startNs = 1_700_000_000_000_000_000n;

async function writePart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = createLoad(scale);
  const [ours, mcap, bare] = [`${folder}/ours`, `${folder}/mcap`, `${folder}/bare`];
  const row = (peer: string, floor?: Row["floor"]): Row => ({
    ...rate("log write, 100 B"),
    peer,
    ...(floor && { floor }),
  });
  // The fast ones several times, so that all take about as long.
  const written = (work: () => unknown, times = 1) => () =>
    perSecond(load.frames * times, async () => {
      for (let i = 0; i < times; i++) await work();
    });
  return {
    cases: [
      { name: "tinman", run: written(() => writeOurs(ours, { load, clock: new StepClock() }), 3) },
      { name: "tinman, stamped", run: written(() => writeOurs(ours, { load, clock }), 3) },
      { name: "@mcap/core", run: written(() => writeMcap(mcap, load)) },
      { name: "bare buffer", run: written(() => writeBare(bare, load), 3) },
    ],
    rows: [
      row("@mcap/core", { ratio: 6 }),
      row("bare buffer", { ratio: 0.6 }),
      { ...row("bare buffer"), work: "log write, 100 B, each stamped by the machine's clock", ours: "tinman, stamped" },
      { ...rate("log write, 100 B"), cited: "Python original: 0.16 … 0.32 M/s (cited)" },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function readPart({ scale }: { scale: number }): Promise<Part> {
  const { path, load, recording, close } = await createFiles(scale);
  const expected = load.frames * load.payload.length;
  const read = (work: () => number | Promise<number>, times = 1) => () =>
    perSecond(load.frames * times, async () => {
      for (let i = 0; i < times; i++) {
        const bytes = await work();
        if (bytes !== expected) throw new Error(`Cannot trust this measurement: ${bytes} of ${expected} bytes came`);
      }
    });
  const row = (form: string, peer: string, floor?: Row["floor"]): Row => ({
    ...rate(`log read, 100 B, 4 channels merged, ${form}`),
    ours: form,
    peer,
    ...(floor && { floor }),
  });
  return {
    cases: [
      { name: "batches", run: read(() => readBatches(recording), 5) },
      { name: "one by one", run: read(() => readOneByOne(recording), 3) },
      { name: "for await", run: read(() => readAwaiting(recording), 3) },
      { name: "@mcap/core", run: read(() => readMcap(`${path}/mcap`)) },
      { name: "@mcap/core, as it stands in the file", run: read(() => streamMcap(`${path}/mcap`)) },
      { name: "bare parse", run: read(() => readBare(`${path}/bare`), 5) },
    ],
    rows: [
      row("batches", "@mcap/core", { ratio: 25 }),
      row("batches", "@mcap/core, as it stands in the file"),
      row("batches", "bare parse"),
      row("one by one", "@mcap/core", { ratio: 10 }),
      row("for await", "@mcap/core"),
      { ...row("batches", ""), peer: undefined, cited: "Python original: 0.79 … 1.1 M/s (cited)" },
    ],
    [Symbol.asyncDispose]: close,
  };
}

async function seekPart({ scale }: { scale: number }): Promise<Part> {
  const { path, load, recording, close } = await createFiles(scale);
  const mcap = await openMcap(`${path}/mcap`);
  const places = [0.9, 0.1, 0.5, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6, 0.99];
  const first = recording.channels.map(({ firstNs }) => firstNs!).reduce((a, b) => a < b ? a : b);
  const last = recording.channels.map(({ lastNs }) => lastNs!).reduce((a, b) => a > b ? a : b);
  const mean = async (work: (place: number) => unknown) =>
    await milliseconds(async () => {
      for (const place of places) await work(place);
    }) / places.length;
  return {
    cases: [
      {
        name: "tinman",
        run: () => mean((place) => seekOurs(recording, first + BigInt(Math.floor(Number(last - first) * place)))),
      },
      {
        name: "@mcap/core",
        run: () => mean((place) => seekMcap(mcap.reader, startNs + BigInt(Math.floor(load.frames * place) * stepNs))),
      },
    ],
    rows: [{
      work: "seek by time in an open log, 4 channels",
      ours: "tinman",
      peer: "@mcap/core",
      unit: "ms",
      floor: { atMost: 0.3 },
    }],
    [Symbol.asyncDispose]: async () => {
      mcap.close();
      await close();
    },
  };
}

function rate(work: string): Row {
  return { work, ours: "tinman", unit: "per second" };
}

async function createFiles(scale: number) {
  const path = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = createLoad(scale);
  writeOurs(`${path}/ours`, { load, clock });
  writeBare(`${path}/bare`, load);
  await writeMcap(`${path}/mcap`, load);
  const recording = openRecording(files, `${path}/ours`);
  const close = async () => {
    recording.close();
    await Deno.remove(path, { recursive: true });
  };
  return { path, load, recording, close };
}

/** Times as the peers are given them: one addition each. To read the machine's clock takes about as long as to write. */
class StepClock extends BaseClock {
  readonly originNs = startNs;
  #elapsedNs = 0;

  elapsedNs(): number {
    return this.#elapsedNs += stepNs;
  }

  at(): () => void {
    return () => {};
  }
}

function createLoad(scale: number): Load {
  const payload = new Uint8Array(100).fill(7);
  return { frames: 200_000 * scale, payload, channels: ["imu", "gnss", "radar", "motor"], startNs };
}

/** Through the public interface: indexed, checksummed, a manifest at the end. */
function writeOurs(folder: string, { load, clock }: { load: Load; clock: Clock }): void {
  const { frames, payload, channels } = load;
  files.remove(folder);
  using writer = createRecording(files, folder, { clock });
  const outputs = channels.map((name) => writer.channel(name, bytes()));
  for (let i = 0; i < frames; i++) outputs[i % outputs.length]!.write(payload);
}

function readBatches(recording: Recording): number {
  let bytes = 0;
  for (const batch of recording.batches()) {
    for (let i = 0; i < batch.count; i++) bytes += batch.length(i);
  }
  return bytes;
}

function readOneByOne(recording: Recording): number {
  let bytes = 0;
  for (const { data } of recording.frames()) bytes += data.length;
  return bytes;
}

async function readAwaiting(recording: Recording): Promise<number> {
  let bytes = 0;
  for await (const { data } of recording.frames()) bytes += data.length;
  return bytes;
}

function seekOurs(recording: Recording, timeNs: bigint): bigint | undefined {
  for (const frame of recording.frames({ fromNs: timeNs })) return frame.timeNs;
  return undefined;
}
