import { createPlatform } from "../../src/platform/mod.ts";
import { BaseClock, type Clock } from "tinman";
import { bytes } from "tinman/codecs";
import { createRecording, openRecording, type Recording } from "tinman/log";
import { type Group, type Part, perSecond, type Row } from "./harness.ts";
import { type Load, readMcap, stepNs, streamMcap, writeMcap } from "./log_peers.ts";

/** The same as "The log" with recordings that are one MCAP file each, ours and the peer's. */
export const mcapGroup: Group = { title: "MCAP files", parts: [writePart, readPart] };

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
function writeOurs(path: string, { load, clock }: { load: Load; clock: Clock }): void {
  const { frames, payload, channels } = load;
  files.remove(path);
  using writer = createRecording(files, path, { clock });
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
