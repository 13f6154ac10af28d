import { channel, node } from "tinman";

const numbers = channel<number>("numbers", { capacity: 50 });
const ticks = channel<string>("ticks");

/** Publishes faster than `sink` reads, until it is asked to end. */
export const source = node({ name: "source", out: { numbers } }, async ({ numbers, signal }) => {
  for (let n = 0; !signal.aborted; n++) await numbers.publish(n);
});

/** Says `running` at its first value, and at the end how many it got. */
export const sink = node({ name: "sink", in: { numbers } }, async ({ numbers, clock }) => {
  let count = 0;
  for await (const n of numbers) {
    if (n !== count++) throw new Error(`got ${n} as number ${count}`);
    if (count === 1) console.log("running");
    await clock.sleep(2);
  }
  console.log(`drained ${count}`);
});

/** Does not end, whoever asks. */
export const stubborn = node({ name: "stubborn" }, async ({ signal }) => {
  const asked = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => asked.resolve());
  await asked.promise;
  console.log("asked to end");
  await new Promise(() => {});
});

/** Ticks each 10 ms and says how often it did. */
export const ticker = node({ name: "ticker", out: { ticks } }, async ({ ticks, clock }) => {
  let count = 0;
  for await (const time of clock.every(10)) {
    await ticks.publish(`${time}`);
    console.log(`ticked ${++count}`);
  }
});
