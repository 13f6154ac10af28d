import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { type Codec, codecError, CodecRegistry } from "../codec/mod.ts";
import { createMemoryFiles } from "../files/mod.ts";
import { decodeFrames, groupFrames } from "./values.ts";
import { openRecording, openRecordingWith, type Recording } from "./recording.ts";
import { createRecording } from "./recording_writer.ts";

/** One byte; 255 does not decode. */
const small: Codec<unknown> = {
  id: "small",
  version: 1,
  encode: (value) => Uint8Array.of(value as number),
  decode(bytes) {
    if (bytes[0] === 255) throw codecError("small", "255 is none", { direction: "decode" });
    return bytes[0];
  },
};

function recorded(values: readonly number[], asked: number[] = []): Recording {
  const files = createMemoryFiles();
  const recording = createRecording(files, "run", { clock: new VirtualClock() });
  const channel = recording.channel("numbers", small);
  for (const value of values) channel.write(value);
  recording.close();
  const many: Codec<unknown> = {
    ...small,
    decodeAll(items) {
      asked.push(items.length);
      return Promise.resolve(items.map((item) => {
        try {
          return { value: small.decode(item) };
        } catch (error) {
          return { error: error as Error };
        }
      }));
    },
  };
  return openRecording(files, "run", {
    registry: new CodecRegistry([{ id: "small", version: 1, revive: () => many }]),
  });
}

Deno.test("values() gives for await what it gives for of, in batches where the codec has them", async () => {
  const asked: number[] = [];
  using recording = recorded(Array.from({ length: 600 }, (_, i) => i % 250), asked);
  const one = [...recording.values("numbers")];
  assert.deepEqual(asked, []);
  assert.deepEqual(await Array.fromAsync(recording.values("numbers")), one);
  assert.deepEqual(asked, [256, 256, 88]);
});

Deno.test("values() throws at the frame that does not decode, also in a batch", async () => {
  using recording = recorded([1, 2, 255, 4]);
  const got: unknown[] = [];
  await assert.rejects(async () => {
    for await (const { value } of recording.values("numbers")) got.push(value);
  }, { code: "CODEC", message: /^Cannot read frame 2 of channel "numbers": .*255 is none$/ });
  assert.deepEqual(got, [1, 2]);
});

Deno.test("decodeFrames() has a value or an error that names the frame, with and without batches", async () => {
  using recording = recorded([1, 255, 3]);
  const frames = [...recording.frames()];
  for (const codec of [small, recording.codec("numbers")]) {
    const [first, second, third] = await decodeFrames(frames, codec);
    assert.deepEqual([first, third], [{ value: 1 }, { value: 3 }]);
    assert.match(second!.error!.message, /^Cannot read frame 1 of channel "numbers": /);
  }
});

Deno.test("groupFrames() ends a group at 256 frames, at a megabyte, and at the last that is wanted", () => {
  using recording = recorded(new Array(300).fill(1));
  const sizes = (most?: number) => [...groupFrames(recording.frames(), most)].map((group) => group.length);
  assert.deepEqual([sizes(), sizes(5), sizes(256), sizes(257)], [[256, 44], [5], [256], [256, 1]]);
  const [frame] = recording.frames();
  const large = { ...frame!, data: new Uint8Array(2 ** 19) } as typeof frame;
  assert.deepEqual([...groupFrames([large!, large!, large!])].map((group) => group.length), [2, 1]);
});

Deno.test("groupFrames() gives what stands before a frame that cannot be read", () => {
  using recording = recorded([1, 2, 3]);
  const frames = [...recording.frames()];
  const got: number[] = [];
  assert.throws(() => {
    for (const group of groupFrames(damaged())) got.push(group.length);
  }, /torn/);
  assert.deepEqual(got, [3]);

  function* damaged() {
    yield* frames;
    throw new Error("torn");
  }
});

Deno.test("openRecordingWith() asks for codecs by the headers of the channels", async () => {
  const files = createMemoryFiles();
  const written = createRecording(files, "run", { clock: new VirtualClock() });
  written.channel("numbers", small).write(1);
  written.close();
  const asked: string[] = [];
  using recording = await openRecordingWith(files, "run", {
    registryFor: (headers) => {
      asked.push(...headers.map(({ codec }) => codec));
      return Promise.resolve(new CodecRegistry([{ id: "small", version: 1, revive: () => small }]));
    },
  });
  assert.deepEqual(asked, ["small"]);
  assert.equal(recording.codec("numbers"), small);
  const refused = openRecordingWith(files, "run", { registryFor: () => Promise.reject(new Error("not now")) });
  await assert.rejects(refused, /not now/);
});
