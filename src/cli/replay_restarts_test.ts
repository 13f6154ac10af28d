import assert from "node:assert/strict";
import type { ReplayControl } from "../runtime/mod.ts";
import { ReplayRestarts } from "./replay_restarts.ts";

/** A replay that writes down what it is told. */
function control(state: { readonly speed: number; readonly paused: boolean }) {
  const did: unknown[] = [];
  const told: ReplayControl = {
    ...state,
    frames: 0,
    pause: () => void did.push("pause"),
    resume: () => void did.push("resume"),
    step: () => void did.push("step"),
    setSpeed: (speed) => void did.push(speed),
    skipTo: () => void did.push("skip"),
    stop: () => void did.push("stop"),
  };
  return { told, did };
}

Deno.test("ReplayRestarts ends what goes on, and has the next one at its speed and held where it was held", async () => {
  const restarts = new ReplayRestarts();
  const first = control({ speed: 4, paused: true });
  restarts.begun(first.told);
  assert.deepEqual([first.did, restarts.isAsked, restarts.take()], [[], false, undefined]);
  restarts.restart(7n);
  await restarts.asked;
  assert.deepEqual([first.did, restarts.isAsked, restarts.take(), restarts.isAsked], [["stop"], true, 7n, false]);
  const second = control({ speed: 1, paused: false });
  restarts.begun(second.told);
  assert.deepEqual(second.did, [4, "pause"]);
});

Deno.test("ReplayRestarts goes where it was asked to go last", () => {
  const restarts = new ReplayRestarts();
  restarts.begun(control({ speed: 1, paused: false }).told);
  restarts.restart(7n);
  restarts.restart(9n);
  assert.equal(restarts.take(), 9n);
});
