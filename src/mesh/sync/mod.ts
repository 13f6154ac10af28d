/**
 * How two peers that have met come to have the same. Rules: README.md.
 *
 * @module
 */
export { AirSync } from "./air.ts";
export type { AirAuthor, AirReport } from "./air_heard.ts";
export type { AirSyncOptions } from "./air_options.ts";
export { Bell } from "./bell.ts";
export { type Beacon, BEACON_BYTES, beaconOf, decodeBeacon, encodeBeacon } from "./beacon.ts";
export type { Known } from "./known.ts";
export { SyncSession } from "./session.ts";
export { sync, type SyncOptions } from "./sync.ts";
export type { BlobSource, SyncReport, SyncSessionOptions } from "./session_options.ts";
