import os from "node:os";

/** What the operating system counts, as it counts it: seconds and bytes since the machine was started. */
export interface MachineCounters {
  /** Processes that want to run, averaged over a minute; 0 where the system does not say. */
  readonly load: number;
  /** Memory in bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Busy and idle time of each core, in milliseconds. */
  readonly cores: readonly { readonly busyMs: number; readonly idleMs: number }[];
  /** Bytes over all network interfaces but the loopback; 0 where they cannot be read. */
  readonly network: { readonly received: number; readonly sent: number };
  /** Bytes read from and written to all disks; 0 where they cannot be read. */
  readonly disk: { readonly read: number; readonly written: number };
}

/** Reads all counters once. Takes well under a millisecond. */
export function readMachine(): MachineCounters {
  return {
    load: os.loadavg()[0] ?? 0,
    memory: { total: os.totalmem(), free: availableMemory() },
    cores: os.cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
      busyMs: user + nice + sys + irq,
      idleMs: idle,
    })),
    network: readNetwork(),
    disk: readDisk(),
  };
}

// Linux counts memory that holds nothing but copies of files as used; `MemAvailable` does not.
function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readLines("/proc/meminfo").join("\n"))?.[1];
  return kilobytes === undefined ? os.freemem() : Number(kilobytes) * 1024;
}

// Interface: bytes packets errs drop fifo frame compressed multicast | bytes packets …
function readNetwork(): MachineCounters["network"] {
  let [received, sent] = [0, 0];
  for (const line of readLines("/proc/net/dev").slice(2)) {
    const [name, ...fields] = line.trim().split(/[:\s]+/);
    if (name === "lo" || fields.length < 9) continue;
    received += Number(fields[0]);
    sent += Number(fields[8]);
  }
  return { received, sent };
}

// Major, minor, name, reads, merged, sectors read, ms, writes, merged, sectors written, … A sector has 512 bytes.
function readDisk(): MachineCounters["disk"] {
  let [read, written] = [0, 0];
  for (const line of readLines("/proc/diskstats")) {
    const fields = line.trim().split(/\s+/);
    if (!/^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(fields[2] ?? "")) continue;
    read += Number(fields[5]) * 512;
    written += Number(fields[9]) * 512;
  }
  return { read, written };
}

function readLines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n");
  } catch {
    return [];
  }
}
