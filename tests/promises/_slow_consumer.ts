/*
 * Runs a fast producer and a slow consumer, and prints how far memory grew from the first tenth to the end:
 * `{ messages, heapMb, rssMb }`. Needs `--v8-flags=--expose-gc`, so that only what is held counts.
 */
import { channel, node, run } from "tinman";

const messages = Number(Deno.args[0]);
const record = Deno.args[1];
const numbers = channel<{ readonly n: number; readonly text: string }>("numbers");

const producer = node({ out: { numbers } }, async ({ numbers }) => {
  for (let n = 0; n < messages; n++) await numbers.publish({ n, text: `message ${n}` });
});
let received = 0;
let first: Deno.MemoryUsage | undefined;
let last = measure();
const consumer = node({ in: { numbers } }, async ({ numbers, clock }) => {
  for await (const { n } of numbers) {
    if (n !== received++) throw new Error(`got ${n} as message ${received}`);
    if (received % 20_000 === 0) await clock.sleep(0.2);
    if (received % (messages / 20) !== 0) continue;
    last = measure();
    if (received >= messages / 10) first ??= last;
  }
});
await run([producer, consumer], record === undefined ? {} : { record });
const megabytes = (key: "heapUsed" | "rss") => (last[key] - first![key]) / 2 ** 20;
console.log(JSON.stringify({ messages: received, heapMb: megabytes("heapUsed"), rssMb: megabytes("rss") }));

function measure(): Deno.MemoryUsage {
  (globalThis as { gc?: () => void }).gc!();
  return Deno.memoryUsage();
}
