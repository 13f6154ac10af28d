import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { node } from "./node.ts";
import { runGraph } from "./run.ts";

const [numbers, late] = [channel<number>("numbers"), channel<number>("late")];

Deno.test("a deadline comes also while the first message of a node waits for something outside that never comes", async () => {
  const source = node({ out: { numbers } }, async ({ numbers }) => {
    for (let n = 0; n < 3; n++) await numbers.publish(n);
  });
  const seen: number[] = [];
  const impatient = node({ in: { numbers }, out: { late } }, async ({ numbers, late, clock }) => {
    for await (const n of numbers) {
      const passed = Promise.withResolvers<void>();
      clock.at(clock.elapsedNs() + 5e6, passed.resolve);
      await passed.promise;
      await late.publish(n);
    }
  });
  const sink = node({ in: { late } }, { late: (n: number) => void seen.push(n) });
  const environment = createTestEnvironment();
  await environment.drive(runGraph([source, impatient, sink], environment));
  assert.deepEqual(seen, [0, 1, 2]);
  assert.equal(environment.clock.elapsedNs(), 15e6);
});
