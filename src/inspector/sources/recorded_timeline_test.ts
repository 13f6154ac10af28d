import assert from "node:assert/strict";
import { BASE_NS, record } from "../timeline/_fixture_test.ts";

Deno.test("a recording tells what was lost, when the clock stepped, and what was warned of, in the order of time", () => {
  const said = (level: string, message: string) => ({ timeNs: "0", level, node: "imu", message });
  using recorded = record([
    [10, "logs", said("info", "hello")],
    [20, "logs", said("error", "it is broken")],
    [30, "logs", said("warn", "it is slow")],
  ], {
    note: (note) => {
      note("gap", { channel: "imu", frames: 3, why: "the disk is full" });
      note("clock-step", { deltaMs: -250 });
      note("anything", { else: true });
    },
  });
  const marks = recorded.timeline.marks();
  assert.deepEqual(marks.map(({ level, about, message }) => [level, about, message]), [
    ["error", "imu", "it is broken"],
    ["warn", "imu", "it is slow"],
    ["error", "imu", "3 frames were lost: the disk is full"],
    ["warn", "", "the clock stepped by -250 ms"],
  ]);
  assert.equal(marks[0]!.timeNs, BASE_NS + 20_000_000n);
});

Deno.test("what stands in the logs of a recording may be anything", () => {
  using recorded = record([[1, "logs", null], [2, "logs", { level: "error" }], [3, "logs", [1]]]);
  assert.ok(recorded.timeline.marks().length <= 1);
});
