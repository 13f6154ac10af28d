import assert from "node:assert/strict";
import { frameOf, openStage } from "./_fixture.ts";
import { formatFrame, print } from "./print.ts";
import { sineGenerator } from "./sine.ts";

Deno.test("Print says length, mean and RMS of each channel, and passes the very frame on", async () => {
  const { one, said } = await openStage(print, { label: "Async Output" });
  const frame = frameOf({ main_channel: [1, -1, 3, 1], silent: [] }, { sequenceId: 3, timestampUs: 64_000 });
  assert.equal(await one(frame), frame);
  assert.deepEqual(said, [
    "[Async Output] Frame #3 @ 64000μs\n  main_channel: len=4, mean=1.0000, rms=1.7321\n  silent: empty",
  ]);
});

Deno.test("Print's label is Output by default, and a trigger is one line", async () => {
  const { one, said } = await openStage(print);
  await one();
  assert.deepEqual(said, ["[Output] Frame #0 @ 0μs"]);
});

Deno.test("Print gives the RMS of a sine as the root of a half", async () => {
  const sine = await openStage(sineGenerator, { frequency: 480, frame_size: 1000 });
  assert.equal(formatFrame(await sine.one(), "x").split("\n")[1], "  main_channel: len=1000, mean=0.0000, rms=0.7071");
});

Deno.test("Print shows NaN as it is", () => {
  assert.equal(formatFrame(frameOf([NaN]), "x").split("\n")[1], "  main_channel: len=1, mean=NaN, rms=NaN");
});
