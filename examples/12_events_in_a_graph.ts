// A pipeline of events as a node: messages come in as events, and events go out as messages. It is recorded and
// replayed like any other node.
import { channel, node, replay, run } from "tinman";
import { defineEvent, eventNode, gives, on, Phase, where } from "tinman/reactive";

const celsius = channel<number>("celsius");
const alarms = channel<string>("alarms");

// What an input brings is an event of its name, with a value.
const Celsius = defineEvent<{ value: number }>("celsius");
const Alarm = defineEvent<{ text: string; level: 1 | 2 }>("alarm");

// A function, so that every run begins anew.
function createWatch() {
  let hot = 0;
  return {
    name: "watch",
    handlers: [
      on(where(Celsius, { value: (value) => value > 90 }), ({ value }, context) => {
        context.submit(Alarm({ text: `${value} °C`, level: ++hot > 1 ? 2 : 1 }));
      }),
      on(Phase, (_, context) => {
        if (hot > 0) context.submit(Alarm({ text: `${hot} in all`, level: 1 }));
        hot = 0;
      }),
    ],
  };
}

const sensor = node({ name: "sensor", out: { celsius } }, async ({ celsius, clock }) => {
  for (const value of [20, 95, 50, 99]) {
    await clock.sleep(5);
    await celsius.publish(value);
  }
});
const guard = node(
  { name: "guard", in: { celsius }, out: { alarms } },
  eventNode(() => [createWatch()], { gives: { alarms: gives(Alarm, ({ text, level }) => "!".repeat(level) + text) } }),
);
const print = node({ name: "print", in: { alarms } }, { alarms: (text) => console.log(text) });

await run([sensor, guard, print], { record: "recordings" });
const { verify } = await replay([guard], "recordings", { verify: true });
console.log(verify?.divergence === undefined ? "replayed the same" : "differs");

// prints:
// !95 °C
// !!99 °C
// !2 in all
// replayed the same
