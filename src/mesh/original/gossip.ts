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
  signal?.addEventListener("abort", end, { once: true });
  try {
    if (signal?.aborted) return;
    const ask = async () => {
      while (!ended.signal.aborted) {
        await link.send(peer.gossip());
        await clock.sleep(intervalMs, { signal: ended.signal });
      }
    };
    await Promise.all([ask(), answer(peer, link, options)].map((loop) => loop.finally(end))).catch((error) => {
      // Sleeping and sending fail because it ended; what made it end comes first.
      if (!ended.signal.aborted || error !== ended.signal.reason) throw error;
    });
  } finally {
    signal?.removeEventListener("abort", end);
    await end();
  }
}

async function answer(peer: OriginalPeer, link: Link, options: GossipOptions): Promise<void> {
  const credit = new Credit(options);
  const maxMessageBytes = Math.min(link.maxBytes, 65_536);
  for await (const bytes of link.incoming) {
    const found = peer.receive(bytes, { creditBytes: credit.available(), maxMessageBytes });
    await options.received?.(found);
    for (const reply of found.replies) {
      credit.spend(reply.length);
      await link.send(reply);
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
