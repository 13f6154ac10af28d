// The graph of the demo: sensors → perception → planner. `tinman run examples/demo/nodes.ts --record` runs it by itself.
import { channel, node } from "tinman";
import { type MachineCounters, readMachine } from "./machine.ts";

/** What perception makes of two readings of the counters. */
export interface World {
  /** Share of the time that all cores together were busy, from 0 to 1. */
  readonly cpu: number;
  /** The same for each core. */
  readonly cores: readonly number[];
  /** Share of the memory that is in use, from 0 to 1. */
  readonly memory: number;
  /** Bytes a second, in and out. */
  readonly network: number;
  /** Bytes a second, read and written. */
  readonly disk: number;
}

/** What a planner can say. */
export type Decision = "rest" | "work" | "cool down";

export const machine = channel<MachineCounters>("machine");
export const world = channel<World>("world");
export const decisions = channel<Decision>("decisions");

/** Reads the counters of this machine, 20 times a second. */
export const sensors = node({ name: "sensors", out: { machine } }, async ({ machine, clock }) => {
  for await (const _ of clock.every(50)) await machine.publish(readMachine());
});

/** Turns counters into shares and rates. */
export const perception = node(
  { name: "perception", in: { machine }, out: { world } },
  async ({ machine, world, clock }) => {
    let before: { readonly counters: MachineCounters; readonly timeNs: bigint } | undefined;
    for await (const counters of machine) {
      const timeNs = clock.now();
      if (before !== undefined) {
        await world.publish(
          compare(before.counters, counters, Number(timeNs - before.timeNs) / 1e9),
        );
      }
      before = { counters, timeNs };
    }
  },
);

/** Decides on each view of the world alone. */
export const planner = node({ name: "planner", in: { world }, out: { decisions } }, {
  world: ({ cpu }, { decisions }) => decisions.publish(cpu > 0.5 ? "cool down" : cpu > 0.15 ? "work" : "rest"),
});

/** Another planner for the same inputs: it looks at the last half second, so that a short peak does not startle it. */
export const calmPlanner = node(
  { name: "planner", in: { world }, out: { decisions } },
  async ({ world, decisions }) => {
    const recent: number[] = [];
    for await (const { cpu } of world) {
      recent.push(cpu);
      if (recent.length > 10) recent.shift();
      const mean = recent.reduce((sum, each) => sum + each, 0) / recent.length;
      await decisions.publish(mean > 0.5 ? "cool down" : mean > 0.15 ? "work" : "rest");
    }
  },
);

/** What `tinman run` runs. */
export default [sensors, perception, planner];

function compare(before: MachineCounters, now: MachineCounters, seconds: number): World {
  const cores = now.cores.map(({ busyMs, idleMs }, i) => {
    const busy = busyMs - (before.cores[i]?.busyMs ?? 0);
    const idle = idleMs - (before.cores[i]?.idleMs ?? 0);
    return busy + idle > 0 ? busy / (busy + idle) : 0;
  });
  const rate = (a: number, b: number) => seconds > 0 ? Math.max(0, b - a) / seconds : 0;
  return {
    cpu: cores.reduce((sum, each) => sum + each, 0) / Math.max(1, cores.length),
    cores,
    memory: 1 - now.memory.free / now.memory.total,
    network: rate(before.network.received + before.network.sent, now.network.received + now.network.sent),
    disk: rate(before.disk.read + before.disk.written, now.disk.read + now.disk.written),
  };
}
