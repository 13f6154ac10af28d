import assert from "node:assert/strict";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { begin, bytes, START_NS, text } from "./_fixture.ts";
import { copyRecording } from "./copy.ts";
import { type DiffOptions, diffRecordings } from "./diff.ts";
import { openRecording } from "./recording.ts";

/** A channel of these texts, 1 ms apart. */
function recorded(files: Files, folder: string, channels: Record<string, readonly string[]>, lateNs = 0n): void {
  const { recording, clock } = begin({ files, folder });
  for (const [name, values] of Object.entries(channels)) {
    for (const value of values) {
      clock.advanceTo(clock.now() + 1_000_000n + lateNs);
      recording.channel(name, text).write(value);
    }
    recording.channel(name, text);
  }
  recording.close();
}

function diff(files: Files, options: DiffOptions = {}, [a, b] = ["a", "b"]) {
  using left = openRecording(files, a!);
  using right = openRecording(files, b!);
  const steps = diffRecordings(left, right, options);
  for (;;) {
    const { done, value } = steps.next();
    if (!done) continue;
    return value.map(({ name, frames, equal, kind, first }) => {
      const shown = [first.a, first.b].map((frame) => frame && `${frame.index} ${text.decode(frame.data)}`);
      return [name, frames.a, frames.b, equal, kind, ...kind === "value" || kind === "length" ? shown : []];
    });
  }
}

Deno.test("diffRecordings() finds nothing in a copy, in either form, times included", async () => {
  const files = createMemoryFiles();
  recorded(files, "a", { x: ["1", "2"], empty: [] });
  await copyRecording(files, [{ path: "a" }], { to: "b.mcap" });
  const same = [["empty", 0, 0, 0, undefined], ["x", 2, 2, 2, undefined]];
  assert.deepEqual(diff(files, { times: true }, ["a", "b.mcap"]), same);
});

Deno.test("diffRecordings() says where each channel parts, with both frames", () => {
  const files = createMemoryFiles();
  recorded(files, "a", { changed: ["1", "2", "3"], short: ["1"], long: ["1", "2"], left: ["1"] });
  recorded(files, "b", { changed: ["1", "x", "3"], short: ["1", "2"], long: ["1"], right: [] });
  assert.deepEqual(diff(files), [
    ["changed", 3, 3, 1, "value", "1 2", "1 x"],
    ["left", 1, undefined, 0, "channel"],
    ["long", 2, 1, 1, "length", "1 2", undefined],
    ["right", undefined, 0, 0, "channel"],
    ["short", 1, 2, 1, "length", undefined, "1 2"],
  ]);
  assert.deepEqual(diff(files, { channels: ["short"] }).length, 1);
});

Deno.test("diffRecordings() compares times where it is asked to", () => {
  const files = createMemoryFiles();
  recorded(files, "a", { x: ["1", "2"] });
  recorded(files, "b", { x: ["1", "2"] }, 5n);
  assert.deepEqual(diff(files), [["x", 2, 2, 2, undefined]]);
  assert.deepEqual(diff(files, { times: true }), [["x", 2, 2, 0, "time"]]);
});

Deno.test("diffRecordings() of a part counts the frames of the part", () => {
  const files = createMemoryFiles();
  recorded(files, "a", { x: ["1", "2", "3", "4"] });
  recorded(files, "b", { x: ["0", "2", "x", "4"] });
  const range = { fromNs: START_NS + 2_000_000n };
  assert.deepEqual(diff(files, { ranges: { a: range, b: range } }), [["x", 3, 3, 1, "value", "2 3", "2 x"]]);
});

Deno.test("diffRecordings() does not compare frames of two codecs", () => {
  const files = createMemoryFiles();
  recorded(files, "a", { x: ["1"] });
  const { recording } = begin({ files, folder: "b" });
  recording.channel("x", bytes).write(text.encode("1"));
  recording.close();
  assert.deepEqual(diff(files), [["x", 1, 1, 0, "codec"]]);
});
