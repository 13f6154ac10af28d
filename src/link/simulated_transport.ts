import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { parseAddress } from "./address.ts";
import type { Link, LinkOptions, Transport } from "./link.ts";

/** Links that were opened and not accepted. */
const MAX_WAITING = 64;

/** What joins those who open links with those who listen. */
export interface Switchboard {
  readonly clock: Clock;
  readonly openingMs: number;
  /** `accept` says whether there was room; calling the result ends it. */
  listen(peer: string, accept: (link: Link) => boolean): () => void;
  open(from: string, to: string, kind: Link["kind"]): Link;
}

/** The transport `sim` of one peer. */
export function createSimulatedTransport(peer: string, board: Switchboard): Transport {
  return {
    scheme: "sim",
    open: async (address: string, { signal }: LinkOptions = {}): Promise<Link> => {
      const { path, options: { kind = "stream" } } = parseAddress(address);
      if (kind !== "stream" && kind !== "datagrams") {
        throw new TinmanError("CONFIG", `Cannot open ${address}: its kind is neither stream nor datagrams`, {});
      }
      await board.clock.sleep(board.openingMs, { signal });
      return board.open(peer, path, kind);
    },
    listen: (_address: string, options: LinkOptions = {}) => accepted(peer, board, options),
  };
}

async function* accepted(peer: string, board: Switchboard, { signal }: LinkOptions): AsyncGenerator<Link> {
  const links: Link[] = [];
  let wake = () => {};
  const end = board.listen(peer, (link) => {
    if (links.length >= MAX_WAITING) return false;
    links.push(link);
    wake();
    return true;
  });
  const stop = () => wake();
  signal?.addEventListener("abort", stop);
  try {
    while (signal?.aborted !== true) {
      const link = links.shift();
      if (link === undefined) await new Promise<void>((resolve) => wake = resolve);
      else yield link;
    }
  } finally {
    end();
    signal?.removeEventListener("abort", stop);
    await Promise.all(links.map((link) => link.close()));
  }
}
