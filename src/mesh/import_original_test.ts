import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { importOriginal } from "./import_original.ts";
import { createOriginalEvent, type OriginalEvent } from "./original/mod.ts";
import { Replica } from "./replica.ts";

/** A feed of one author, and what a replica says of it when all of it is imported. */
function importAll(author: string, all: readonly (readonly [kind: string, payload: Record<string, unknown>])[]) {
  const events: OriginalEvent[] = [];
  for (const [kind, payload] of all) {
    const seq = events.length + 1;
    const fields = { record_id: "R-1", ...payload };
    events.push(
      createOriginalEvent({
        author,
        seq,
        hlc: [START_MS + seq, 0],
        kind,
        payload: fields,
        prev: events.at(-1)?.id ?? "",
      }),
    );
  }
  const info = { name: "survey", founder: testKey("ana").device, nonce: "00".repeat(16) };
  const replica = new Replica({
    info,
    key: testKey("ana"),
    clock: new VirtualClock(BigInt(START_MS) * 1_000_000n),
  });
  const { changes, skipped, events: taken } = importOriginal(events);
  for (const each of changes) replica.write(...each);
  return { skipped, taken, record: replica.view.record("R-1") };
}

const create = ["record.create", { form: "site" }] as const;
const last = ["field.set", { field: "last", value: 1 }] as const;
const nested = (depth: number): unknown => depth === 0 ? 1 : [nested(depth - 1)];

Deno.test("P12 importOriginal() leaves out what has no place here, in words, and takes all else", () => {
  const set = (value: unknown) => ["field.set", { field: "a", value }] as const;
  const { skipped, taken, record } = importAll("node", [
    create,
    set(nested(40)),
    set("x".repeat(200_000)),
    set("é".repeat(9_000)),
    set({ ["__proto__"]: 1 }),
    last,
  ]);
  assert.deepEqual(skipped, [
    "event 2 of node: field.set needs value: plain data, and it is at most 8 deep",
    "event 3 of node: it has 200031 bytes, more than 14336",
    "event 4 of node: it has 18029 bytes, more than 14336",
    "event 5 of node: field.set needs value: plain data, and nothing in it can be named __proto__",
  ]);
  assert.equal(taken, 2);
  assert.equal(record?.fields.get("last")?.value, 1);
});

Deno.test("P12 importOriginal() takes names that are long, or no whole characters", () => {
  const many = Array.from({ length: 150 }, () => last);
  assert.equal(importAll("é".repeat(250), [create, ...many]).taken, 151);
  const { taken, skipped, record } = importAll("\ud800", [create, last, ["note.add", { text: "a note" }]]);
  assert.deepEqual([taken, skipped], [3, []]);
  assert.match(record!.notes[0]!.text, /^a note — �, /);
});

Deno.test("P12 importOriginal() says which note it cuts", () => {
  const { taken, skipped, record } = importAll("node", [create, ["note.add", { text: "y".repeat(9_000) }]]);
  assert.equal(taken, 2);
  assert.deepEqual(skipped, [
    "event 2 of node: its note has 9000 characters, and only the first 8192 with its author have a place here",
  ]);
  assert.equal(record!.notes[0]!.text.length, 8192);
});
