import { channel, node } from "tinman";

/** How far away the next thing is, in metres. */
const distance = channel<number>("distance");
/** What is made of the last few distances. */
const obstacle = channel<{ metres: number; near: boolean }>("obstacle");
/** What to do about it. */
const plan = channel<{ action: "drive" | "slow" | "stop" }>("plan");

/** Stands for a sensor: put your own reading in its place. */
export const sensor = node({ name: "sensor", out: { distance } }, async ({ distance, clock, random }) => {
  let seconds = 0;
  for await (const _ of clock.every(50)) {
    seconds += 0.05;
    await distance.publish(3 + 2.5 * Math.cos(seconds) + 0.3 * random.next());
  }
});

/** The median of the last five distances: one wild echo is not an obstacle. */
export const perception = node(
  { name: "perception", in: { distance }, out: { obstacle } },
  async ({ distance, obstacle }) => {
    const last: number[] = [];
    for await (const metres of distance) {
      last.push(metres);
      if (last.length > 5) last.shift();
      const median = last.toSorted((a, b) => a - b)[last.length >> 1]!;
      await obstacle.publish({ metres: median, near: median < 2 });
    }
  },
);

/** Decides. Change a number here, then see what the test of README.md says. */
export const planner = node({ name: "planner", in: { obstacle }, out: { plan } }, {
  obstacle({ metres, near }, { plan }) {
    return plan.publish({ action: metres < 1 ? "stop" : near ? "slow" : "drive" });
  },
});

/** In the order of the data. */
export default [sensor, perception, planner];
