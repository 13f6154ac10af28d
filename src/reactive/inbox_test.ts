import assert from "node:assert/strict";
import fc from "fast-check";
import { type Delivery, Inbox } from "./inbox.ts";
import { Init } from "./lifecycle.ts";
import type { Target, TaskHost } from "./task.ts";

Deno.test("Inbox gives what was put in, first in first out, and knows the age of the first", () => {
  // Long runs of one kind, so that it fills up and drains.
  const run = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 150 }));
  fc.assert(fc.property(fc.array(run, { maxLength: 20 }), (runs) => {
    const inbox = new Inbox({ name: "p", handlers: [] }, 0);
    const waiting: { delivery: Delivery; target: Target }[] = [];
    let age = 0;
    for (const [puts, times] of runs) {
      for (let i = 0; i < times; i++) {
        if (puts) {
          const [delivery, target] = [{ event: Init(), age: age++, isExternal: false }, {} as Target];
          inbox.add(delivery, target);
          waiting.push({ delivery, target });
        } else if (waiting.length > 0) {
          const { delivery, target } = waiting.shift()!;
          const task = inbox.take({} as TaskHost);
          assert.ok(task.event === delivery.event && task.target === target);
        }
        assert.equal(inbox.firstAge, waiting[0]?.delivery.age ?? Infinity);
      }
    }
  }));
});
