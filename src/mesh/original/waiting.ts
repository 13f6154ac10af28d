import type { OriginalEvent } from "./event.ts";

/** What may wait. */
export interface WaitingLimits {
  /** In number. */
  readonly maxEvents: number;
  /** In bytes of JSON. */
  readonly maxBytes: number;
}

/** Claims to one place of a feed; a forged event among them does not push the true one out. */
const MAX_CLAIMS = 4;

/** Events that came before the one that they follow. The oldest go when there is no room: whoever has them sends again. */
export class WaitingEvents {
  readonly #limits: WaitingLimits;
  readonly #sizes = new Map<OriginalEvent, number>();
  readonly #places = new Map<string, OriginalEvent[]>();
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** How many wait. */
  get count(): number {
    return this.#sizes.size;
  }

  /** Returns false when others claim that place, or it alone is too long. `bytes` is its size. */
  add(event: OriginalEvent, bytes: number): boolean {
    const key = place(event.author, event.seq);
    const claims = this.#places.get(key) ?? [];
    if (claims.some(({ id }) => id === event.id)) return true;
    if (claims.length >= MAX_CLAIMS || bytes > this.#limits.maxBytes) return false;
    claims.push(event);
    this.#places.set(key, claims);
    this.#sizes.set(event, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#sizes.keys()) {
      if (this.#sizes.size <= this.#limits.maxEvents && this.#bytes <= this.#limits.maxBytes) break;
      this.#remove(oldest);
    }
    return true;
  }

  /** Takes out all that claim to be number `seq` of a feed. */
  take(author: string, seq: number): readonly OriginalEvent[] {
    const claims = [...this.#places.get(place(author, seq)) ?? []];
    for (const event of claims) this.#remove(event);
    return claims;
  }

  #remove(event: OriginalEvent): void {
    this.#bytes -= this.#sizes.get(event) ?? 0;
    this.#sizes.delete(event);
    const key = place(event.author, event.seq);
    const left = this.#places.get(key)!.filter((claim) => claim !== event);
    if (left.length > 0) this.#places.set(key, left);
    else this.#places.delete(key);
  }
}

function place(author: string, seq: number): string {
  return `${seq} ${author}`;
}
