import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles, readFile } from "../../files/mod.ts";
import { createFrame, type DataFrame } from "../frame.ts";
import { frameOf, openStage } from "./_fixture.ts";
import { formatFrameLine, jsonlSink, jsonlSource, parseFrameLine } from "./jsonl.ts";

Deno.test("formatFrameLine() is one line of JSON with all of the frame", () => {
  const frame = frameOf({ a: [1, NaN, -0, -Infinity], b: [] }, { timestampUs: 5, sequenceId: 2 });
  assert.equal(
    formatFrameLine(frame),
    '{"timestamp_us":5,"sequence_id":2,"payload":{"a":[1,"NaN","-0","-Infinity"],"b":[]},"metadata":{"sample_rate":48000}}',
  );
});

Deno.test("parseFrameLine() gives back any frame to the bit", () => {
  const frame = fc.record({
    timestampUs: fc.maxSafeInteger(),
    sequenceId: fc.maxSafeNat(),
    payload: fc.dictionary(fc.string(), fc.float64Array()),
    metadata: fc.dictionary(fc.string(), fc.string()),
  });
  fc.assert(fc.property(frame, (fields) => {
    const made = createFrame({
      ...fields,
      payload: new Map(Object.entries(fields.payload)),
      metadata: { ...fields.metadata },
    });
    assert.deepEqual(parseFrameLine(formatFrameLine(made)), made);
  }));
});

Deno.test("parseFrameLine() of any text gives a frame or says that it cannot", () => {
  const line = fc.oneof(fc.string(), fc.json(), fc.json().map((each) => `{"payload":{"a":${each}}}`));
  fc.assert(fc.property(line, (text) => {
    try {
      parseFrameLine(text);
    } catch (error) {
      assert.match((error as Error).message, /^Cannot read a frame: /);
    }
  }));
  assert.throws(() => parseFrameLine('{"payload":{"a":[1,"x"]}}'), {
    message: "Cannot read a frame: a[1] is no number",
  });
});

Deno.test("JsonlSink and JsonlSource give back each frame, across the pieces in which a file is read", async () => {
  const files = createMemoryFiles();
  const sink = await openStage(jsonlSink(files), { path: "a.jsonl" });
  const frames = [
    frameOf([1]),
    frameOf(new Float64Array(40_000).fill(0.1), { sequenceId: 1 }),
    frameOf({ a: [], b: [2] }),
  ];
  for (const frame of frames) await sink.one(frame);
  await sink.stage.close!();
  const { process, stage } = await openStage(jsonlSource(files), { path: "a.jsonl" });
  const read: DataFrame[] = [];
  for (let i = 0; i < 5; i++) read.push(...await process(createFrame()));
  assert.deepEqual(read, frames);
  stage.reset!();
  assert.deepEqual(await process(createFrame()), [frames[0]]);
  stage.close!();
});

Deno.test("JsonlSource passes over empty lines, takes a last line without an end, and names a line it cannot read", async () => {
  const files = createMemoryFiles();
  files.replace("a.jsonl", new TextEncoder().encode('{}\r\n\n{"sequence_id":7}\nnonsense\n{"sequence_id":8}'));
  const { one, stage } = await openStage(jsonlSource(files), { path: "a.jsonl" });
  assert.deepEqual([(await one()).sequenceId, (await one()).sequenceId], [0, 7]);
  await assert.rejects(one(), /Cannot use line 4 of a\.jsonl: Cannot read a frame: it is no JSON/);
  assert.equal((await one()).sequenceId, 8);
  stage.close!();
  assert.equal(readFile(files, "a.jsonl", 1000)!.length > 0, true);
});
