import type { EventRef } from "../event.ts";
import { compareStamps, type Stamp } from "../stamp.ts";

/** What an `epoch.key` says: a key, sealed to some devices. */
export interface KeyEvent {
  /** The name of the key. */
  readonly key: string;
  /** Who is given it. */
  readonly keys: readonly { readonly device: string; readonly box: string }[];
}

/** A {@linkcode KeyEvent}, and where it stands. */
export interface Giving extends KeyEvent, EventRef {
  /** When it was written. */
  readonly at: Stamp;
}

/** What givings have to know of members. */
export interface GivingRules {
  /** Whether an event counts, and an admin has written it. */
  counts(giving: EventRef): boolean;
  /** Whether a device was removed. */
  isRemoved(device: string): boolean;
}

/** Who was given which key. That changes when an admin turns out to have been removed before. (SPEC M10, M11) */
export class Givings {
  readonly #rules: GivingRules;
  readonly #byKey = new Map<string, Giving[]>();

  constructor(rules: GivingRules) {
    this.#rules = rules;
  }

  /** Takes one; twice is fine. */
  add(giving: Giving): void {
    const known = this.#byKey.getOrInsertComputed(giving.key, () => []);
    if (
      !known.some(({ device, seq, check }) => device === giving.device && seq === giving.seq && check === giving.check)
    ) known.push(giving);
  }

  /** Names of keys, the newest first: giving an old one to a newcomer does not make it new. */
  keys(): string[] {
    const since = [...this.#byKey.keys()].flatMap((key) => {
      const [first] = this.#counting(key).map(({ at }) => at).sort(compareStamps);
      return first === undefined ? [] : [{ key, first }];
    });
    return since.sort((a, b) => compareStamps(b.first, a.first) || (a.key < b.key ? 1 : -1)).map(({ key }) => key);
  }

  /** Whether a key was given to anybody, whether that counts or not. */
  isKnown(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Whether a device was given a key by somebody whose word counts. */
  isGiven(key: string, device: string): boolean {
    return this.#counting(key).some(({ keys }) => keys.some((each) => each.device === device));
  }

  /** Whether somebody was given a key, whether that counts or not, who was removed. */
  isWithRemoved(key: string): boolean {
    return this.#byKey.get(key)?.some(({ keys }) => keys.some(({ device }) => this.#rules.isRemoved(device))) ?? false;
  }

  #counting(key: string): Giving[] {
    return this.#byKey.get(key)?.filter((each) => this.#rules.counts(each)) ?? [];
  }
}
