import assert from "node:assert/strict";
import fc from "fast-check";
import { createOriginalEvent, type OriginalEvent } from "./event.ts";
import { formatOriginalView, materializeOriginal } from "./view.ts";

let seq = 1;
function event(kind: string, payload: unknown, at: readonly [number, number] = [1, 0], author = "a"): OriginalEvent {
  const prev = "0".repeat(32);
  return createOriginalEvent({ author, seq: ++seq, hlc: at, kind, payload, prev });
}
const set = (value: unknown, at: readonly [number, number], author: string) =>
  event("field.set", { record_id: "R", field: "f", value }, at, author);
const valueOf = (events: readonly OriginalEvent[]) => materializeOriginal(events).records.get("R")?.fields.get("f");

Deno.test("V1 materializeOriginal() lets the last writer win by wall, counter, author and place in the feed", () => {
  assert.equal(valueOf([set("late", [2, 0], "a"), set("early", [1, 9], "z")]), "late");
  assert.equal(valueOf([set("late", [1, 2], "a"), set("early", [1, 1], "z")]), "late");
  assert.equal(valueOf([set("late", [1, 1], "\u{1f600}"), set("early", [1, 1], "\ue000")]), "late");
  assert.equal(valueOf([set("early", [1, 1], "a"), set("late", [1, 1], "a")]), "late");
});

Deno.test("V1 materializeOriginal() is the same in any order of events", () => {
  const kind = fc.constantFrom("record.create", "field.set", "note.add", "attachment.add", "other", "field.set");
  const word = fc.constantFrom("a", "b", "\ue000", "\u{1f600}");
  const part = fc.record({ kind, id: word, field: word, by: word, wall: fc.nat(2), author: word });
  const events = fc.array(part, { maxLength: 12 }).map((parts) =>
    parts.map(({ kind, id, field, by, wall, author }) =>
      event(kind, { record_id: id, field, value: by, by, text: by, blob_hash: by }, [wall, 0], author)
    )
  );
  const shuffled = events.chain((events) =>
    fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }))
  );
  fc.assert(fc.property(shuffled, ([events, others]) => {
    assert.equal(formatOriginalView(materializeOriginal(events)), formatOriginalView(materializeOriginal(others)));
  }));
});

Deno.test("V1 materializeOriginal() keeps attachments by field and hash with what is missing filled in, and notes in order", () => {
  const { records } = materializeOriginal([
    event("attachment.add", { record_id: "R", field: "b", blob_hash: "1", size: 5, mime: "image/png" }),
    event("attachment.add", { record_id: "R", field: "a", blob_hash: "2" }),
    event("note.add", { record_id: "R", text: "second" }, [3, 0]),
    event("note.add", { record_id: "R", text: "first" }, [2, 0]),
  ]);
  const { attachments, notes, form } = records.get("R")!;
  assert.deepEqual(attachments.map((one) => [...one.values()]), [["a", "2", 0n, ""], ["b", "1", 5n, "image/png"]]);
  assert.deepEqual([notes, form], [["first", "second"], ""]);
});

Deno.test("V1 materializeOriginal() of no events is empty", () => {
  assert.equal(formatOriginalView(materializeOriginal([])), "{}");
});
