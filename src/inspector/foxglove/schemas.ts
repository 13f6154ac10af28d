import type { Observed, Tail } from "../../telemetry/mod.ts";
import { ANY_OBJECT, schemaOf } from "./json_message.ts";

/** Channels that are listened to for the sake of their schema; more are told without. */
const MAX_LISTENED = 64;
/** How often a look may find nothing before a channel is told without a schema. */
const MAX_LOOKS = 10;

/**
 * What the values of a channel are like, from the first one that is seen: Foxglove offers the fields of a schema. A channel that
 * says nothing for a second has none.
 */
export class Schemas implements Disposable {
  readonly #observed: Observed;
  readonly #known = new Map<string, string>();
  readonly #tails = new Map<string, { readonly tail: Tail; looks: number }>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  /** The schema of a channel as JSON; undefined while nobody can tell. */
  get(channel: string): string | undefined {
    return this.#known.get(channel);
  }

  /** Looks at those of which nothing is known yet. */
  look(channels: readonly string[]): void {
    for (const channel of channels) {
      if (this.#known.has(channel)) continue;
      const value = this.#kept(channel) ?? this.#heard(channel);
      if (value !== undefined) this.#learn(channel, value.value);
    }
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    for (const { tail } of this.#tails.values()) tail[Symbol.dispose]();
    this.#tails.clear();
  }

  /** The newest value that is kept. */
  #kept(channel: string): { readonly value: unknown } | undefined {
    const { history } = this.#observed;
    if (history === undefined) return undefined;
    try {
      const [frame] = history.frames(channel, { from: 0, limit: 1 });
      return frame?.data && { value: this.#observed.decode(channel, frame.data) };
    } catch {
      return undefined;
    }
  }

  #heard(channel: string): { readonly value: unknown } | undefined {
    let listened = this.#tails.get(channel);
    if (listened === undefined) {
      const tail = this.#tails.size < MAX_LISTENED ? this.#observed.tail(channel, { maxFrames: 1 }) : undefined;
      if (tail === undefined) return { value: {} };
      this.#tails.set(channel, listened = { tail, looks: 0 });
    }
    const data = listened.tail.take().at(-1)?.data;
    if (data === undefined) return ++listened.looks < MAX_LOOKS ? undefined : { value: {} };
    try {
      return { value: this.#observed.decode(channel, data) };
    } catch {
      return { value: {} };
    }
  }

  #learn(channel: string, value: unknown): void {
    this.#tails.get(channel)?.tail[Symbol.dispose]();
    this.#tails.delete(channel);
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    this.#known.set(channel, JSON.stringify(isEmpty ? ANY_OBJECT : schemaOf(value)));
  }
}
