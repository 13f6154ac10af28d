import type { Random } from "../../random/mod.ts";
import type { MeshEvent } from "../event.ts";

/** Options of `AirSync`. */
export interface AirSyncOptions {
  /** Delays by chance come from it. */
  readonly random: Random;
  /** Most bytes of a packet, at least 64. */
  readonly maxBytes: number;
  /** How often it says what it has: often while something changes, then rarer. @default {[2000, 300000]} */
  readonly beaconMs?: readonly [least: number, most: number];
  /** At most so long it waits before it answers, whether somebody else does. @default {1000} */
  readonly backOffMs?: number;
  /** Bytes of events that one request may draw. @default {4096} */
  readonly maxAnswerBytes?: number;
  /** Our own device: its events go before those of others. @default {none} */
  readonly device?: string;
  /** Whether an event goes before all others, and what is before it on its feed. @default {none} */
  isUrgent?(event: MeshEvent): boolean;
  /** Bytes that it may send in a second, averaged over a minute: airtime is shared, and there are laws. @default {Infinity} */
  readonly bytesPerSecond?: number;
}
