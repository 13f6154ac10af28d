// Goal: what is known to go wrong in the Python original does not here. SPEC.md says what happened there.
import assert from "node:assert/strict";
import { pull, startPeer } from "./_peers.ts";
import { createOriginalEvent, eventValue, type OriginalEvent } from "./event.ts";
import { readOriginalLog, writeOriginalLine } from "./log.ts";
import type { OriginalPeer, OriginalReceived } from "./peer.ts";
import { formatOriginalView } from "./view.ts";
import { encodeOriginalFrontier } from "./wire.ts";
import { writeJson } from "./write_json.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const viewOf = (peer: OriginalPeer) => formatOriginalView(peer.view());
const set = (peer: OriginalPeer, value: unknown) => peer.emit("field.set", { record_id: "R", field: "f", value });
const valueOf = (peer: OriginalPeer) => peer.view().records.get("R")?.fields.get("f");
const give = (peer: OriginalPeer, ...events: OriginalEvent[]): OriginalReceived =>
  peer.receive(encode(`{"t":"events","e":[${events.map((event) => writeJson(eventValue(event))).join(",")}]}`));

function feedOf(author: string, length: number): OriginalEvent[] {
  const { peer } = startPeer(author);
  return Array.from({ length }, (_, i) => set(peer, i));
}

Deno.test("L2 a torn last line does not keep the log from being read", () => {
  const events = feedOf("a", 3);
  const text = events.map((event) => writeOriginalLine(event)).join("");
  const { events: whole, problems, wholeBytes } = readOriginalLog(encode(text.slice(0, -20)));
  assert.deepEqual(whole, events.slice(0, 2));
  assert.deepEqual(problems.map(({ kind, line }) => [kind, line]), [["torn", 3]]);
  assert.equal(startPeer("a", { events: whole }).peer.frontier().get("a"), 2);
  assert.equal(text.slice(0, wholeBytes), events.slice(0, 2).map((event) => writeOriginalLine(event)).join(""));
});

Deno.test("L2 what was appended to a torn line is found", () => {
  const events = feedOf("a", 3);
  const [first, second, third] = events.map((event) => writeOriginalLine(event));
  const log = readOriginalLog(encode(first! + second + third!.slice(0, 30) + third));
  assert.deepEqual(log.events, events);
  assert.deepEqual(log.problems.map(({ kind, line }) => [kind, line]), [["glued", 3]]);
});

Deno.test("S4 two devices with one name are found by gossip though their counts are equal", () => {
  const [one, two] = [startPeer("team").peer, startPeer("team").peer];
  set(one, "A");
  set(two, "B");
  assert.deepEqual(one.frontier(), two.frontier());
  pull(one, two);
  assert.equal(one.forks.length, 1);
  const { ours, theirs } = one.forks[0]!;
  assert.deepEqual([ours.payload.get("value"), theirs.payload.get("value")], ["A", "B"]);
});

Deno.test("S4 gossip finds a fork that is older than the last event, and in any of several feeds", () => {
  const [one, two] = [startPeer("team").peer, startPeer("team").peer];
  for (let i = 0; i < 5; i++) {
    set(one, i);
    set(two, -i - 1);
  }
  for (const author of ["x", "y", "z"]) {
    for (const peer of [one, two]) give(peer, ...feedOf(author, 2));
  }
  for (let round = 0; round < 4; round++) pull(one, two);
  assert.deepEqual(one.forks.map(({ author }) => author), ["team"]);
});

Deno.test("C1 an event whose id is not true moves no clock", () => {
  const { peer } = startPeer("a", { ms: 1000 });
  const forged = createOriginalEvent({
    author: "b",
    seq: 1,
    hlc: [99_999_999_999_999, 0],
    kind: "note.add",
    payload: { record_id: "R", text: "x" },
    prev: "",
  });
  const { refused } = give(peer, { ...forged, id: "0".repeat(32) });
  assert.deepEqual(refused.map(({ reason }) => reason), ["malformed"]);
  assert.deepEqual(set(peer, 1).hlc, [1000, 0]);
});

Deno.test("C2 an event from the future moves no clock, and what is written after it wins", () => {
  const { peer } = startPeer("a", { ms: 1000 });
  const future = startPeer("b", { ms: 99_999_999_999_999 });
  const { ahead, appended } = give(peer, set(future.peer, "poison"));
  assert.deepEqual([ahead.length, appended.length], [1, 1]);
  assert.deepEqual(peer.emit("note.add", { record_id: "R", text: "x" }).hlc, [1000, 0]);
  set(peer, "true");
  assert.equal(valueOf(peer), "true");
  assert.deepEqual(peer.emit("note.add", { record_id: "R", text: "y" }).hlc[0], 1000);
});

Deno.test("C1 a stamp at the end of all numbers is taken without harm", () => {
  const { peer } = startPeer("a", { ms: 1000 });
  const most = Number.MAX_SAFE_INTEGER;
  const payload = { record_id: "R", field: "f", value: "last" };
  give(peer, createOriginalEvent({ author: "b", seq: 1, hlc: [most, most], kind: "field.set", payload, prev: "" }));
  const own = { author: "a", seq: 1, hlc: [2 ** 48 - 1, 65535], kind: "field.set", payload, prev: "" } as const;
  const again = startPeer("a", { ms: 1000, events: [createOriginalEvent(own), ...peer.events()] }).peer;
  assert.deepEqual(set(again, "x").hlc, [1000, 0]);
});

Deno.test("C3 what is written after a restart wins, though the clock was set back", () => {
  const { peer } = startPeer("a", { ms: 1000 });
  set(peer, "old");
  const again = startPeer("a", { ms: 500, events: peer.events() }).peer;
  again.emit("note.add", { record_id: "R", text: "x" });
  assert.deepEqual(set(again, "new").hlc, [1000, 2]);
  assert.equal(valueOf(again), "new");
});

Deno.test("S3 all events count that a message brought in, in any order", () => {
  const events = feedOf("b", 3);
  assert.equal(give(startPeer("a").peer, ...events.toReversed()).appended.length, 3);
});

Deno.test("W2 a message that is malformed or breaks a limit is refused, with the reason", () => {
  const { peer } = startPeer("a");
  set(peer, 1);
  const cases: [string | Uint8Array, RegExp][] = [
    [Uint8Array.of(0xff), /not UTF-8/],
    ["", /expected a value/],
    ["[]", /a list of 0 is not an object/],
    ["{}", /t is missing/],
    ['{"t":"hello"}', /t is "hello"/],
    ['{"t":"frontier"}', /f is missing/],
    ['{"t":"frontier","f":{"a":-1}}', /is -1, expected a whole number from 0/],
    ['{"t":"frontier","f":{"a":0.5}}', /is 0\.5/],
    ['{"t":"frontier","f":{"a":"1"}}', /is "1"/],
    ['{"t":"frontier","f":{"a":true}}', /is true/],
    ['{"t":"frontier","f":{"a":NaN}}', /is NaN/],
    ['{"t":"frontier","f":{"a":123456789012345678901234567890}}', /is a long number/],
    ['{"t":"events","e":{}}', /expected a list/],
    ['{"t":"events","e":[{}]}', /a is missing/],
    [`{"t":"events","e":[${"0,".repeat(32)}0]}`, /33 events, at most 32/],
    [`{"t":"frontier","f":{${Array.from({ length: 4097 }, (_, i) => `"${i}":0`)}}}`, /4097 authors, at most 4096/],
    [" ".repeat((1 << 20) + 1), /1048577 bytes, at most 1048576/],
    ["[".repeat(5000), /nested deeper/],
  ];
  for (const [message, expected] of cases) {
    const { refused, replies } = peer.receive(typeof message === "string" ? encode(message) : message);
    assert.equal(refused.length, 1);
    assert.match(refused[0]!.message, expected);
    assert.deepEqual(replies, []);
  }
});

Deno.test("I2 one malformed event does not lose those that came with it", () => {
  const { peer } = startPeer("a");
  const [first, second] = feedOf("b", 2);
  const { appended, refused } = give(peer, first!, { ...second!, hlc: [-1, 0] }, second!);
  assert.deepEqual([appended.length, refused.length], [2, 1]);
});

Deno.test("S2 what waits is bounded, in number, in bytes and in how far ahead it is", () => {
  const events = feedOf("b", 40);
  const { peer } = startPeer("a", { maxWaiting: 5, maxGap: 30 });
  give(peer, ...events.slice(1, 33));
  assert.equal(peer.waiting, 5);
  assert.deepEqual(give(peer, events[35]!).refused.map(({ reason }) => reason), ["gap"]);
  assert.equal(give(peer, ...events.slice(0, 32)).appended.length, 32);
  const narrow = startPeer("a", { maxWaitingBytes: 500 }).peer;
  give(narrow, ...events.slice(1, 33));
  assert.equal(narrow.waiting, 2);
});

Deno.test("S2 a forged event does not push out the true one that waits, and is kept as proof", () => {
  const [first, second, third] = feedOf("b", 3) as [OriginalEvent, OriginalEvent, OriginalEvent];
  const { peer } = startPeer("a");
  const forged = createOriginalEvent({ ...third, payload: { record_id: "R", text: "forged" }, prev: "f".repeat(32) });
  give(peer, third, forged);
  assert.equal(peer.waiting, 2);
  assert.equal(give(peer, first, second).appended.length, 3);
  assert.deepEqual([peer.waiting, peer.forks[0]!.theirs.id], [0, forged.id]);
});

Deno.test("V2 an event that lacks a field changes nothing and hides nothing", () => {
  const { peer } = startPeer("b");
  const bad = [
    peer.emit("field.set", { record_id: "R", value: 1 }),
    peer.emit("field.set", { field: "f", value: 1 }),
    peer.emit("field.set", { record_id: 5, field: "f", value: 1 }),
    peer.emit("note.add", { record_id: "R" }),
    peer.emit("attachment.add", { record_id: "R", field: ["f"], blob_hash: "x" }),
  ];
  set(peer, "good");
  const { records, unfit } = peer.view();
  assert.deepEqual(unfit, bad);
  assert.deepEqual([...records.keys()], ["R"]);
  assert.equal(valueOf(peer), "good");
});

Deno.test("S1 authors of whom nothing was taken do not grow the frontier", () => {
  const { peer } = startPeer("a");
  for (let i = 0; i < 100; i++) {
    const [, second] = feedOf(`junk${i}`, 2);
    give(peer, second!);
  }
  assert.equal(peer.frontier().size, 0);
  const picky = startPeer("a", { accept: (author) => author === "b" }).peer;
  assert.equal(give(picky, ...feedOf("c", 1)).refused[0]!.reason, "author");
  assert.equal(give(picky, ...feedOf("b", 1)).appended.length, 1);
  const few = startPeer("a", { maxAuthors: 1 }).peer;
  give(few, ...feedOf("b", 1));
  assert.equal(give(few, ...feedOf("c", 1)).refused[0]!.reason, "full");
});

Deno.test("W3 26 bytes draw no more than the credit", () => {
  const { peer } = startPeer("a");
  for (let i = 0; i < 500; i++) set(peer, "some text that is not short ".repeat(10));
  const ask = encodeOriginalFrontier(new Map());
  assert.ok(ask.length <= 26);
  const { replies } = peer.receive(ask, { creditBytes: 4000 });
  assert.ok(replies.reduce((sum, { length }) => sum + length, 0) <= 4000);
  assert.deepEqual(peer.receive(ask, { creditBytes: 0 }).replies, []);
});

Deno.test("I1 an event that was changed on disk is not loaded", () => {
  const text = feedOf("a", 2).map((event) => writeOriginalLine(event)).join("");
  const { events, problems } = readOriginalLog(encode(text.replace('"value": 1', '"value": 2')));
  assert.deepEqual([events.length, problems[0]!.kind], [1, "damaged"]);
});

Deno.test("V2 attachments of one field are sorted, and what could not be is left out", () => {
  const { peer } = startPeer("a");
  peer.emit("attachment.add", { record_id: "R", field: "f", blob_hash: 5 });
  peer.emit("attachment.add", { record_id: "R", field: "f", blob_hash: "x" });
  assert.match(viewOf(peer), /"attachments":\[\{"blob_hash":"x"/);
});

Deno.test("S4 every feed is checked in its turn, also when we are asked as often as we ask", () => {
  const { peer } = startPeer("a");
  give(peer, ...feedOf("b", 3), ...feedOf("c", 3));
  const claims = Array.from({ length: 2 }, () => {
    peer.receive(encodeOriginalFrontier(new Map()));
    return new TextDecoder().decode(peer.gossip());
  });
  assert.deepEqual(claims, ['{"t":"frontier","f":{"b":2,"c":3}}', '{"t":"frontier","f":{"b":3,"c":2}}']);
});
