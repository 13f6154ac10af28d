import assert from "node:assert/strict";
import { canonicalValue, covers, valueProblem } from "./capability.ts";
import { readConsumeOptions, readNewRecords, readQueueAddress } from "./queue.ts";

const paths = { cwd: "/", realPath: (path: string) => path };
const canonical = (value: string) => canonicalValue("broker:consume", value, paths);

Deno.test("topics have one form in which they are compared", () => {
  assert.equal(canonical("kafka://LocalHost/boat"), "kafka://localhost:9092/boat");
  assert.equal(canonical("kafka://127.1:09092/boat-*"), "kafka://127.0.0.1:9092/boat-*");
  assert.equal(canonical("kafka://[::0001]/*"), "kafka://[::1]:9092/*");
  assert.equal(canonical("memory://Bus/boat"), "memory://Bus/boat");
});

Deno.test("a grant of topics covers those that it names, at that broker alone", () => {
  const granted = canonical("kafka://localhost/boat-*");
  const isCovered = (address: string) => covers("broker:consume", granted, canonical(address));
  for (const yes of ["kafka://localhost:9092/boat-1", "kafka://LOCALHOST/boat-", "kafka://localhost/boat-1*"]) {
    assert.ok(isCovered(yes), yes);
  }
  for (
    const no of [
      "kafka://localhost:9093/boat-1",
      "kafka://localhost/boat",
      "kafka://localhost/*",
      "kafka://localhost.evil/boat-1",
      "memory://localhost:9092/boat-1",
    ]
  ) assert.ok(!isCovered(no), no);
  assert.ok(!covers("broker:consume", canonical("kafka://h/boat"), canonical("kafka://h/boat-1")));
});

Deno.test("what names no topic of one broker cannot be granted", () => {
  for (
    const bad of [
      ...["", "boat", "*", "kafka://*", "kafka://h", "kafka://h/", "kafka://h*/t", "kafka://h/*/t", "kafka://h/a/b"],
      ...["kafka://h:1,g:2/t", "kafka://user@h/t", "kafka://h:99999/t", "kafka://h/..", "kafka://h/a b", "http://h/t"],
      ...["kafka://h/t?x", "kafka://h/\n", "kafka:///t", `kafka://h/${"t".repeat(250)}`],
    ]
  ) assert.notEqual(valueProblem("broker:produce", bad), undefined, bad);
  for (const good of ["kafka://h/t", "kafka://h:1/*", "memory://n/t", "${config.from}", "kafka://h/${config.topic}"]) {
    assert.equal(valueProblem("broker:produce", good), undefined, good);
  }
});

Deno.test("readQueueAddress() takes one topic, never a pattern", () => {
  assert.deepEqual(readQueueAddress("kafka://h/t"), { queue: "kafka://h:9092", topic: "t" });
  for (const bad of ["kafka://h/t*", "kafka://h/*", "kafka://h", "t"]) {
    assert.throws(() => readQueueAddress(bad), { code: "CONFIG" });
  }
});

Deno.test("what a plugin says of records and of reading is looked at", () => {
  const value = Uint8Array.of(1);
  const record = { value, key: null, headers: [{ name: "a", value }], timestampMs: 3 };
  assert.deepEqual(readNewRecords([record, { value: null }]), [record, { value: null }]);
  for (
    const bad of [
      ...[null, 1, [], {}, { value: "text" }, { value, key: "k" }, { value, timestampMs: 1.5 }],
      ...[{ value, timestampMs: -1 }, { value, headers: {} }, { value, headers: [{ name: 1, value }] }],
    ]
  ) assert.throws(() => readNewRecords([record, bad]), /Cannot send record 1: its? /);
  assert.throws(() => readNewRecords(Array(10_001).fill(record)), /at most 10000/);
  assert.deepEqual(readConsumeOptions({ other: 1 }), { from: "earliest", untilEnd: false });
  for (const bad of [{ from: 3 }, { group: "" }, { group: 1 }, { untilEnd: 1 }]) {
    assert.throws(() => readConsumeOptions(bad), TypeError);
  }
});
