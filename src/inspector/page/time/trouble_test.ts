import assert from "node:assert/strict";
import { countTrouble, findTrouble, placeMarks } from "./trouble.ts";

const marks = placeMarks([
  { timeNs: "1005", level: "warn", about: "gps", message: "few satellites" },
  { timeNs: "1020", level: "error", about: "imu", message: "no answer" },
  { timeNs: "1030", level: "warn", about: "gps", message: "few satellites" },
], 1000n);

Deno.test("findTrouble() goes to the first error before any warning, and from there to whatever comes next", () => {
  const whole = { channels: [{ name: "camera", damaged: [{ fromNs: 25, message: "torn" }] }] };
  const at = (which: "first" | "next", cursorNs: number) => findTrouble(marks, whole, { which, cursorNs })?.atNs;
  assert.deepEqual([at("first", 0), at("next", 0), at("next", 20), at("next", 25), at("next", 30)], [
    20,
    5,
    25,
    30,
    undefined,
  ]);
  assert.equal(findTrouble(marks.slice(0, 1), undefined, { which: "first", cursorNs: 0 })?.atNs, 5, "else a warning");
});

Deno.test("countTrouble() says what there is, and nothing of what there is none", () => {
  assert.deepEqual([countTrouble(marks), countTrouble([])], [["1 error", "2 warnings"], []]);
});
