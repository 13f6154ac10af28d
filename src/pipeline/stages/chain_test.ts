import assert from "node:assert/strict";
import { createMemoryFiles, readFile } from "../../files/mod.ts";
import { createTestEnvironment } from "../../testing/mod.ts";
import { createPipeline } from "../pipeline.ts";
import { StageRegistry } from "../registry.ts";
import { distance, waveOf } from "./_fixture.ts";
import { builtinStages, decodeWav, fileStages } from "./mod.ts";

Deno.test("A pipeline of a sine, a resampler and a WAV file writes one wave over all triggers, to its last sample", async () => {
  const files = createMemoryFiles();
  const registry = new StageRegistry([...builtinStages, ...fileStages(files)]);
  const environment = createTestEnvironment({ files });
  const pipeline = createPipeline({
    nodes: [
      { id: "sine", type: "SineGenerator", config: { frequency: 1000, frame_size: 480 } },
      { id: "slow", type: "Resample", config: { sample_rate: 24_000 } },
      { id: "file", type: "WavSink", config: { path: "a.wav", format: "float64" } },
    ],
    connections: [{ from: "sine", to: "slow" }, { from: "slow", to: "file" }],
  }, { registry, environment });
  await environment.drive((async () => {
    await pipeline.start();
    for (let i = 0; i < 10; i++) await pipeline.trigger();
    await pipeline.stop();
  })());
  const { sampleRate, channels: [samples] } = decodeWav(readFile(files, "a.wav", 1 << 20)!);
  assert.deepEqual([sampleRate, samples!.length], [24_000, 2400]);
  const ideal = waveOf(2400, (i) => Math.sin(2 * Math.PI * i / 24));
  assert.ok(distance(samples!.slice(200, -200), ideal.slice(200, -200)) < 1e-5);
});
