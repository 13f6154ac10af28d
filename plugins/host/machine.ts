/** What the operating system counts, as it counts it: milliseconds and bytes since the machine was started. */
export interface MachineCounters {
  /** Processes that want to run, averaged over a minute; 0 where the system does not say. */
  readonly load: number;
  /** Memory in bytes. What holds nothing but copies of files is free. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Busy and idle time of each core, in milliseconds; none where they cannot be read. */
  readonly cores: readonly { readonly busyMs: number; readonly idleMs: number }[];
  /** Bytes over all network interfaces but the loopback; 0 where they cannot be read. */
  readonly network: { readonly received: number; readonly sent: number };
  /** Bytes read from and written to all disks; 0 where they cannot be read. */
  readonly disk: { readonly read: number; readonly written: number };
}

/** What of it can be read, so that what cannot is not taken for nothing. */
export type MachineTelemetry = Pick<MachineCounters, "load" | "memory"> & Partial<MachineCounters>;

/** Reads all counters once. Takes well under a millisecond. */
export function readMachine(): MachineCounters {
  return { cores: [], network: { received: 0, sent: 0 }, disk: { read: 0, written: 0 }, ...readTelemetry() };
}

/** The same without what cannot be read. */
export function readTelemetry(): MachineTelemetry {
  const { total, available } = Deno.systemMemoryInfo();
  return {
    load: Deno.loadavg()[0] ?? 0,
    memory: { total, free: available },
    ...readPart("/proc/stat", (text) => ({ cores: readCores(text) })),
    ...readPart("/proc/self/net/dev", (text) => ({ network: readNetwork(text) })),
    ...readPart("/proc/diskstats", (text) => ({ disk: readDisk(text) })),
  };
}

/** Cores of /proc/stat. */
// cpu0 user nice system idle iowait irq softirq steal …, in hundredths of a second.
export function readCores(text: string): MachineCounters["cores"] {
  return [...text.matchAll(/^cpu\d+ (.*)$/gm)].map(([, fields]) => {
    const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = fields!.split(" ")
      .map(Number);
    return { busyMs: 10 * (user + nice + system + irq + softIrq + steal), idleMs: 10 * (idle + wait) };
  });
}

/** Bytes of /proc/net/dev. */
// Interface: bytes packets errs drop fifo frame compressed multicast | bytes packets …
export function readNetwork(text: string): MachineCounters["network"] {
  let [received, sent] = [0, 0];
  for (const line of text.split("\n").slice(2)) {
    const [name, ...fields] = line.trim().split(/[:\s]+/);
    if (name === "lo" || fields.length < 9) continue;
    received += Number(fields[0]);
    sent += Number(fields[8]);
  }
  return { received, sent };
}

/** Bytes of /proc/diskstats. */
// Major, minor, name, reads, merged, sectors read, ms, writes, merged, sectors written, … A sector has 512 bytes.
export function readDisk(text: string): MachineCounters["disk"] {
  let [read, written] = [0, 0];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (!/^(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(fields[2] ?? "")) continue;
    read += Number(fields[5]) * 512;
    written += Number(fields[9]) * 512;
  }
  return { read, written };
}

function readPart<T>(path: string, read: (text: string) => T): T | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
  return read(text);
}
