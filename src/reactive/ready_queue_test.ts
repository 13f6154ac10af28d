import assert from "node:assert/strict";
import fc from "fast-check";
import { Inbox } from "./inbox.ts";
import { Init } from "./lifecycle.ts";
import { ReadyQueue } from "./ready_queue.ts";
import type { Target } from "./task.ts";

/** An inbox with one piece of work of this age. */
function inboxOf(priority: number, age: number): Inbox {
  const inbox = new Inbox({ name: `${age}`, handlers: [], priority }, 0);
  inbox.add({ event: Init(), age, isExternal: false }, {} as Target);
  return inbox;
}

Deno.test("ReadyQueue gives the lowest priority first, among equals the oldest work, whatever comes and goes between", () => {
  const step = fc.option(fc.integer({ min: -2, max: 2 }));
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const queue = new ReadyQueue();
    const model: Inbox[] = [];
    for (const [age, priority] of steps.entries()) {
      if (priority !== null) {
        const inbox = inboxOf(priority, age);
        queue.add(inbox);
        model.push(inbox);
        assert.ok(inbox.isReady);
      } else if (model.length > 0) {
        // Stable: those of one priority stay in the order of their age.
        model.sort((a, b) => a.priority - b.priority);
        const inbox = queue.take();
        assert.equal(inbox, model.shift());
        assert.ok(!inbox.isReady);
      }
      assert.equal(queue.size, model.length);
    }
    queue.clear();
    assert.ok(queue.size === 0 && model.every(({ isReady }) => !isReady));
  }));
});
