import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { createRecordFormat, type PlacedRecord, toRecordJson } from "./record_format.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const record: PlacedRecord = {
  topic: "t",
  partition: 2,
  offset: 7,
  timestampMs: 1234,
  key: bytes("k"),
  value: bytes("größe"),
  headers: [{ name: "a", value: bytes("1") }, { name: "b", value: null }],
};

Deno.test("createRecordFormat() prints records as kcat does", () => {
  const format = createRecordFormat("%t/%p@%o %T %k:%K %s:%S [%h] 100%% \\x41\\t\\n");
  assert.equal(format(record), "t/2@7 1234 k:1 größe:7 [a=1,b=NULL] 100% A\t\n");
  assert.equal(createRecordFormat("%k%K%s%S")({ ...record, key: null, value: null }), "-1-1");
  assert.equal(createRecordFormat("")(record), "");
});

Deno.test("createRecordFormat() refuses what means nothing, and says what it knows", () => {
  for (const format of ["%q", "%", "\\q", "a\\"]) {
    assert.throws(() => createRecordFormat(format), (error) => isTinmanError(error, "USAGE") && /%s/.test(error.hint!));
  }
});

Deno.test("toRecordJson() keeps what is no text as hex", () => {
  const value = Uint8Array.of(0xff, 0);
  assert.deepEqual(toRecordJson({ ...record, value }), {
    topic: "t",
    partition: 2,
    offset: 7,
    timestampMs: 1234,
    key: "k",
    value: { hex: "ff00" },
    headers: [["a", "1"], ["b", null]],
  });
});
