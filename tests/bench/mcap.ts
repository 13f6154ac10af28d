import { createPlatform } from "../../src/platform/mod.ts";
import { BaseClock, type Clock } from "tinman";
import { bytes } from "tinman/codecs";
import { createRecording, openRecording, type Recording } from "tinman/log";
import { type Group, type Part, perSecond, type Row } from "./harness.ts";
import { type Load, payloadOf, readMcap, stepNs, streamMcap, writeMcap } from "./log_peers.ts";

/** The same as "The log" with recordings that are one MCAP file each, ours and the peer's. */
export const mcapGroup: Group = { title: "MCAP files", parts: [writePart, readPart, packedPart] };

const { files } = createPlatform();
const startNs = 1_700_000_000_000_000_000n;

async function writePart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = createLoad(scale);
  const written = (work: () => unknown, times = 1) => () =>
    perSecond(load.frames * times, async () => {
      for (let i = 0; i < times; i++) await work();
    });
  return {
    cases: [
      { name: "tinman", run: written(() => writeOurs(`${folder}/ours.mcap`, { load, clock: new StepClock() }), 3) },
      { name: "@mcap/core", run: written(() => writeMcap(`${folder}/theirs.mcap`, load)) },
    ],
    rows: [{ ...rate("MCAP write, 100 B"), peer: "@mcap/core", floor: { ratio: 2.5 } }],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function readPart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = createLoad(scale);
  writeOurs(`${folder}/ours.mcap`, { load, clock: new StepClock() });
  await writeMcap(`${folder}/theirs.mcap`, load);
  const [ours, theirs] = ["ours", "theirs"].map((name) => openRecording(files, `${folder}/${name}.mcap`));
  const expected = load.frames * load.payload.length;
  const read = (work: () => number | Promise<number>, times = 1) => () =>
    perSecond(load.frames * times, async () => {
      for (let i = 0; i < times; i++) {
        const found = await work();
        if (found !== expected) throw new Error(`Cannot trust this measurement: ${found} of ${expected} bytes came`);
      }
    });
  const row = (ours: string, peer: string, floor?: Row["floor"]): Row => ({
    ...rate(`MCAP read, 100 B, 4 channels in order of time, ${ours}`),
    ours,
    peer,
    ...(floor && { floor }),
  });
  return {
    cases: [
      { name: "batches", run: read(() => readBatches(ours!), 5) },
      { name: "one by one", run: read(() => readOneByOne(ours!), 3) },
      { name: "batches, of the peer's file", run: read(() => readBatches(theirs!), 5) },
      { name: "@mcap/core", run: read(() => readMcap(`${folder}/ours.mcap`)) },
      { name: "@mcap/core, as it stands in the file", run: read(() => streamMcap(`${folder}/ours.mcap`)) },
    ],
    rows: [
      row("batches", "@mcap/core", { ratio: 12 }),
      row("batches", "@mcap/core, as it stands in the file"),
      row("one by one", "@mcap/core"),
      row("batches, of the peer's file", "@mcap/core"),
    ],
    async [Symbol.asyncDispose]() {
      ours!.close();
      theirs!.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The same with compressed chunks, of frames that are not all alike. */
async function packedPart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const load = { ...createLoad(scale), payloads: readings() };
  const [ours, theirs] = [`${folder}/ours.mcap`, `${folder}/theirs.mcap`];
  const write = (compress: "zstd" | "none") => writeOurs(ours, { load, clock: new StepClock(), compress });
  write("zstd");
  await writeMcap(theirs, load, { compress: true });
  const opened = `${folder}/read.mcap`;
  await Deno.copyFile(ours, opened);
  const recording = openRecording(files, opened);
  const timed = (work: () => unknown) => () => perSecond(load.frames, async () => void await work());
  const row = (work: string, ours: string, peer: string) => ({
    ...rate(`MCAP ${work}, JSON of 100 B, zstd`),
    ours,
    peer,
  });
  return {
    cases: [
      { name: "writing", run: timed(() => write("zstd")) },
      { name: "writing without compression", run: timed(() => write("none")) },
      { name: "@mcap/core, writing", run: timed(() => writeMcap(theirs, load, { compress: true })) },
      { name: "batches", run: timed(() => readBatches(recording)) },
      { name: "@mcap/core", run: timed(() => readMcap(opened)) },
      { name: "@mcap/core, as it stands in the file", run: timed(() => streamMcap(opened)) },
    ],
    rows: [
      row("write", "writing", "@mcap/core, writing"),
      row("write", "writing", "writing without compression"),
      row("read", "batches", "@mcap/core"),
      row("read", "batches", "@mcap/core, as it stands in the file"),
    ],
    async [Symbol.asyncDispose]() {
      recording.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What a sensor may say: most of it is as in the reading before, the digits behind the point are not. */
function readings(): Uint8Array[] {
  const encoder = new TextEncoder();
  return Array.from({ length: 50_000 }, (_, i) => {
    const [x, y, z] = [50, 70, 90].map((period) => Math.sin(i / period) * period);
    return encoder.encode(JSON.stringify({ seq: i, x, y, z, mode: i % 1000 < 900 ? "auto" : "manual", ok: true }));
  });
}

function rate(work: string): Row {
  return { work, ours: "tinman", unit: "per second" };
}

/** Times as the peer is given them: one addition each. */
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

/** Through the public interface: chunks with checksums, indexes, a summary. */
function writeOurs(
  path: string,
  { load, clock, compress = "none" }: { load: Load; clock: Clock; compress?: "zstd" | "none" },
): void {
  const { frames, channels } = load;
  files.remove(path);
  using writer = createRecording(files, path, { clock, compress });
  const outputs = channels.map((name) => writer.channel(name, bytes()));
  for (let i = 0; i < frames; i++) outputs[i % outputs.length]!.write(payloadOf(load, i));
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
