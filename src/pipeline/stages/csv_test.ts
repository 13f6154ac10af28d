import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles, readFile } from "../../files/mod.ts";
import { createFrame, type DataFrame } from "../frame.ts";
import { csvSink, csvSource, formatCsvHeader, formatCsvRows, parseCsvRow } from "./csv.ts";
import { frameOf, joined, openStage, samplesOf } from "./_fixture.ts";

Deno.test("formatCsvRows() is a row for each sample, with its time and empty cells for what is not there", () => {
  const frame = frameOf({ a: [1, 2.5], b: [NaN] }, { timestampUs: 1000 });
  assert.equal(formatCsvHeader(["a", 'say "b"']), 'time_us,a,"say ""b"""\r\n');
  assert.equal(formatCsvRows(frame, ["a", "b", "c"], 1000), "1000,1,NaN,\r\n2000,2.5,,\r\n");
});

Deno.test("parseCsvRow() gives back any cells without an end of a line", () => {
  const cell = fc.string().filter((each) => !/[\r\n]/.test(each));
  fc.assert(fc.property(fc.array(cell), (cells) => {
    assert.deepEqual(parseCsvRow(formatCsvHeader(cells).slice(0, -2)), ["time_us", ...cells]);
  }));
  assert.throws(() => parseCsvRow('a,b"c'), { message: "Cannot read a row: its cell 2 has a quote in it" });
});

Deno.test("CsvSink and CsvSource give back the samples and their times", async () => {
  const files = createMemoryFiles();
  const sink = await openStage(csvSink(files), { path: "a.csv" });
  const fields = { metadata: { sample_rate: 1000 } };
  await sink.one(createFrame());
  await sink.one(frameOf({ x: [0.1, -0, 1e-310], y: [1, Infinity] }, { ...fields, timestampUs: 7000 }));
  await sink.one(frameOf({ y: [3] }, { ...fields, timestampUs: 10_000 }));
  await assert.rejects(sink.one(frameOf({ z: [1] }, fields)), /channel z was not in the first frame/);
  await sink.stage.close!();
  const source = await openStage(csvSource(files), { path: "a.csv", frame_size: 3, sample_rate: 1000 });
  const read: DataFrame[] = [];
  for (let i = 0; i < 3; i++) read.push(...await source.process(createFrame()));
  assert.deepEqual([joined(read, "x"), joined(read, "y")], [[0.1, 0, 1e-310, NaN], [1, Infinity, NaN, 3]]);
  assert.deepEqual(read.map(({ timestampUs, sequenceId }) => [timestampUs, sequenceId]), [[7000, 0], [10_000, 1]]);
  source.stage.reset!();
  assert.deepEqual(samplesOf(await source.one(), "x"), [0.1, 0, 1e-310]);
  source.stage.close!();
});

Deno.test("CsvSource counts the time itself where the file has none, and names what it cannot read", async () => {
  const files = createMemoryFiles();
  files.replace("a.csv", new TextEncoder().encode("\ufeffv,w\n1, 2\n3,4\n5,oops\n6\n"));
  const { one, process, stage } = await openStage(csvSource(files), { path: "a.csv", frame_size: 1, sample_rate: 10 });
  const frames = [await one(createFrame({ timestampUs: 50 })), await one()];
  assert.deepEqual(frames.map((each) => [each.timestampUs, ...samplesOf(each, "v"), ...samplesOf(each, "w")]), [[
    50,
    1,
    2,
  ], [100_050, 3, 4]]);
  await assert.rejects(one(), { message: 'Cannot read line 4 of a.csv: w is "oops", no number' });
  await assert.rejects(one(), { message: "Cannot read line 5 of a.csv: it has 1 cells, the first row 2" });
  assert.deepEqual(await process(createFrame()), []);
  stage.close!();
  assert.ok(readFile(files, "a.csv", 100));
});

Deno.test("CsvSource of an empty file gives nothing", async () => {
  const files = createMemoryFiles();
  files.replace("a.csv", new Uint8Array(0));
  const { process, stage } = await openStage(csvSource(files), { path: "a.csv" });
  assert.deepEqual(await process(createFrame()), []);
  stage.close!();
});
