import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { DATASET, START_MS, testKey, TestWriter } from "./_writer.ts";
import { findUnfitRun, MAX_RUN_EVENTS, SEQ_LIMIT } from "./check_run.ts";
import type { MeshEvent, Payload } from "./event.ts";
import { Feeds, type FeedsOptions } from "./feeds.ts";
import { Replica } from "./replica.ts";
import type { Run } from "./run.ts";

const ref = { device: "ab".repeat(32), seq: 1, check: 7 };
const field = { record: "R-1", field: "status", value: "OPEN" };

function say(kind: string, payload: Payload): Run {
  return new TestWriter("a").run({ kind, payload });
}

/** The rule that a run breaks, and nothing is left of it anywhere. */
function ruleOf(run: Run, options: Partial<FeedsOptions> = {}): string {
  const kept: Run[] = [];
  const keep = (each: Run) => void kept.push(each);
  const feeds = new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true, keep, ...options });
  const result = feeds.ingest(run);
  if (result.status === "applied") return "none";
  assert.deepEqual([kept, [...feeds.all()], feeds.waiting.size.runs], [[], [], 0], JSON.stringify(result));
  return result.status === "refused" ? result.rule : result.status;
}

function withEvent(change: Partial<MeshEvent>): Run {
  const run = say("field.set", field);
  return { ...run, events: [{ ...run.events[0]!, ...change }] };
}

Deno.test("E1 a device is 64 hexadecimal digits, and nothing else has a feed", () => {
  const run = say("field.set", field);
  for (const device of ["", "ab", run.device.toUpperCase(), `${run.device}0`, "__proto__", "g".repeat(64)]) {
    assert.equal(ruleOf({ ...run, device }), "E1", device);
  }
});

Deno.test("E2 events are numbered from 1 to below 2^32", () => {
  const run = say("field.set", field);
  for (const from of [0, -1, 1.5, NaN, Infinity, SEQ_LIMIT, Number.MAX_SAFE_INTEGER]) {
    assert.equal(ruleOf({ ...run, from }), "E2", `${from}`);
  }
  for (const after of [-1, 0.5, 2 ** 32, NaN]) assert.equal(ruleOf({ ...run, after }), "E2", `${after}`);
});

Deno.test("E5 stamps of a feed go up with each event, within a run and from one to the next", () => {
  const run = say("field.set", field);
  const [event] = run.events;
  assert.equal(ruleOf({ ...run, events: [event!, event!] }), "E5");
  assert.equal(ruleOf({ ...run, events: [event!, { ...event!, wallMs: event!.wallMs - 1, counter: 5 }] }), "E5");
  const writer = new TestWriter("a");
  const feeds = new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true });
  feeds.ingest(writer.set("R-1", "status", "OPEN"));
  writer.wallMs -= 5_000;
  const back = feeds.ingest(writer.set("R-1", "status", "CLOSED"));
  assert.equal(back.status === "refused" && back.rule, "E5");
});

Deno.test("E7 a run has from 1 to 4,096 events, and ends below 2^32", () => {
  const run = say("field.set", field);
  assert.equal(ruleOf({ ...run, events: [] }), "E7");
  const many = (length: number) => Array.from({ length }, () => ({ kind: "x.tick", payload: {} }));
  assert.equal(ruleOf(new TestWriter("a").run(...many(MAX_RUN_EVENTS + 1))), "E7");
  assert.equal(ruleOf(new TestWriter("a").run(...many(MAX_RUN_EVENTS))), "none");
  assert.equal(findUnfitRun({ ...run, from: SEQ_LIMIT - 1, events: [run.events[0]!, run.events[0]!] })?.rule, "E7");
});

Deno.test("K1 what does not fit its kind is refused with its run, and begins no feed", () => {
  const wrong: readonly (readonly [string, Payload])[] = [
    ["field.set", { record: "R-1", value: "OPEN" }],
    ["field.set", { ...field, by: "somebody else" }],
    ["field.set", { ...field, field: ["status"] }],
    ["field.set", { ...field, record: "" }],
    ["field.set", { ...field, record: "R".repeat(129) }],
    ["field.set", { ...field, supersedes: [] }],
    ["field.set", { ...field, supersedes: [{ ...ref, seq: 0 }] }],
    ["field.set", { ...field, supersedes: Array.from({ length: 65 }, () => ref) }],
    ["record.create", { record: "R-1" }],
    ["note.add", { record: "R-1", text: 7 }],
    ["note.edit", { record: "R-1", note: { ...ref, check: -1 }, text: "x" }],
    ["attachment.add", { record: "R-1", field: "photo", blob: "ab", size: 1, type: "image/png", name: "a.png" }],
    ["member.add", { device: ref.device, role: "owner" }],
    ["", {}],
    ["k".repeat(129), {}],
  ];
  for (const [kind, payload] of wrong) {
    assert.equal(ruleOf(say(kind, payload)), "K1", `${kind}`);
  }
  const writer = new TestWriter("a");
  const mixed = writer.run({ kind: "field.set", payload: field }, { kind: "field.set", payload: { record: "R-1" } });
  assert.equal(ruleOf(mixed), "K1");
  for (const stamp of [{ wallMs: -1 }, { wallMs: 2 ** 48 }, { wallMs: 1.5 }, { counter: 65_536 }, { counter: NaN }]) {
    assert.equal(ruleOf(withEvent(stamp)), "K1", JSON.stringify(stamp));
  }
});

Deno.test("K1 what does not fit its kind moves no clock", () => {
  const info = { name: "survey", founder: testKey("b").device, nonce: "00".repeat(16), writers: "anybody" } as const;
  const replica = new Replica({ info, key: testKey("b"), clock: new VirtualClock(BigInt(START_MS) * 1_000_000n) });
  const write = (value: string) => replica.write({ kind: "field.set", record: "R-1", field: "status", value });
  const writer = new TestWriter("a", replica.feeds.dataset);
  writer.wallMs += 60_000;
  replica.ingest(writer.clone().run({ kind: "field.set", payload: { record: "R-1" } }));
  write("OPEN");
  assert.equal(replica.view.record("R-1")?.fields.get("status")?.at.wallMs, START_MS);
  // One that fits does.
  replica.ingest(writer.clone().run({ kind: "field.set", payload: field }));
  write("CLOSED");
  assert.ok(replica.view.record("R-1")!.fields.get("status")!.at.wallMs > START_MS + 60_000);
});

Deno.test("K2 kinds that are not known are kept, in the limits of values", () => {
  assert.equal(ruleOf(say("y.weather", { rain: [1, { mm: 2.5 }], by: "anybody" })), "none");
  for (const value of [NaN, Infinity, "\ud800", new Uint8Array(3), new Date(0), { a: undefined }]) {
    let run: Run;
    try {
      run = say("y.weather", { value });
    } catch {
      // It has no bytes, so nobody can sign it; it may be claimed all the same.
      run = { ...say("y.weather", {}), events: [{ ...say("y.weather", {}).events[0]!, payload: { value } }] };
    }
    assert.equal(ruleOf(run), "K1", String(value));
  }
});

Deno.test("K3 a payload has at most 16 KiB, and values are at most 8 deep", () => {
  const nested = (depth: number): unknown => depth === 0 ? 1 : [nested(depth - 1)];
  assert.equal(ruleOf(say("field.set", { ...field, value: nested(8) })), "none");
  assert.equal(ruleOf(say("field.set", { ...field, value: nested(9) })), "K1");
  assert.equal(ruleOf(say("field.set", { ...field, value: "a".repeat(16_000) })), "none");
  assert.equal(ruleOf(say("field.set", { ...field, value: "a".repeat(16 * 1024) })), "K1");
  assert.equal(ruleOf(say("y.weather", { a: "a".repeat(8_000), b: "ä".repeat(8_000) })), "K1");
});
