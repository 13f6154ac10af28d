// Of the original: runtime_test TestGetNodeSpecs.test_extracts_codecs (a channel carries its codec and its capacity).
import assert from "node:assert/strict";
import type { Codec } from "../codec/mod.ts";
import { allChannels, channel, DEFAULT_CAPACITY } from "./mod.ts";

const codec: Codec<number> = { id: "example", version: 1, encode: () => new Uint8Array(8), decode: () => 0 };

Deno.test("channel() fills in what is not said", () => {
  const { name, capacity, latched, feedback, all } = channel("a");
  assert.deepEqual({ name, capacity, latched, feedback, all }, {
    name: "a",
    capacity: DEFAULT_CAPACITY,
    latched: false,
    feedback: false,
    all: false,
  });
  assert.equal(channel("a").codec, undefined);
});

Deno.test("channel() keeps name, codec, capacity and latch", () => {
  const numbers = channel<number>("numbers", { codec, capacity: 3, latched: true });
  assert.equal(numbers.codec, codec);
  assert.deepEqual([numbers.name, numbers.capacity, numbers.latched], ["numbers", 3, true]);
});

Deno.test("Channel.with() changes the input alone and leaves the channel as it was", () => {
  const numbers = channel<number>("numbers", { codec, capacity: 3 });
  const input = numbers.with({ capacity: 1 }).with({ feedback: true });
  assert.deepEqual([input.name, input.codec, input.capacity, input.feedback], ["numbers", codec, 1, true]);
  assert.deepEqual([numbers.capacity, numbers.feedback], [3, false]);
  assert.ok(Object.isFrozen(numbers) && Object.isFrozen(input));
});

Deno.test("allChannels is told apart from a channel of the same name", () => {
  assert.ok(allChannels.all);
  assert.ok(allChannels.with({ capacity: 5 }).all);
  assert.ok(!channel("*").all);
});
