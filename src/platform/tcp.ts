import type { Dial, Listen, Listener } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";

/** Bytes of one buffer that pieces are read into, and what has to be left of it for another. */
const SLAB = { bytes: 256 * 1024, least: 16 * 1024 };

/**
 * Binds a TCP port of this machine; 0 is any that is free.
 *
 * @throws {TinmanError} `UNAVAILABLE` when another program has it or the host is not of this machine, `DENIED`.
 */
export const listenTcp: Listen = ({ host, port }) => {
  try {
    const listener = Deno.listen({ hostname: host, port });
    return Promise.resolve(
      {
        port: listener.addr.port,
        links: links(listener),
        close: () => listener.close(),
      } satisfies Listener,
    );
  } catch (cause) {
    return Promise.reject(listenError(`${host}:${port}`, cause));
  }
};

/** Opens a TCP connection. @throws {TinmanError} `UNAVAILABLE` when nobody is there, `DENIED`. */
export const dialTcp: Dial = async ({ host, port }) => {
  try {
    const connection = await Deno.connect({ hostname: host, port });
    connection.setNoDelay(true);
    return new TcpLink(connection);
  } catch (cause) {
    const what = `${host}:${port}`;
    if (isDenied(cause)) {
      throw new TinmanError("DENIED", `Cannot connect to ${what}: it is not allowed`, { what, cause });
    }
    const hint = "see whether it runs and whether host and port are right; `tinman broker start` starts a broker";
    throw new TinmanError("UNAVAILABLE", `Cannot connect to ${what}: nobody answers there`, { what, cause, hint });
  }
};

async function* links(listener: Deno.TcpListener): AsyncGenerator<Link, void> {
  for await (const connection of listener) {
    connection.setNoDelay(true);
    yield new TcpLink(connection);
  }
}

/** A connection, whoever opened it. */
class TcpLink implements Link {
  readonly kind = "stream";
  readonly name: string;
  readonly maxBytes = 2 ** 31;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #connection: Deno.TcpConn;
  #slab = new Uint8Array(SLAB.bytes);
  #isClosed = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    const { hostname, port } = connection.remoteAddr;
    this.name = `tcp://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
    // Leaving a loop leaves the link as it is, so another loop may go on.
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw new TinmanError("CLOSED", `Cannot send on ${this.name}: it was closed`, {});
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(at === 0 ? bytes : bytes.subarray(at));
    } catch (cause) {
      throw gone(this.name, "send", cause);
    }
  }

  close(): Promise<void> {
    if (!this.#isClosed) this.#connection.close();
    this.#isClosed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#isClosed) return { value: undefined, done: true };
    if (this.#slab.length < SLAB.least) this.#slab = new Uint8Array(SLAB.bytes);
    try {
      const length = await this.#connection.read(this.#slab);
      if (length === null) return { value: undefined, done: true };
      const value = this.#slab.subarray(0, length);
      this.#slab = this.#slab.subarray(length);
      return { value, done: false };
    } catch (cause) {
      if (this.#isClosed) return { value: undefined, done: true };
      throw gone(this.name, "read", cause);
    }
  }
}

function gone(name: string, doing: "send" | "read", cause: unknown): TinmanError<"UNAVAILABLE"> {
  return new TinmanError("UNAVAILABLE", `Cannot ${doing} on ${name}: the other end is gone`, { what: name, cause });
}

function listenError(what: string, cause: unknown): TinmanError {
  if (isDenied(cause)) {
    const hint = "allow the network, or choose a port from 1024 up";
    return new TinmanError("DENIED", `Cannot listen on ${what}: it is not allowed`, { what, cause, hint });
  }
  const isTaken = cause instanceof Deno.errors.AddrInUse;
  const why = isTaken ? "another program listens there" : "this machine has no such address";
  const hint = isTaken ? "choose another port, or 0 for any that is free" : undefined;
  return new TinmanError("UNAVAILABLE", `Cannot listen on ${what}: ${why}`, { what, cause, hint });
}

function isDenied(cause: unknown): boolean {
  return cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied;
}
