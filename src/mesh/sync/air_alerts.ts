import type { MeshEvent } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { AirSyncOptions } from "./air_options.ts";
import { PRIORITY } from "./outbox.ts";

/** Devices of which something came that must not wait, here or with somebody else; and what goes before what. */
export class AirAlerts {
  readonly #feeds: Feeds;
  readonly #options: Pick<AirSyncOptions, "device" | "isUrgent">;
  readonly #devices = new Set<number>();

  constructor(feeds: Feeds, options: Pick<AirSyncOptions, "device" | "isUrgent">) {
    [this.#feeds, this.#options] = [feeds, options];
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#devices.size === 0;
  }

  /** Whether something of a device must not wait. */
  has(prefix: number): boolean {
    return this.#devices.has(prefix);
  }

  /** Something of a device must not wait. */
  add(prefix: number): void {
    if (this.#devices.size < MAX_ALERTS) this.#devices.add(prefix);
  }

  /** It was said. */
  delete(prefix: number): void {
    this.#devices.delete(prefix);
  }

  /** Whether one of these must not wait. */
  isIn(events: readonly MeshEvent[]): boolean {
    const { isUrgent } = this.#options;
    return isUrgent !== undefined && events.some((event) => isUrgent(event));
  }

  /** How important it is what a device wrote from there on; of two the lower goes first. */
  rankOf(device: string | undefined, from: number): number {
    const feeds = device === undefined ? [] : this.#feeds.of(device);
    if (feeds.some((feed) => this.isIn(feed.slice(from, from + MAX_LOOKED_AT)))) return PRIORITY.ALERT;
    return device !== undefined && device === this.#options.device ? PRIORITY.OWN : PRIORITY.RELAY;
  }
}

const MAX_ALERTS = 1024;
/** As many events as an answer has at most. */
const MAX_LOOKED_AT = 512;
