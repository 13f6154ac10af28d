// What the tests of the Python original's blob log promise, promised here.
import assert from "node:assert/strict";
import { begin, bytes, text } from "./_fixture.ts";
import { openRecording } from "./recording.ts";

Deno.test("a recording of one blob has one frame", () => {
  const { files, recording } = begin();
  recording.channel("test", bytes).write(text.encode("hello"));
  recording.close();
  using log = openRecording(files, "run");
  const [{ channel, timeNs, data } = assert.fail(), ...more] = log.frames();
  assert.deepEqual([channel, text.decode(data), more.length], ["test", "hello", 0]);
  assert.ok(timeNs > 0n);
});

Deno.test("a recording of several blobs has them in order", () => {
  const { files, recording } = begin();
  const channel = recording.channel("test", text);
  for (const word of ["first", "second", "", "third"]) channel.write(word);
  recording.close();
  using log = openRecording(files, "run");
  assert.deepEqual(Array.from(log.frames(), ({ data }) => text.decode(data)), ["first", "second", "", "third"]);
});

Deno.test("several channels have a log each, read alone or merged by time", () => {
  const { files, recording } = begin();
  const [one, two] = [recording.channel("one", text), recording.channel("two", text)];
  one.write("1");
  two.write("2");
  one.write("3");
  recording.close();
  using log = openRecording(files, "run");
  assert.deepEqual(log.channels.map(({ name, frames }) => [name, frames]), [["one", 2], ["two", 1]]);
  assert.deepEqual(Array.from(log.frames({ channels: ["one"] }), ({ data }) => text.decode(data)), ["1", "3"]);
  assert.deepEqual(Array.from(log.frames(), ({ data }) => text.decode(data)), ["1", "2", "3"]);
});

Deno.test("a blob of a megabyte comes back as it was", () => {
  const { files, recording } = begin();
  const blob = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * 31 + (i >> 8));
  const channel = recording.channel("large", bytes);
  channel.write(blob);
  channel.write(blob.subarray(7));
  recording.close();
  using log = openRecording(files, "run");
  const [first, second] = log.frames();
  assert.ok(first!.data.every((byte, i) => byte === blob[i]) && first!.data.length === blob.length);
  assert.ok(second!.data.every((byte, i) => byte === blob[i + 7]) && second!.data.length === blob.length - 7);
});

Deno.test("ten thousand small writes come back in order, each with its own time", () => {
  const { files, recording } = begin();
  const channel = recording.channel("small", text);
  for (let i = 0; i < 10_000; i++) channel.write(`message ${i}`);
  recording.close();
  using log = openRecording(files, "run");
  let [count, last] = [0, 0n];
  for (const { data, timeNs, index } of log.frames()) {
    assert.ok(timeNs > last && index === count && text.decode(data) === `message ${count}`);
    last = timeNs;
    count++;
  }
  assert.equal(count, 10_000);
});
