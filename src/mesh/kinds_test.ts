import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { START_MS, testKey } from "./_writer.ts";
import { findFix, findUnfit } from "./kinds.ts";
import { Replica } from "./replica.ts";

const long = "x".repeat(200);

Deno.test("K1 what is too long is told with how long it is and how long it may be, and what to do", () => {
  const name = "a shorter name; what is longer has its place in a field or a note";
  for (
    const [kind, payload, unfit, fix] of [
      ["record.create", { record: long, form: "site" }, "record: text of 1 to 128 characters, and it has 200", name],
      ["record.create", { record: "", form: "site" }, "record: text of 1 to 128 characters, and it has 0", undefined],
      ["record.create", { record: "\ud800", form: "site" }, "record: text of 1 to 128 characters", undefined],
      ["member.role", { member: long, role: "writer" }, "member: 64 hex digits", undefined],
      ["record.create", { record: "R-1", form: long }, "form: text of 1 to 128 characters, and it has 200", name],
      [
        "field.set",
        { record: "R-1", field: long, value: 1 },
        "field: text of 1 to 128 characters, and it has 200",
        name,
      ],
      [
        "note.add",
        { record: "R-1", text: "x".repeat(9000) },
        "text: text of at most 8192 characters, and it has 9000",
        "several notes, or a file: tinman mesh attach",
      ],
      [
        "record.delete",
        { record: "R-1", reason: "x".repeat(513) },
        "reason: text of at most 512 characters, and it has 513",
        "a shorter reason; what is longer has its place in a note",
      ],
    ] as const
  ) {
    assert.equal(findUnfit(kind, payload), `${kind} needs ${unfit}`);
    assert.equal(findFix(kind, payload), fix);
  }
});

Deno.test("K3 a value that is too large is better a file", () => {
  assert.equal(
    findFix("field.set", { record: "R-1", field: "a", value: "x".repeat(20_000) }),
    "several fields or notes, or a file: tinman mesh attach",
  );
  assert.equal(findFix("field.set", { record: "R-1", field: "a", value: 1 }), undefined);
  assert.equal(findFix("something.else", {}), undefined);
  assert.equal(findFix("field.set", { record: "R-1", field: "a", value: 1n as never }), undefined);
});

Deno.test("K1 a value that is no plain data is refused by what is wrong with it", () => {
  for (
    const [value, why] of [
      [NaN, "NaN and infinity are none"],
      [["\ud800"], "half a character (such as U+D800 alone) is no text"],
      [{ "\ud800": 1 }, "half a character (such as U+D800 alone) is no text"],
      [{ a: { ["__proto__"]: 1 } }, "nothing in it can be named __proto__"],
      [[[[[[[[[[1]]]]]]]]], "it is at most 8 deep"],
    ] as const
  ) {
    const unfit = findUnfit("field.set", { record: "R-1", field: "a", value: value as never });
    assert.equal(unfit, `field.set needs value: plain data, and ${why}`);
  }
});

Deno.test("K1 who writes what is too long is told what to do", () => {
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const key = testKey("base");
  const replica = new Replica({ info: { name: "survey", founder: key.device, nonce: "00".repeat(16) }, key, clock });
  assert.throws(() => replica.write({ kind: "record.create", record: long, form: "site" }), {
    code: "CONFIG",
    message: /record: text of 1 to 128 characters, and it has 200$/,
    hint: "a shorter name; what is longer has its place in a field or a note",
  });
  assert.throws(() => replica.write({ kind: "field.set", record: "R-1", field: "a", value: "x".repeat(20_000) }), {
    code: "CONFIG",
    message: /more than 16384 bytes$/,
    hint: "several fields or notes, or a file: tinman mesh attach",
  });
});
