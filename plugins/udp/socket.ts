import { type Address, failure, formatAddress, isFailure } from "./address.ts";

/** Most bytes in a datagram over IPv4: 65535 without the headers. */
export const MAX_BYTES = 65_507;

/** One datagram and who sent it. */
export interface Datagram {
  readonly peer: Address;
  readonly bytes: Uint8Array;
}

/** A multicast group and the network on which to join it. */
export interface Group {
  readonly group: string;
  /** @default {"0.0.0.0"} */
  readonly interface?: string;
}

/** A port for datagrams. */
export class Socket {
  /** Where it listens; tells what port 0 became. */
  readonly address: Address;
  readonly #conn: Deno.DatagramConn;
  #closed = false;

  private constructor(conn: Deno.DatagramConn) {
    this.#conn = conn;
    this.address = conn.addr as Deno.NetAddr;
  }

  /** Listens at `address`; several may listen to a group at the same port. Throws with code `UNAVAILABLE` or `DENIED`. */
  static async open(address: Address, group?: Group): Promise<Socket> {
    const name = `udp://${formatAddress(address)}`;
    let conn: Deno.DatagramConn;
    try {
      conn = Deno.listenDatagram({ ...address, transport: "udp", reuseAddress: group !== undefined, loopback: true });
    } catch (error) {
      throw explain(`Cannot listen on ${name}`, error);
    }
    try {
      if (group !== undefined) await join(conn, group);
      return new Socket(conn);
    } catch (error) {
      conn.close();
      throw explain(`Cannot join ${group!.group} on ${name}`, error);
    }
  }

  /** The next datagram; undefined when it was closed. */
  async receive(): Promise<Datagram | undefined> {
    if (this.#closed) return undefined;
    try {
      const [bytes, addr] = await this.#conn.receive(new Uint8Array(65_536));
      const { hostname, port } = addr as Deno.NetAddr;
      return { peer: { hostname, port }, bytes: bytes.slice() };
    } catch (error) {
      if (this.#closed) return undefined;
      throw explain(`Cannot receive at udp://${formatAddress(this.address)}`, error);
    }
  }

  /** Resolves when the system has taken it; whether it arrives, nobody knows. */
  async send(bytes: Uint8Array, to: Address): Promise<void> {
    const name = `udp://${formatAddress(to)}`;
    if (this.#closed) throw failure("CLOSED", `Cannot send to ${name}: it was closed`);
    if (bytes.length > MAX_BYTES) {
      throw failure("TOO_LARGE", `Cannot send to ${name}: ${bytes.length} bytes, at most ${MAX_BYTES}`);
    }
    try {
      await this.#conn.send(bytes, { ...to, transport: "udp" });
    } catch (error) {
      if (this.#closed) throw failure("CLOSED", `Cannot send to ${name}: it was closed`);
      throw explain(`Cannot send to ${name}`, error);
    }
  }

  /** Ends who receives. Twice is fine. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#conn.close();
    }
  }
}

/** Whether an address is one of a group: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291). */
export function isMulticast(hostname: string): boolean {
  return /^(22[4-9]|23\d)\./.test(hostname) || /^ff/i.test(hostname) && hostname.includes(":");
}

async function join(conn: Deno.DatagramConn, { group, interface: on = "0.0.0.0" }: Group): Promise<void> {
  if (!isMulticast(group)) throw failure("CONFIG", `Cannot join "${group}": it is not a multicast address`);
  if (group.includes(":")) await conn.joinMulticastV6(group, Number(on) || 0);
  else await conn.joinMulticastV4(group, on);
}

function explain(what: string, error: unknown): Error {
  const { message } = error as Error;
  if (isFailure(error)) return error;
  const isDenied = error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
  return failure(isDenied ? "DENIED" : "UNAVAILABLE", `${what}: ${message}`, error);
}
