import assert from "node:assert/strict";
import { type Difference, summaryOf } from "./rows.ts";

const equal = { differences: [] };
const differs = { differences: [{ kind: "changed", a: 0, b: 0, frames: 1, timeNs: "0" } satisfies Difference] };
const unread = { differences: [], problem: "frame 3 does not decode" };

Deno.test("two recordings without a common channel are not called equal", () => {
  assert.deepEqual(summaryOf([{ ...equal, only: "not in the other" }], true), {
    text: "no channel is in both",
    tone: "warn",
  });
  assert.equal(summaryOf([], true).tone, "warn");
});

Deno.test("the summary of a comparison says what differs, what is equal, and what could not be compared", () => {
  const texts = [[equal], [equal, equal], [equal, differs], [equal, unread], [unread]].map((rows) =>
    summaryOf(rows, true)
  );
  assert.deepEqual(texts.map(({ text, tone }) => `${tone}: ${text}`), [
    "good: 1 channel is equal",
    "good: 2 channels are equal",
    "bad: 1 of 2 channels differ",
    "bad: 1 channel cannot be compared · 1 channel is equal",
    "bad: 1 channel cannot be compared",
  ]);
  assert.equal(summaryOf([equal, equal], false).text, "2 channels are equal so far");
});
