import { closeSync, openSync, readSync } from "node:fs";
import { createPlatform } from "../../src/platform/mod.ts";
import { builtinRegistry, type NdArray, ndarray, toNdArray } from "tinman/codecs";
import { createRecording, openRecording, type Recording } from "tinman/log";
import { milliseconds, type PartMaker } from "./harness.ts";

const { clock, files } = createPlatform();

/** What a Python user does with a NumPy array in a log: look at it without reading it. */
export const arrayPart: PartMaker = async () => {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const array = Float64Array.from({ length: 1_000_000 }, (_, i) => i);
  {
    using writer = createRecording(files, `${folder}/ours`, { clock });
    const channel = writer.channel("spectra", ndarray());
    for (let i = 0; i < 4; i++) channel.write(toNdArray(array));
  }
  const recording = openRecording(files, `${folder}/ours`, { registry: builtinRegistry() });
  const times = Array.from({ length: 20 });
  const each = (ms: number) => ms / times.length;
  const plain = `${folder}/plain`;
  await Deno.writeFile(plain, new Uint8Array(array.buffer));
  return {
    cases: [
      { name: "a view", run: () => milliseconds(() => times.map(() => lookAtArray(recording))).then(each) },
      {
        name: "plain file into a new array",
        run: () => milliseconds(() => times.map(() => readArray(plain))).then(each),
      },
    ],
    rows: [{
      work: "8 MB array from a log, first and last number",
      ours: "a view",
      peer: "plain file into a new array",
      unit: "ms",
      floor: { atMost: 0.055 },
    }],
    [Symbol.asyncDispose]: async () => {
      recording.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
};

function lookAtArray(recording: Recording): number {
  for (const { value } of recording.values<NdArray>("spectra")) return ends(value.data as Float64Array);
  throw new Error("Cannot trust this measurement: no array came");
}

function readArray(path: string): number {
  const file = openSync(path, "r");
  const bytes = new Uint8Array(8_000_000);
  for (let at = 0; at < bytes.length;) at += readSync(file, bytes, at, bytes.length - at, at);
  closeSync(file);
  return ends(new Float64Array(bytes.buffer));
}

function ends(array: Float64Array): number {
  return array[0]! + array.at(-1)!;
}
