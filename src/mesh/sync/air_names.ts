import type { Feeds } from "../feeds.ts";
import { airHeads, prefixOf } from "./air_feeds.ts";
import type { AirHead } from "./air_packets.ts";
import { devicesOf } from "./beacon.ts";

/** Devices that are here, by the first four bytes of their keys. */
export class AirNames {
  readonly #feeds: Feeds;
  #byPrefix: ReadonlyMap<number, string> | undefined;

  constructor(feeds: Feeds) {
    this.#feeds = feeds;
  }

  /** There may be another one now. */
  refresh(): void {
    this.#byPrefix = undefined;
  }

  /** The device that is called so; undefined when it is not here. */
  deviceOf(prefix: number): string | undefined {
    this.#byPrefix ??= new Map(devicesOf(this.#feeds).map((device) => [prefixOf(device), device]));
    return this.#byPrefix.get(prefix);
  }

  /** The heads of a device that are here. */
  headsOf(prefix: number): AirHead[] {
    const device = this.deviceOf(prefix);
    return device === undefined ? [] : airHeads(this.#feeds, device);
  }

  /** The device, or what it is called, and the number of its last event here. */
  lastOf(prefix: number): { readonly device: string; readonly last: number } {
    const device = this.deviceOf(prefix);
    const last = Math.max(0, ...device === undefined ? [] : this.#feeds.of(device).map((feed) => feed.last));
    return { device: device ?? prefix.toString(16).padStart(8, "0"), last };
  }
}
