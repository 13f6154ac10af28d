import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { type Codec, codecError, CodecRegistry, type Decoded } from "../codec/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { collect } from "./_recorded.ts";
import { node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import { runGraph } from "./run.ts";

/** Numbers as one byte; 255 does not decode. Takes a turn of the event loop for many at once. */
function createWorld() {
  const asked: number[] = [];
  const decode = (bytes: Uint8Array) => {
    if (bytes[0] === 255) throw codecError("small", "255 is none", { direction: "decode" });
    return bytes[0];
  };
  const small: Codec<number> = {
    id: "small",
    version: 1,
    encode: (value) => Uint8Array.of(value),
    decode: (bytes) => assert.fail(`one by one: ${bytes}`),
    async decodeAll(items) {
      asked.push(items.length);
      await new Promise((resolve) => void setImmediate(resolve));
      return items.map((item): Decoded<number> => {
        try {
          return { value: decode(item)! };
        } catch (error) {
          return { error: error as Error };
        }
      });
    },
  };
  const registry = new CodecRegistry([{ id: "small", version: 1, revive: () => small as Codec<unknown> }]);
  const env = createTestEnvironment();
  const registryFor = () => Promise.resolve(registry);
  return {
    asked,
    env: { ...env, registryFor },
    drive: env.drive,
    numbers: channel<number>("numbers", { codec: small }),
  };
}

async function recordAndReplay(values: readonly number[], options: { readonly loop?: number } = {}) {
  const { asked, env, drive, numbers } = createWorld();
  const source = node({ out: { numbers } }, async ({ numbers, clock }) => {
    for (const value of values) {
      await clock.sleep(1);
      await numbers.publish(value);
    }
  });
  const { recording } = await drive(runGraph([source], env, { record: "runs" }));
  const got: number[] = [];
  const replayed = drive(replayGraph([collect(got, numbers)], recording!, env, options));
  return { asked, got, replayed };
}

Deno.test("a replay decodes ahead where the codec takes many at once, and plays the same", async () => {
  const values = Array.from({ length: 600 }, (_, i) => i % 250);
  const { asked, got, replayed } = await recordAndReplay(values);
  assert.equal((await replayed).frames, 600);
  assert.deepEqual(got, values);
  // The end of the channel is an entry among them.
  assert.equal(asked.reduce((sum, count) => sum + count), 600);
  assert.equal(asked.length, 3);
});

Deno.test("a replay that decodes ahead can go round", async () => {
  const { got, replayed } = await recordAndReplay([1, 2, 3], { loop: 3 });
  await replayed;
  assert.deepEqual(got, [1, 2, 3, 1, 2, 3, 1, 2, 3]);
});

Deno.test("a replay that decodes ahead fails at the frame that does not decode, after those before it", async () => {
  const { got, replayed } = await recordAndReplay([1, 2, 255, 4]);
  await assert.rejects(replayed, {
    code: "CODEC",
    message: /^Cannot replay frame 2 of "numbers": Codec "small": 255 is none$/,
  });
  assert.deepEqual(got, [1, 2]);
});
