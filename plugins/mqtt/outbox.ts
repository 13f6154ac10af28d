import type { Publish } from "./packet.ts";

/** A message to be published. */
export type Message = Pick<Publish, "topic" | "payload" | "retain">;

/**
 * Messages with QoS 1 that the broker has not confirmed, in the order in which they came. They outlive a connection: the
 * next one begins with all of them, and those that were sent before say so.
 */
export class Outbox {
  readonly #maxInFlight: number;
  readonly #inFlight = new Map<number, { readonly message: Message; wasSent: boolean }>();
  #lastId = 0;
  #waiting: (() => void)[] = [];

  constructor(maxInFlight: number) {
    this.#maxInFlight = Math.min(65_535, maxInFlight);
  }

  /** How many are not confirmed. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** Takes a message; resolves with its id when there is room. */
  async add(message: Message): Promise<number> {
    while (this.#inFlight.size >= this.#maxInFlight) await this.#changed();
    const id = this.#freeId();
    this.#inFlight.set(id, { message, wasSent: false });
    return id;
  }

  /** The packet of one that was never sent, to send it now; undefined when it was. */
  first(id: number): Publish | undefined {
    return this.#inFlight.get(id)?.wasSent === false ? this.#packet(id) : undefined;
  }

  /** All that a new connection has to send now. */
  all(): readonly Publish[] {
    return [...this.#inFlight.keys()].map((id) => this.#packet(id));
  }

  /** The broker has it; false for an id that is not in flight. */
  confirm(id: number): boolean {
    const isKnown = this.#inFlight.delete(id);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return isKnown;
  }

  /** Resolves when the broker has all of them. */
  async drained(): Promise<void> {
    while (this.#inFlight.size > 0) await this.#changed();
  }

  #packet(id: number): Publish {
    const entry = this.#inFlight.get(id)!;
    const { topic, payload, retain } = entry.message;
    const dup = entry.wasSent;
    entry.wasSent = true;
    return { type: "publish", topic, payload, qos: 1, retain, dup, id };
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #freeId(): number {
    do this.#lastId = this.#lastId % 65_535 + 1; while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }
}
