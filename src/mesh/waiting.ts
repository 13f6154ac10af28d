import type { Run } from "./run.ts";

/** Limits of {@linkcode Waiting}. */
export interface WaitingLimits {
  /** Most runs that wait for one device. @default {64} */
  readonly maxRunsPerDevice?: number;
  /** Most bytes that wait, roughly. @default {4194304} */
  readonly maxBytes?: number;
  /** How long a run waits, in milliseconds. @default {3600000} */
  readonly keptMs?: number;
}

/** Runs that cannot be used yet: what is before them is missing, their device is unknown, their time has not come. (SPEC F5) */
export class Waiting {
  readonly #byDevice = new Map<string, { run: Run; bytes: number; untilMs: number }[]>();
  readonly #limits: Required<WaitingLimits>;
  #bytes = 0;

  constructor({ maxRunsPerDevice = 64, maxBytes = 4 * 1024 * 1024, keptMs = 3_600_000 }: WaitingLimits = {}) {
    this.#limits = { maxRunsPerDevice, maxBytes, keptMs };
  }

  /** How much waits. */
  get size(): { readonly runs: number; readonly bytes: number } {
    return { runs: this.#byDevice.values().reduce((sum, { length }) => sum + length, 0), bytes: this.#bytes };
  }

  /** Keeps a run; false when there is no room for it. One is never put in place of another, so nobody can push one out. */
  add(run: Run, nowMs: number): boolean {
    this.#expire(nowMs);
    const bytes = roughBytes(run);
    const runs = this.#byDevice.get(run.device) ?? [];
    if (runs.some(({ run: each }) => isSame(each, run))) return true;
    const { maxRunsPerDevice, maxBytes, keptMs } = this.#limits;
    if (runs.length >= maxRunsPerDevice || this.#bytes + bytes > maxBytes) return false;
    runs.push({ run, bytes, untilMs: nowMs + keptMs });
    runs.sort((a, b) => a.run.from - b.run.from);
    this.#byDevice.set(run.device, runs);
    this.#bytes += bytes;
    return true;
  }

  /** Takes out all that wait for a device, the lowest numbers first. */
  take(device: string): Run[] {
    const runs = this.#byDevice.get(device) ?? [];
    this.#byDevice.delete(device);
    for (const { bytes } of runs) this.#bytes -= bytes;
    return runs.map(({ run }) => run);
  }

  /** Devices that something waits for. */
  devices(): string[] {
    return [...this.#byDevice.keys()];
  }

  #expire(nowMs: number): void {
    for (const [device, runs] of this.#byDevice) {
      const kept = runs.filter(({ untilMs, bytes }) => {
        if (untilMs <= nowMs) this.#bytes -= bytes;
        return untilMs > nowMs;
      });
      if (kept.length === 0) this.#byDevice.delete(device);
      else if (kept.length < runs.length) this.#byDevice.set(device, kept);
    }
  }
}

function isSame(a: Run, b: Run): boolean {
  return a.from === b.from && a.after === b.after && a.events.length === b.events.length &&
    a.signature.every((byte, i) => byte === b.signature[i]);
}

function roughBytes({ events }: Run): number {
  return events.reduce(
    (sum, { payload }) => sum + 64 + (payload === undefined ? 32 : JSON.stringify(payload).length),
    200,
  );
}
