import os from "node:os";
import { type MachineCounters, readMachine as readCounters } from "../../plugins/host/mod.ts";

export type { MachineCounters };

/** Reads all counters once, as the plugin `host` does; the cores also where there is no /proc. */
export function readMachine(): MachineCounters {
  const counters = readCounters();
  if (counters.cores.length > 0) return counters;
  const cores = os.cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    busyMs: user + nice + sys + irq,
    idleMs: idle,
  }));
  return { ...counters, cores };
}
