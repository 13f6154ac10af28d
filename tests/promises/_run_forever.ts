/*
 * Runs and records a graph until it is killed. Each time a value of `counted` was taken it says `published 17`: with
 * `always` that means that it is safe.
 */
import { channel, node, run } from "tinman";
import type { SyncPolicy } from "tinman/log";
import { consumers, sources } from "./_three_sources.ts";

const [folder, sync] = Deno.args as [string, SyncPolicy];
const encoder = new TextEncoder();
const counted = channel<number>("counted");
const counter = node({ name: "counter", out: { counted } }, async ({ counted, clock }) => {
  for (let i = 0;; i++) {
    await counted.publish(i);
    Deno.stdout.writeSync(encoder.encode(`published ${i}\n`));
    await clock.sleep(1);
  }
});
await run([counter, ...sources(10_000_000, 30), ...consumers()], { record: { folder, name: "killed", sync } });
