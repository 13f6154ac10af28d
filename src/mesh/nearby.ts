import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Replica } from "./replica.ts";
import { beaconOf, decodeBeacon, encodeBeacon } from "./sync/mod.ts";

/** Short words to all who are near, such as multicast in a local network. */
export interface NearbyBeacons {
  /** What others announce, and where they can be met; port 0 for nowhere. */
  readonly heard: AsyncIterable<{ readonly host: string; readonly port: number; readonly payload: Uint8Array }>;
  announce(payload: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@linkcode watchNearby}. */
export interface NearbyOptions {
  readonly beacons: NearbyBeacons;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Somebody near has something else than we, or has never been met. */
  found(address: string): void;
  /** What went wrong; it goes on. */
  problem?(error: unknown): void;
}

const EVERY_MS = 10_000;

/** Announces what this device has, and says who near by has the same dataset, until `signal` aborts. */
export async function watchNearby(replica: Replica, options: NearbyOptions): Promise<void> {
  const { beacons, clock, random, signal, found, problem } = options;
  const announce = async () => {
    while (!signal.aborted) {
      try {
        await beacons.announce(encodeBeacon(beaconOf(replica.feeds)));
      } catch (error) {
        if (!signal.aborted) problem?.(error);
      }
      // Not all at the same time.
      await clock.sleep(EVERY_MS * (0.75 + random.next() / 2), { signal }).catch(() => {});
    }
  };
  const listen = async () => {
    const own = replica.feeds.dataset.subarray(0, 8).toHex();
    for await (const { host, port, payload } of beacons.heard) {
      if (port === 0 || !isOf(payload, own)) continue;
      found(`tcp://${host.includes(":") ? `[${host}]` : host}:${port}`);
    }
  };
  const close = () => void beacons.close();
  signal.addEventListener("abort", close, { once: true });
  await Promise.all([announce(), listen()]);
}

function isOf(payload: Uint8Array, dataset: string): boolean {
  try {
    return decodeBeacon(payload).dataset === dataset;
  } catch {
    // Anybody may say anything.
    return false;
  }
}
