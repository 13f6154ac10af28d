import assert from "node:assert/strict";
import { joinTime, splitTime } from "./frame.ts";
import { GrowingTime } from "./growing_time.ts";

function take(times: readonly bigint[]) {
  const time = new GrowingTime();
  const taken = times.map((each) => {
    const { hi, lo } = splitTime(each);
    time.take(hi, lo);
    return joinTime(time.hi, time.lo);
  });
  return [taken, time.moved];
}

Deno.test("F2 GrowingTime gives frames of one time a nanosecond more each, and leaves later ones alone", () => {
  assert.deepEqual(take([0n, 0n, 0n, 1n, 9n, 9n]), [[0n, 1n, 2n, 3n, 9n, 10n], 4]);
  assert.deepEqual(take([2n ** 32n - 1n, 2n ** 32n - 1n, 2n ** 32n + 5n]), [
    [2n ** 32n - 1n, 2n ** 32n, 2n ** 32n + 5n],
    1,
  ]);
});

Deno.test("F2 GrowingTime leaves what goes back in time as it is, for verify to find", () => {
  assert.deepEqual(take([9n, 3n, 4n, 4n, 10n]), [[9n, 3n, 4n, 5n, 10n], 1]);
});
