import assert from "node:assert/strict";
import { createMemoryFiles, readFile } from "../../files/mod.ts";
import { createFrame } from "../frame.ts";
import { distance, frameOf, joined, openStage, samplesOf, waveOf } from "./_fixture.ts";
import { decodeWav, encodeWav } from "./wav.ts";
import { wavSink } from "./wav_sink.ts";
import { wavSource } from "./wav_source.ts";

Deno.test("WavSink and WavSource give back each frame, whatever the sizes", async () => {
  const files = createMemoryFiles();
  const sink = await openStage(wavSink(files), { path: "a.wav", format: "float64" });
  const frames = [frameOf({ l: [0.1, 0.2], r: [1, 2] }), frameOf({ l: [], r: [] }), frameOf({ l: [0.3], r: [3] })];
  for (const frame of frames) assert.equal(await sink.one(frame), frame);
  await sink.end();
  await sink.stage.close!();
  const { process, stage } = await openStage(wavSource(files), { path: "a.wav", frame_size: 2 });
  const read = [
    ...await process(createFrame({ timestampUs: 500 })),
    ...await process(createFrame()),
    ...await process(createFrame()),
  ];
  assert.deepEqual([joined(read, "ch1"), joined(read, "ch2")], [[0.1, 0.2, 0.3], [1, 2, 3]]);
  assert.deepEqual(read.map((each) => [each.sequenceId, each.timestampUs, each.metadata.sample_rate]), [[
    0,
    500,
    48_000,
  ], [1, 542, 48_000]]);
  stage.reset!();
  assert.deepEqual(samplesOf((await process(createFrame()))[0]!, "ch1"), [0.1, 0.2]);
  stage.close!();
});

Deno.test("WavSink leaves a file that can be read when nobody ends it", async () => {
  const files = createMemoryFiles();
  const { one, stage } = await openStage(wavSink(files), { path: "a.wav", format: "int24" });
  await one(frameOf([0.5, 0.25]));
  assert.deepEqual([...decodeWav(readFile(files, "a.wav", 1000)!).channels[0]!], [0.5, 0.25]);
  await stage.close!();
  assert.deepEqual(
    readFile(files, "a.wav", 1000),
    encodeWav({ sampleRate: 48_000, channels: [Float64Array.of(0.5, 0.25)] }, "int24"),
  );
});

Deno.test("WavSink makes no file without samples, and silence of a channel that vanishes", async () => {
  const files = createMemoryFiles();
  const { one, stage } = await openStage(wavSink(files), { path: "a.wav", format: "float32" });
  await one(createFrame());
  assert.equal(files.stat("a.wav"), undefined);
  await one(frameOf({ a: [1], b: [1, 1] }));
  await one(frameOf({ b: [1] }));
  await stage.close!();
  assert.deepEqual(decodeWav(readFile(files, "a.wav", 1000)!).channels.map((each) => [...each]), [[1, 0, 0], [
    1,
    1,
    1,
  ]]);
});

Deno.test("WavSink refuses another rate, another channel, a file that is there, and a full disk", async () => {
  const files = createMemoryFiles();
  const { one, stage } = await openStage(wavSink(files), { path: "a.wav" });
  await one(frameOf([1]));
  await assert.rejects(one(frameOf([1], { metadata: { sample_rate: 8000 } })), /it has 48000 Hz, the frame 8000 Hz/);
  await assert.rejects(one(frameOf({ other: [1] })), /channel other was not in the first frame/);
  await stage.close!();
  await assert.rejects((await openStage(wavSink(files), { path: "a.wav" })).one(frameOf([1])), { code: "EXISTS" });
  const again = await openStage(wavSink(files), { path: "a.wav", replace: true });
  await again.one(frameOf([0, 0]));
  await again.stage.close!();
  assert.equal(decodeWav(readFile(files, "a.wav", 1000)!).channels[0]!.length, 2);
  const full = await openStage(wavSink(createMemoryFiles({ diskBytes: 100 })), { path: "b.wav" });
  await full.one(frameOf([1]));
  await assert.rejects(full.one(frameOf(new Float64Array(99))), {
    code: "WRITE_FAILED",
    message: "Cannot write 198 bytes to b.wav: the disk is full",
  });
});

Deno.test("WavSource begins again if it is told to, and its time goes on", async () => {
  const files = createMemoryFiles();
  files.replace("a.wav", encodeWav({ sampleRate: 1000, channels: [waveOf(3, (i) => i / 4)] }, "int16"));
  const { one, stage } = await openStage(wavSource(files), { path: "a.wav", frame_size: 2, repeat: true });
  const frames = [await one(), await one(), await one()];
  assert.ok(distance(joined(frames), [0, 0.25, 0.5, 0, 0.25]) === 0);
  assert.deepEqual(frames.map(({ timestampUs }) => timestampUs), [0, 2000, 3000]);
  stage.close!();
});

Deno.test("WavSource says which file it cannot use", async () => {
  const files = createMemoryFiles();
  files.replace("a.wav", new Uint8Array(100));
  await assert.rejects(
    openStage(wavSource(files), { path: "a.wav" }),
    /Cannot use a\.wav: Cannot read WAV: the file does not begin with RIFF/,
  );
  await assert.rejects(openStage(wavSource(files), { path: "b.wav" }), { code: "NOT_FOUND" });
});
