import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles, type Files, readFile } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/mod.ts";
import { FeedLog, scanFeedLog } from "./feed_log.ts";

const PATH = "feeds.log";

function entriesOf(files: Files): string[] {
  const entries: string[] = [];
  new FeedLog(files, PATH, { take: (entry) => void entries.push(new TextDecoder().decode(entry)) }).close();
  return entries;
}

function written(entries: readonly string[]): Uint8Array {
  const files = createMemoryFiles();
  using log = new FeedLog(files, PATH);
  for (const entry of entries) log.append(new TextEncoder().encode(entry));
  return readFile(files, PATH, 1e6)!;
}

function filesWith(bytes: Uint8Array): Files {
  const files = createMemoryFiles();
  files.replace(PATH, bytes);
  return files;
}

Deno.test("FeedLog gives back what was appended, over several openings", () => {
  const files = createMemoryFiles();
  for (const entry of ["one", "two", "three"]) {
    using log = new FeedLog(files, PATH);
    log.append(new TextEncoder().encode(entry));
    log.sync();
  }
  assert.deepEqual(entriesOf(files), ["one", "two", "three"]);
});

Deno.test("FeedLog cut at any byte keeps every whole entry, and goes on behind them", () => {
  const entries = ["one", "twotwo", "three"];
  const whole = written(entries);
  for (let length = 0; length < whole.length; length++) {
    const files = filesWith(whole.slice(0, length));
    const kept = entriesOf(files);
    assert.deepEqual(kept, entries.slice(0, kept.length));
    using log = new FeedLog(files, PATH);
    log.append(new TextEncoder().encode("more"));
    log.close();
    assert.deepEqual(entriesOf(files), [...kept, "more"], `cut at ${length}`);
  }
});

Deno.test("FeedLog tells damage in the middle from that at its end", () => {
  const whole = written(["one", "two", "three"]);
  for (let at = 8; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at]! ^= 0x40;
    const isLast = at >= whole.length - 13;
    if (isLast) assert.deepEqual(entriesOf(filesWith(bytes)), ["one", "two"], `byte ${at}`);
    else assert.throws(() => entriesOf(filesWith(bytes)), { code: "CORRUPT_LOG" }, `byte ${at}`);
    assert.ok(scanFeedLog(bytes, PATH).entries.length >= 2);
  }
});

Deno.test("F10 FeedLog keeps a last entry beside that is all there and damaged, and says where before it is cut", () => {
  const whole = written(["one", "two", "three"]);
  for (let at = whole.length - 13; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at]! ^= 0x01;
    const files = filesWith(bytes);
    const lost: Uint8Array[] = [];
    using log = new FeedLog(files, PATH, {
      lose(end) {
        lost.push(end.slice());
        assert.equal(files.stat(PATH)!.size, whole.length);
      },
    });
    assert.deepEqual(log.cutOff, { at: whole.length - 13, bytes: 13, saved: `${PATH}.damaged-1` }, `byte ${at}`);
    assert.deepEqual(lost, [bytes.slice(-13)]);
    assert.deepEqual(readFile(files, log.cutOff!.saved!, 100), bytes.slice(-13));
  }
});

Deno.test("F10 FeedLog takes what a power cut leaves for a torn write: too few bytes, or blocks of zeros", () => {
  const long = String.fromCharCode(...Array.from({ length: 2000 }, (_, i) => 33 + i % 90));
  const [before, whole] = [written(["one"]), written(["one", long])];
  const torn = [1, 8, 11, 600, whole.length - before.length - 1].map((more) => whole.slice(0, before.length + more));
  // The file had its length, and only some of its blocks what was written.
  for (const [from, to] of [[before.length, whole.length], [512, 1024], [1024, whole.length], [1536, whole.length]]) {
    torn.push(whole.slice().fill(0, from, to));
  }
  torn.push(new Uint8Array([...before, ...new Uint8Array(4096)]));
  torn.push(new Uint8Array([...whole.slice(0, 700), ...new Uint8Array(4096)]));
  for (const [i, bytes] of torn.entries()) {
    const files = filesWith(bytes);
    using log = new FeedLog(files, PATH, { lose: () => assert.fail(`case ${i}`) });
    assert.deepEqual([log.cutOff?.at, log.cutOff?.saved], [before.length, undefined], `case ${i}`);
    assert.equal(files.stat(`${PATH}.damaged-1`), undefined);
  }
});

Deno.test("FeedLog refuses a file of somebody else, and leaves it as it is", () => {
  const files = filesWith(new TextEncoder().encode("a shopping list"));
  assert.throws(() => entriesOf(files), { code: "FOREIGN_LOG" });
  assert.equal(readFile(files, PATH, 100)!.length, 15);
});

Deno.test("FeedLog on a disk that fails has every entry whose append() returned, and no part of another", () => {
  for (const how of ["full", "broken"] as const) {
    for (let failAt = 1; failAt < 12; failAt++) {
      const files = createMemoryFiles();
      const kept: string[] = [];
      try {
        using log = new FeedLog(createFaultyFiles(files, { failAt, how, times: 2 }), PATH);
        for (const entry of ["one", "two", "three", "four", "five"]) {
          try {
            log.append(new TextEncoder().encode(entry));
            kept.push(entry);
          } catch (error) {
            assert.equal((error as { code?: string }).code, "WRITE_FAILED");
          }
        }
      } catch (error) {
        assert.equal((error as { code?: string }).code, "WRITE_FAILED");
      }
      assert.deepEqual(entriesOf(files), kept, `${how} at ${failAt}`);
    }
  }
});

Deno.test("scanFeedLog() is an answer or an error for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      scanFeedLog(bytes, PATH);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "FOREIGN_LOG");
    }
  }));
});
