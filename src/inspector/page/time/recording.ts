/// <reference lib="dom" />
import { ask } from "../api.ts";
import { decodeLive } from "../live_message.ts";
import type { View } from "../page.ts";

/** A channel of a recording, and how many of its frames lie in each column. */
export interface Strip {
  readonly name: string;
  readonly codec?: string;
  readonly count: number;
  readonly bytes?: number;
  readonly drops: number;
  /** Runs that are spread evenly so far. */
  readonly wanted: number;
  readonly damaged: readonly { readonly fromNs: number; readonly toNs: number; readonly message: string }[];
  readonly counts: Float32Array;
}

/** What `/timeline` says; times count from `baseNs`. */
export interface Strips {
  readonly baseNs: bigint;
  readonly lengthNs: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly columns: number;
  readonly channels: readonly Strip[];
}

/** What happened, in nanoseconds from the beginning. */
export interface Mark {
  readonly atNs: number;
  readonly level: "info" | "warn" | "error";
  readonly about: string;
  readonly message: string;
}

/** The frame of a channel under the cursor. */
export interface FrameAt {
  readonly channel: string;
  readonly count: number;
  readonly index?: number;
  readonly timeNs?: string;
  readonly size?: number;
  readonly value?: unknown;
  readonly problem?: string;
}

/** Asks for the strips of a part of a recording. */
export async function fetchStrips(
  view: View,
  part: { readonly from?: bigint; readonly to?: bigint; readonly columns: number },
): Promise<Strips> {
  const { json, bytes } = await fetchLive(view, "timeline", part);
  const { baseNs, columns, channels, ...rest } = json as Omit<Strips, "channels" | "baseNs"> & {
    readonly baseNs: string;
    readonly channels: readonly Omit<Strip, "counts">[];
  };
  const counts = new Float32Array(bytes.slice().buffer);
  return {
    ...{ ...rest, columns, baseNs: BigInt(baseNs) },
    channels: channels.map((channel, i) => ({
      ...channel,
      counts: counts.subarray(i * columns, (i + 1) * columns),
    })),
  };
}

/** Asks for JSON with numbers behind it. */
export async function fetchLive(
  view: View,
  path: string,
  query: Readonly<Record<string, string | number | bigint | undefined>>,
): Promise<{ readonly json: unknown; readonly bytes: Uint8Array }> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, `${value}`);
  const response = await ask(`/api/sources/${view.source.id}/${path}?${search}`, { signal: view.signal });
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    throw new Error(said.error?.message ?? `the server said ${response.status}`);
  }
  const message = decodeLive(new Uint8Array(await response.arrayBuffer()));
  if (message === undefined) throw new Error("the server said something else");
  return message;
}

/** Asks again and again for what is newest, one question at a time: what was asked for in between is left out. */
export class Newest<T> {
  readonly #ask: (wanted: T) => Promise<void>;
  readonly #fail: (error: unknown) => void;
  #wanted: { readonly value: T } | undefined;
  #isBusy = false;

  constructor(ask: (wanted: T) => Promise<void>, fail: (error: unknown) => void) {
    [this.#ask, this.#fail] = [ask, fail];
  }

  /** Asks, now or after what is under way. */
  want(value: T): void {
    this.#wanted = { value };
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#wanted !== undefined) {
      const { value } = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#ask(value);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#isBusy = false;
  }
}
