import assert from "node:assert/strict";
import type { VirtualClock } from "../clock/mod.ts";
import { begin, put, readAll, text } from "./_fixture.ts";
import { followRecording } from "./follow.ts";
import type { Frame } from "./frame.ts";

/** Asks for the next frame; while none is there the clock is moved, `looks` times at most. */
async function next(frames: AsyncGenerator<Frame>, clock: VirtualClock, looks = 3): Promise<string> {
  let found: string | undefined;
  frames.next().then(({ done, value }) => {
    found = done ? "end" : `${value!.channel}${value!.index} ${text.decode(value!.data)}`;
  });
  for (let i = 0; i <= looks && found === undefined; i++) {
    for (let turn = 0; turn < 20 && found === undefined; turn++) await Promise.resolve();
    if (found === undefined) clock.fireNext();
  }
  return found ?? "nothing";
}

Deno.test("F23 followRecording() gives new frames and new channels as they are flushed, and ends with the recording", async () => {
  const { files, clock, recording } = begin();
  const a = recording.channel("a", text);
  a.write("1");
  recording.flush();
  const frames = followRecording(files, "run", { clock });
  assert.equal(await next(frames, clock), "a0 1");
  const waiting = next(frames, clock, 10);
  a.write("2");
  recording.channel("b", text).write("3");
  recording.note("hidden");
  recording.flush();
  assert.equal(await waiting, "a1 2");
  assert.equal(await next(frames, clock), "b0 3");
  a.write("4");
  recording.close();
  assert.equal(await next(frames, clock), "a2 4");
  assert.equal(await next(frames, clock), "end");
});

Deno.test("F23 a frame that is half written is given when it is whole", async () => {
  const { files, clock, recording } = begin();
  recording.channel("a", text).write("whole");
  recording.drain();
  const content = readAll(files, "run/a.blog");
  put(files, "live/recording.json", readAll(files, "run/recording.json"));
  using log = files.open("live/a.blog", "append");
  const frames = followRecording(files, "live", { clock });
  const found = frames.next();
  let isFound = false;
  found.then(() => isFound = true);
  for (const byte of content) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    assert.equal(isFound, false);
    log.write(Uint8Array.of(byte));
    clock.fireNext();
  }
  assert.equal(text.decode((await found).value!.data), "whole");
  await frames.return();
  recording.close();
});

Deno.test("F23 followRecording() ends when the signal aborts, with the frames that were there", async () => {
  const { files, clock, recording } = begin();
  recording.channel("a", text).write("1");
  recording.flush();
  const stop = new AbortController();
  const frames = followRecording(files, "run", { clock, signal: stop.signal });
  stop.abort();
  assert.equal(await next(frames, clock), "a0 1");
  assert.equal(await next(frames, clock), "end");
  recording.close();
});

Deno.test("F23 with onlyNew the frames that are there are left out; channels can be chosen", async () => {
  const { files, clock, recording } = begin();
  const [a, b] = [recording.channel("a", text), recording.channel("b", text)];
  a.write("old");
  recording.flush();
  const frames = followRecording(files, "run", { clock, onlyNew: true, channels: ["a", "later"] });
  const waiting = next(frames, clock, 10);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  b.write("other");
  a.write("new");
  recording.channel("later", text).write("too");
  recording.close();
  assert.equal(await waiting, "a1 new");
  assert.equal(await next(frames, clock), "later0 too");
  assert.equal(await next(frames, clock), "end");
});
