import { msToNs } from "../../clock/mod.ts";
import { OriginalPeer, type OriginalPeerOptions, type ReceiveOptions } from "./peer.ts";

/** For tests: a physical clock that may be set to anything. */
export interface SetClock {
  ms: number;
  now(): bigint;
}

/** For tests: a peer with such a clock. */
export function startPeer(author: string, options: Partial<OriginalPeerOptions> & { ms?: number } = {}) {
  const clock: SetClock = { ms: options.ms ?? 1_000_000_000, now: () => msToNs(clock.ms) };
  return { clock, peer: new OriginalPeer({ author, clock, ...options }) };
}

/** For tests: `from` gets from `to` all that it lacks. Returns how many bytes that took. */
export function pull(from: OriginalPeer, to: OriginalPeer, options?: ReceiveOptions): number {
  const { replies } = to.receive(from.gossip(), options);
  for (const reply of replies) from.receive(reply);
  return replies.reduce((sum, { length }) => sum + length, 0);
}
