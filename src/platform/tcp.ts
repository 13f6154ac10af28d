import type { Dial, Listen, Listener } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Link, type LinkOptions, parseAddress, type Transport } from "../link/mod.ts";
import { ConnectionLink } from "./connection_link.ts";

/**
 * Binds a TCP port of this machine; 0 is any that is free.
 *
 * @throws {TinmanError} `UNAVAILABLE` when another program has it or the host is not of this machine, `DENIED`.
 */
export const listenTcp: Listen = ({ host, port }) => bind(host, port, () => Deno.listen({ hostname: host, port }));

/** A certificate and its key, as PEM. */
export interface Certificate {
  /** The certificate, and those between it and a root. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
}

/** As {@linkcode listenTcp}, for connections with TLS. */
export function listenTls(certificate: Certificate): Listen {
  return ({ host, port }) => bind(host, port, () => Deno.listenTls({ hostname: host, port, ...certificate }));
}

function bind(host: string, port: number, open: () => Deno.TcpListener | Deno.TlsListener): Promise<Listener> {
  try {
    const listener = open();
    let isOpen = true;
    const close = () => {
      if (isOpen) listener.close();
      isOpen = false;
    };
    return Promise.resolve({ port: listener.addr.port, links: links(listener, close), close } satisfies Listener);
  } catch (cause) {
    return Promise.reject(listenError(`${host}:${port}`, cause));
  }
}

/** As {@linkcode dialTcp}, with TLS: to who has a certificate that this machine trusts, or one of `trusted` (PEM). */
export function dialTls(trusted: readonly string[] = []): Dial {
  return ({ host, port }) =>
    connect(host, port, () => Deno.connectTls({ hostname: host, port, caCerts: [...trusted] }));
}

/** Opens a TCP connection. @throws {TinmanError} `UNAVAILABLE` when nobody is there, `DENIED`. */
export const dialTcp: Dial = ({ host, port }) => connect(host, port, () => Deno.connect({ hostname: host, port }));

/** As {@linkcode dialTcp}; `signal` gives up. */
export async function openTcp(
  { host, port }: { readonly host: string; readonly port: number },
  signal?: AbortSignal,
): Promise<Link> {
  try {
    const options = { hostname: host, port, ...(signal !== undefined && { signal }) };
    return await connect(host, port, () => Deno.connect(options));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Links to `tcp://host:port`. */
export const tcpTransport: Transport = {
  scheme: "tcp",
  open: async (address, { signal }: LinkOptions = {}) => await openTcp(hostAndPort(address), signal),
  listen: async function* (address, { signal }: LinkOptions = {}) {
    const listener = await listenTcp(hostAndPort(address));
    const close = () => listener.close();
    signal?.addEventListener("abort", close);
    try {
      if (signal?.aborted !== true) yield* listener.links;
    } finally {
      signal?.removeEventListener("abort", close);
      listener.close();
    }
  },
};

/** The two parts of `tcp://host:port`. @throws {TinmanError} `CONFIG` when one is not there. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const { scheme, host, port } = parseAddress(address);
  if (host !== undefined && port !== undefined) return { host, port };
  const hint = `addresses look like ${scheme}://127.0.0.1:4242`;
  throw new TinmanError("CONFIG", `Cannot read address "${address}": it does not say host and port`, { hint });
}

async function connect(host: string, port: number, open: () => Promise<Deno.TcpConn | Deno.TlsConn>): Promise<Link> {
  const what = `${host}:${port}`;
  try {
    return linkOf(await open());
  } catch (cause) {
    if (isDenied(cause)) {
      throw new TinmanError("DENIED", `Cannot connect to ${what}: it is not allowed`, { what, cause });
    }
    const isTls = cause instanceof Deno.errors.InvalidData;
    const why = isTls ? "it is not who it says, or does not speak TLS" : "nobody answers there";
    const hint = "see whether it runs and whether host and port are right; `tinman broker start` starts a broker";
    throw new TinmanError("UNAVAILABLE", `Cannot connect to ${what}: ${why}`, { what, cause, hint });
  }
}

async function* links(listener: Deno.TcpListener | Deno.TlsListener, close: () => void): AsyncGenerator<Link, void> {
  // Its own loop would close it when it is left, and it can be closed once only.
  const connections: AsyncIterator<Deno.TcpConn | Deno.TlsConn> = listener[Symbol.asyncIterator]();
  try {
    for (;;) {
      let link: Link;
      try {
        const { value, done } = await connections.next();
        if (done) return;
        link = linkOf(value);
      } catch (error) {
        const { code } = error as { code?: string };
        if (EXHAUSTED.has(code ?? "")) await new Promise((resolve) => setTimeout(resolve, EXHAUSTED_MS));
        else if (!GONE.has(code ?? "")) throw error;
        continue;
      }
      yield link;
    }
  } finally {
    close();
  }
}

/** Who connected has gone before it was let in: accept(2) says so, and means nobody else. */
const GONE: ReadonlySet<string> = new Set(["ENOTCONN", "ECONNABORTED", "ECONNRESET", "EINVAL", "EPROTO", "ETIMEDOUT"]);

/** There is no room for another connection, until one has gone. */
const EXHAUSTED: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);
const EXHAUSTED_MS = 100;

/** A connection, whoever opened it; what is small goes at once. */
function linkOf(connection: Deno.TcpConn | Deno.TlsConn): Link {
  try {
    if ("setNoDelay" in connection) connection.setNoDelay(true);
  } catch (error) {
    connection.close();
    throw error;
  }
  const { hostname, port } = connection.remoteAddr;
  return new ConnectionLink(connection, `tcp://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`);
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
