import type { Link } from "tinman/plugin";
import { type Address, failure, formatAddress } from "./address.ts";
import { type Group, isMulticast, MAX_BYTES, Socket } from "./socket.ts";

/** Options of {@linkcode openLink}, from the address. */
export interface UdpOptions {
  /** Where it receives. @default {any free port; that of the group for a multicast address} */
  readonly bind?: Address | undefined;
  /** On which network to join a group. @default {"0.0.0.0"} */
  readonly interface?: string | undefined;
}

/** A link to one peer: what others send is not read. With the address of a group: to all who are in it. */
export async function openLink(peer: Address, { bind, interface: on }: UdpOptions = {}): Promise<Link> {
  const isGroup = isMulticast(peer.hostname);
  const any = peer.hostname.includes(":") ? "::" : "0.0.0.0";
  const group: Group | undefined = isGroup ? { group: peer.hostname, interface: on ?? "0.0.0.0" } : undefined;
  const socket = await Socket.open(bind ?? { hostname: any, port: isGroup ? peer.port : 0 }, group);
  return new UdpLink(socket, peer, isGroup);
}

/** Reads `udp://host:port?bind=host:port&interface=address`. */
export function readOptions(
  address: string,
  parse: (text: string) => Address,
): { readonly peer: Address } & UdpOptions {
  const [before = "", query = ""] = address.split("?");
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].find((key) => key !== "bind" && key !== "interface");
  if (unknown !== undefined) {
    throw failure("CONFIG", `Cannot read address "${address}": "${unknown}" is neither bind nor interface`);
  }
  const bind = options.get("bind");
  return {
    peer: parse(before),
    bind: bind === null ? undefined : parse(bind),
    interface: options.get("interface") ?? undefined,
  };
}

class UdpLink implements Link {
  readonly kind = "datagrams";
  readonly maxBytes = MAX_BYTES;
  readonly name: string;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #socket: Socket;
  readonly #peer: Address;
  readonly #isGroup: boolean;

  constructor(socket: Socket, peer: Address, isGroup: boolean) {
    [this.#socket, this.#peer, this.#isGroup] = [socket, peer, isGroup];
    this.name = `udp://${formatAddress(peer)}`;
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, this.#peer);
  }

  close(): Promise<void> {
    this.#socket.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const datagram = await this.#socket.receive();
      if (datagram === undefined) return { value: undefined, done: true };
      if (this.#isGroup || this.#isPeer(datagram.peer)) return { value: datagram.bytes, done: false };
    }
  }

  // A peer that was given by its name has a number here: then its port has to do.
  #isPeer({ hostname, port }: Address): boolean {
    const isNumber = /^[\d.]+$|:/.test(this.#peer.hostname);
    return port === this.#peer.port && (!isNumber || hostname === this.#peer.hostname);
  }
}
