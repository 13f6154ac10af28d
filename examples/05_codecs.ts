// A codec says how a channel is written down. It comes back from the recording by name; no code is ever stored.
import { channel, createEnvironment, huffman, ndarray, node, run, struct, toNdArray } from "tinman";
import { openRecording } from "tinman/log";

const fixes = channel("fixes", { codec: struct({ lat: "f64", lon: "f64", satellites: "u8" }) });
const spectra = channel("spectra", { codec: ndarray("f64") });
const notes = channel("notes", { codec: huffman("the quick brown fox jumps over the lazy dog") });

const field = node({ out: { fixes, spectra, notes } }, async ({ fixes, spectra, notes }) => {
  await fixes.publish({ lat: -3.38, lon: 29.36, satellites: 9 });
  await spectra.publish(toNdArray(Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i / 10))));
  await notes.publish("the fox is over there");
});

const { recording } = await run([field], { record: "recordings" });

const { files, registry } = createEnvironment();
using log = openRecording(files, recording!, { registry });
for (const { channel, data } of log.frames()) console.log(`${channel}: ${data.length} bytes`);
for (const { value } of log.values<string>("notes")) console.log(value);

// prints:
// fixes: 17 bytes
// spectra: 8008 bytes
// notes: 13 bytes
// the fox is over there
