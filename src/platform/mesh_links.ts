import { kissLink, type Link, type LinkOptions, parseAddress, type Transport } from "../link/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { serialTransport } from "./serial.ts";
import { hostAndPort, listenTcp, tcpTransport } from "./tcp.ts";
import { acceptWebSockets, createWebSocketTransport, webSocketPlace } from "./websocket.ts";

/** Serial ports with somebody who speaks KISS: messages of at most 500 bytes, which may be lost. */
export const kissTransport: Transport = {
  scheme: "serial",
  open: async (address, options) => kissLink(await serialTransport.open(address, options)),
  list: () => serialTransport.list!(),
};

/**
 * The ways over which a mesh meets, by what its addresses begin with: `tcp://host:port`, `ws://host:port/path`, `wss://…`,
 * `serial:/dev/ttyUSB0?baud=9600`.
 * They are here and not in plugins, because the mesh is a part of tinman: nobody is asked for a grant to use its own.
 */
export const meshTransports: readonly Transport[] = [
  tcpTransport,
  overWebSocket("ws"),
  overWebSocket("wss"),
  kissTransport,
];

/** A WebSocket loses nothing, so a mesh takes it for a stream: those are made private, and each end proves who it is. */
function overWebSocket(scheme: "ws" | "wss"): Transport {
  const transport = createWebSocketTransport(scheme);
  return { ...transport, open: async (address, options) => asStream(await transport.open(address, options)) };
}

function asStream(link: Link): Link {
  const { name, maxBytes, incoming } = link;
  const close = () => link.close();
  return {
    ...{ kind: "stream", name, maxBytes, incoming, close, [Symbol.asyncDispose]: close },
    send: (bytes) => link.send(bytes),
  };
}

async function* asStreams(links: AsyncIterable<Link>): AsyncGenerator<Link> {
  for await (const link of links) yield asStream(link);
}

/** Opens a link by its address. @throws {TinmanError} `CONFIG` for an address of none, `UNAVAILABLE`, `DENIED`. */
export async function openMeshLink(address: string, options?: LinkOptions): Promise<Link> {
  try {
    return await find(address, meshTransports).open(address, options);
  } catch (cause) {
    // What fits a port, and what fits other servers, does not fit here.
    if (!isTinmanError(cause, "UNAVAILABLE") || parseAddress(address).scheme === "serial") throw cause;
    const hint = "see whether `tinman mesh start` runs there, and whether host and port are right";
    throw new TinmanError("UNAVAILABLE", cause.message, { what: cause.details.what, cause, hint });
  }
}

/** A place where others open links to us. */
export interface MeshListener {
  /** Where it is; tells what port 0 became. */
  readonly address: string;
  /** Of this machine; for beacons. */
  readonly port: number;
  /** Links as they come, until it is closed. */
  readonly links: AsyncIterable<Link>;
  /** Takes no more. Links that are open stay open. */
  close(): void;
}

/** Listens at `tcp://host:port` or `ws://host:port/path`. @throws {TinmanError} `CONFIG`, `UNAVAILABLE`, `DENIED`. */
export async function listenForMesh(address: string): Promise<MeshListener> {
  const { scheme } = find(address, meshTransports.filter(({ listen }) => listen !== undefined));
  const { host, port, path } = scheme === "ws" ? webSocketPlace(address) : { ...hostAndPort(address), path: "" };
  const listener = await listenTcp({ host, port });
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    address: `${scheme}://${shown}:${listener.port}${path}`,
    port: listener.port,
    links: scheme === "ws" ? asStreams(acceptWebSockets(listener.links, path)) : listener.links,
    close: () => listener.close(),
  };
}

function find(address: string, transports: readonly Transport[]): Transport {
  const { scheme } = parseAddress(address);
  const found = transports.find((each) => each.scheme === scheme);
  if (found !== undefined) return found;
  const schemes = transports.map((each) => `${each.scheme}:`).join(", ");
  throw new TinmanError("CONFIG", `Cannot use address "${address}": it begins with none of ${schemes}`, {
    hint: "such as tcp://192.168.1.20:4242; a folder is dir:PATH, where one can be used",
  });
}
