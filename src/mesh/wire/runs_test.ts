import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { TestWriter } from "../_writer.ts";
import type { Run } from "../run.ts";
import { anyEvent, anyRun } from "./_runs.ts";
import { decodeRun, decodeRuns, encodeRun, encodeRuns, type RunContext } from "./runs.ts";

Deno.test("decodeRuns() gives back what encodeRuns() was given, to the bit", () => {
  fc.assert(fc.property(fc.array(anyRun, { maxLength: 5 }), (runs) => {
    assert.deepEqual(decodeRuns(encodeRuns(runs)), runs);
  }));
});

/** A context in which all events of a feed are known. */
function contextOf(device: string, events: Run["events"]): RunContext {
  return {
    devices: ["0".repeat(64), device],
    before: ({ from }, count) => events.slice(Math.max(from - 1 - count, 0), from - 1),
    asked: () => ({ from: events.length + 1, after: 7 }),
  };
}

Deno.test("decodeRuns() gives back what was written with the same context", () => {
  const known = fc.array(anyEvent, { maxLength: 20 });
  fc.assert(fc.property(known, anyRun, (before, run) => {
    const context = contextOf(run.device, before);
    const next = { ...run, from: before.length + 1, after: 7 };
    assert.deepEqual(decodeRuns(encodeRuns([next, run], { context }), { context }), [next, run]);
  }));
});

Deno.test("encodeRuns() says in a few bytes what is like what both know", () => {
  const writer = new TestWriter("a");
  const form = (record: string) =>
    ["status", "depth", "remark"].map((field, i) => ({
      kind: "field.set",
      payload: { record, field, value: ["OPEN", 12.5, "pump broken"][i]! },
    }));
  const known = ["R-007", "R-008", "R-009"].flatMap(form);
  const before = writer.run(...known).events;
  const run = writer.run(...form("R-010"));
  const context = contextOf(run.device, before);
  const bytes = encodeRuns([{ ...run, after: 7 }], { context });
  assert.ok(bytes.length < 64 + 15, `${bytes.length}`);
});

Deno.test("decodeRuns() reads any bytes or says PROTOCOL", () => {
  const context = contextOf("a".repeat(64), []);
  const written = fc.array(anyRun, { minLength: 1, maxLength: 3 }).map((runs) => encodeRuns(runs));
  const changed = fc.tuple(written, fc.nat(), fc.nat(255), fc.nat(3)).map(([bytes, at, byte, cut]) => {
    bytes[at % bytes.length] = byte;
    return bytes.subarray(0, bytes.length - cut);
  });
  const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.of(0x14, ...bytes));
  fc.assert(
    fc.property(fc.oneof(any, changed, fc.uint8Array()), fc.boolean(), (bytes, hasContext) => {
      try {
        decodeRuns(bytes, { maxBytes: 100_000, context: hasContext ? context : undefined });
      } catch (error) {
        assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("decodeRuns() stops at its limits", () => {
  const writer = new TestWriter("a");
  const events = Array.from({ length: 100 }, () => ({
    kind: "field.set",
    payload: { record: "R-1", field: "a", value: "x".repeat(200) },
  }));
  const bytes = encodeRuns([writer.run(...events)]);
  assert.ok(bytes.length < 700, `${bytes.length}`);
  assert.throws(() => decodeRuns(bytes, { maxEvents: 99 }), { code: "PROTOCOL" });
  assert.throws(() => decodeRuns(bytes, { maxBytes: 20_000 }), { code: "PROTOCOL" });
});

Deno.test("decodeRun() takes exactly one run", () => {
  const writer = new TestWriter("a");
  const run = writer.set("R-1", "a", 1);
  assert.deepEqual(decodeRun(encodeRun(run)), run);
  assert.throws(() => decodeRun(encodeRuns([run, writer.set("R-1", "a", 2)])), { code: "PROTOCOL" });
  assert.throws(() => decodeRun(encodeRuns([])), { code: "PROTOCOL" });
});
