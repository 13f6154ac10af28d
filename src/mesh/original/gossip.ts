import type { Clock } from "../../clock/mod.ts";
import type { Link } from "../../link/mod.ts";
import type { OriginalPeer, OriginalReceived } from "./peer.ts";

/** Options of {@linkcode gossipOriginal}. */
export interface GossipOptions {
  /** When to say what we have. */
  readonly clock: Clock;
  /** What came: events to be kept, and what was refused. Awaited before it is answered. */
  readonly received?: ((received: OriginalReceived) => void | Promise<void>) | undefined;
  /** How often we say what we have; the original does every ten seconds. @default {10000} */
  readonly intervalMs?: number | undefined;
  /** Most bytes that the other end draws at once. @default {262144} */
  readonly creditBytes?: number | undefined;
  /** Bytes by which that grows again in a second. @default {65536} */
  readonly creditBytesPerSecond?: number | undefined;
  /** Ends it; what was begun is finished. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gossips with whoever is at the other end of a link of datagrams, until that closes or `signal` aborts. The link is
 * closed then.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the link breaks, `TOO_LARGE` when it has no room for one frontier.
 */
export async function gossipOriginal(peer: OriginalPeer, link: Link, options: GossipOptions): Promise<void> {
  if (link.kind !== "datagrams") throw new TypeError(`${link.name} is a stream, expected datagrams`);
  const { clock, intervalMs = 10_000, signal } = options;
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    // Only a link that is closed ends the loop over what it brings.
    return link.close();
  };
  const send = (bytes: Uint8Array) =>
    link.send(bytes).catch((error) => {
      if (!ended.signal.aborted) throw error;
    });
  signal?.addEventListener("abort", end, { once: true });
  try {
    if (signal?.aborted) return;
    const ask = async () => {
      while (!ended.signal.aborted) {
        await send(peer.gossip());
        await clock.sleep(intervalMs, { signal: ended.signal }).catch(() => {});
      }
    };
    const loops = [ask(), answer(peer, link, { ...options, send })].map((loop) => loop.finally(end));
    for (const loop of await Promise.allSettled(loops)) if (loop.status === "rejected") throw loop.reason;
  } finally {
    signal?.removeEventListener("abort", end);
    await end();
  }
}

type Answering = GossipOptions & { readonly send: (bytes: Uint8Array) => Promise<void> };

async function answer(peer: OriginalPeer, link: Link, { received, send, ...options }: Answering): Promise<void> {
  const credit = new Credit(options);
  const maxMessageBytes = Math.min(link.maxBytes, 65_536);
  for await (const bytes of link.incoming) {
    const found = peer.receive(bytes, { creditBytes: credit.available(), maxMessageBytes });
    await received?.(found);
    for (const reply of found.replies) {
      credit.spend(reply.length);
      await send(reply);
    }
  }
}

/** A token bucket (RFC 2697): the original answers 26 bytes with all that it has. */
class Credit {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #perNs: number;
  #left: number;
  #atNs: number;

  constructor({ clock, creditBytes = 262_144, creditBytesPerSecond = 65_536 }: GossipOptions) {
    [this.#clock, this.#most, this.#perNs] = [clock, creditBytes, creditBytesPerSecond / 1e9];
    [this.#left, this.#atNs] = [creditBytes, clock.elapsedNs()];
  }

  available(): number {
    const now = this.#clock.elapsedNs();
    this.#left = Math.min(this.#most, this.#left + (now - this.#atNs) * this.#perNs);
    this.#atNs = now;
    return this.#left;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}
