// Goal: byte for byte what the Python original makes of the same data.
// Method: mesh_original.json was written by meshlogd 0.1.0 itself under CPython 3.11, from awkward payloads (canonical,
// feed), texts that `json.loads` refuses (refused), shuffled events and their view (views), and a node at work (messages).
import assert from "node:assert/strict";
import {
  formatOriginalView,
  materializeOriginal,
  OriginalPeer,
  readOriginalEvent,
  readOriginalLog,
  writeJson,
  writeOriginalLine,
} from "../../src/mesh/original/mod.ts";
import { readJson } from "../../src/mesh/original/read_json.ts";
import vectors from "./mesh_original.json" with { type: "json" };

const encode = (text: string) => new TextEncoder().encode(text);
const logOf = (lines: readonly string[]) => encode(lines.map((line) => `${line}\n`).join(""));

Deno.test("J2 readJson() and writeJson() make of each payload what Python makes of it", () => {
  assert.ok(vectors.canonical.length >= 79);
  for (const { json, sorted, spaced } of vectors.canonical) {
    const value = readJson(json);
    assert.equal(writeJson(value, { sortKeys: true }), sorted, json);
    assert.equal(writeJson(value, { spaced: true }), spaced, json);
  }
});

Deno.test("J1 readJson() refuses what Python refuses", () => {
  for (const json of vectors.refused) assert.throws(() => readJson(json), { name: "JsonError" }, json.slice(0, 20));
});

Deno.test("I1 readOriginalEvent() finds the id of each event true, and no other", () => {
  vectors.feed.forEach((line, at) => {
    const event = readOriginalEvent(line);
    assert.equal(event.id, vectors.canonical[at]!.id);
    const other = event.id.replace(/^./, (digit) => digit === "0" ? "1" : "0");
    assert.throws(() => readOriginalEvent(line.replace(event.id, other)), { code: "PROTOCOL" });
  });
});

Deno.test("L1 readOriginalLog() reads the log of the original, and writeOriginalLine() writes the same bytes", () => {
  const { events, problems } = readOriginalLog(logOf(vectors.feed));
  assert.deepEqual(problems, []);
  assert.deepEqual(events.map((event) => writeOriginalLine(event)), vectors.feed.map((line) => `${line}\n`));
});

Deno.test("V1 materializeOriginal() is the view of the original, in any order of events", () => {
  for (const { log, view } of vectors.views) {
    const { events } = readOriginalLog(logOf(log));
    assert.equal(events.length, log.length);
    for (const order of [events, events.toReversed()]) assert.equal(formatOriginalView(materializeOriginal(order)), view);
  }
});

Deno.test("W1 OriginalPeer takes the messages of the original, and answers with the same bytes", () => {
  const [frontier, ...replies] = vectors.messages.map((text) => encode(text)) as [Uint8Array, ...Uint8Array[]];
  const clock = { now: () => 1_000_000_000n };
  const peer = new OriginalPeer({ author: "team", clock });
  assert.deepEqual(peer.receive(frontier).replies, []);
  // The original was asked for what comes after its first event, so all of this waits for that.
  for (const reply of replies) assert.deepEqual(peer.receive(reply).refused, []);
  assert.equal(peer.waiting, 33);
  const first = vectors.messages[1]!.match(/"v":"([0-9a-f]{32})"/)![1]!;
  const base = new OriginalPeer({ author: "base", clock });
  base.emit("record.create", { record_id: "R-1", form: "site", by: "base" });
  assert.equal([...base.events()][0]!.id, first);
  const lacking = base.receive(encode('{"t":"frontier","f":{}}')).replies;
  assert.equal(peer.receive(lacking[0]!).appended.length, 34);
  assert.deepEqual(peer.receive(encode('{"t":"frontier","f":{"base":1}}')).replies, replies);
});
