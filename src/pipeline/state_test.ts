import assert from "node:assert/strict";
import { type PipelineState, StateMachine } from "./state.ts";

/** A machine that was led along these states. */
function at(...path: PipelineState[]): StateMachine {
  const machine = new StateMachine();
  for (const state of path) machine.go(state);
  return machine;
}

Deno.test("StateMachine begins idle and goes the way of a run", () => {
  const heard: string[] = [];
  const machine = new StateMachine((to, from) => heard.push(`${from} → ${to}`));
  assert.equal(machine.state, "idle");
  for (const state of ["starting", "running", "paused", "running", "draining", "stopped", "idle"] as const) {
    machine.go(state);
  }
  assert.equal(heard.length, 7);
  assert.equal(heard[3], "paused → running");
});

Deno.test("StateMachine refuses a step that is not in the picture, names both states, and stays where it is", () => {
  const cases: [StateMachine, PipelineState][] = [
    [at(), "running"],
    [at(), "paused"],
    [at("starting"), "paused"],
    [at("starting", "running"), "stopped"],
    [at("starting", "running", "draining"), "running"],
    [at("starting", "failed"), "running"],
  ];
  for (const [machine, to] of cases) {
    const from = machine.state;
    assert.throws(() => machine.go(to), new RegExp(`^TypeError: Cannot take a pipeline from ${from} to ${to}: `));
    assert.equal(machine.state, from);
  }
});

Deno.test("StateMachine lets a pipeline that failed begin again, by way of idle", () => {
  const machine = at("starting", "running", "failed");
  assert.ok(!machine.allows("starting"));
  machine.go("idle");
  machine.go("starting");
});
