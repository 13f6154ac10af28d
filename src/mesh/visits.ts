import type { Clock } from "../clock/mod.ts";

/** Visits at once that have met nobody yet, and of those, to one host. */
const MAX_VISITS = { all: 16, toHost: 4 };
/** How long the place of a visit stays taken that met nobody. */
const PAUSE_MS = 5_000;

/** A visit that has begun. */
export interface Visit {
  /** Somebody is there who has proved who it is: another may be visited. */
  met(): void;
  /** It is over; one that met nobody gives back its place after a while, or when `signal` aborts. */
  end(signal: AbortSignal): Promise<void>;
}

/**
 * How many addresses are visited because somebody said so. Anybody in the network can say so, in the name of any other and
 * thousands of times a second, so it may not make us connect to whom it names as often as it likes. (SPEC P13)
 */
export class Visits {
  readonly #clock: Clock;
  readonly #places = new Map<string, number>();
  #taken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a place for a visit to `tcp://HOST:PORT`; undefined when there is none now. */
  begin(address: string): Visit | undefined {
    const host = address.replace(/:\d+$/, "");
    const there = this.#places.get(host) ?? 0;
    if (this.#taken >= MAX_VISITS.all || there >= MAX_VISITS.toHost) return undefined;
    this.#places.set(host, there + 1);
    this.#taken++;
    let holds = true;
    const met = () => {
      if (!holds) return;
      holds = false;
      this.#taken--;
      const left = this.#places.get(host)! - 1;
      if (left > 0) this.#places.set(host, left);
      else this.#places.delete(host);
    };
    const end = async (signal: AbortSignal) => {
      if (holds) await this.#clock.sleep(PAUSE_MS, { signal }).catch(() => {});
      met();
    };
    return { met, end };
  }
}
