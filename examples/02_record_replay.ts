// Record a run, then let another planner see exactly what the first one saw.
import { channel, node, replay, run } from "tinman";

interface Sensors {
  readonly lidar: number;
  readonly battery: number;
}
interface World {
  readonly obstacle: boolean;
  readonly lowBattery: boolean;
}

const raw = channel<Sensors>("raw_sensors");
const world = channel<World>("world_state");
const commands = channel<string>("commands");

const sensors = node({ name: "sensors", out: { raw } }, async ({ raw, clock }) => {
  for (let i = 0; i < 6; i++) {
    await raw.publish({ lidar: 28 + i, battery: 28 - i });
    await clock.sleep(10);
  }
});

const perception = node({ name: "perception", in: { raw }, out: { world } }, async ({ raw, world }) => {
  for await (const { lidar, battery } of raw) await world.publish({ obstacle: lidar < 30, lowBattery: battery < 25 });
});

const planner = node({ name: "planner", in: { world }, out: { commands } }, async ({ world, commands }) => {
  for await (const { obstacle, lowBattery } of world) {
    await commands.publish(obstacle ? "STOP" : lowBattery ? "DOCK" : "FORWARD");
  }
});

const bolder = node({ name: "planner", in: { world }, out: { commands } }, async ({ world, commands }) => {
  for await (const { obstacle } of world) await commands.publish(obstacle ? "STOP" : "FORWARD");
});

const print = node({ name: "print", in: { commands } }, { commands: (command) => console.log(`  ${command}`) });

console.log("live:");
await run([sensors, perception, planner, print], { record: "recordings" });

console.log("replayed:");
await replay([bolder, print], "recordings");

// prints:
// live:
//   STOP
//   STOP
//   FORWARD
//   FORWARD
//   DOCK
//   DOCK
// replayed:
//   STOP
//   STOP
//   FORWARD
//   FORWARD
//   FORWARD
//   FORWARD
