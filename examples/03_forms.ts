// The three forms of a node: a function that loops, a handler that is called, a step without effects.
import { channel, filter, map, node, run } from "tinman";

const fahrenheit = channel<number>("fahrenheit");
const celsius = channel<number>("celsius");
const hot = channel<number>("hot");

const sensor = node({ out: { fahrenheit } }, async ({ fahrenheit }) => {
  for (const reading of [68, 104, 212, 50, 230]) await fahrenheit.publish(reading);
});

// Steps that follow each other are run as one.
const convert = map({ in: fahrenheit, out: celsius }, (f) => Math.round((f - 32) / 1.8));
const select = filter({ in: celsius, out: hot }, (c) => c > 90);

// A handler is the fastest form for a node with effects. It may return a promise; then the next message waits.
const alarm = node({ in: { hot } }, { hot: (c) => console.log(`hot: ${c} °C`) });

await run([sensor, convert, select, alarm]);

// prints:
// hot: 100 °C
// hot: 110 °C
