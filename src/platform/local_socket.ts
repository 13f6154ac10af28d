import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { ConnectionLink } from "./connection_link.ts";
import { findSocketPlace, fitsSocket, makeSocketPlace, removeSocketPlace } from "./socket_place.ts";

/** Where processes of the same user on this machine find each other. */
export interface LocalListener {
  /** Links as they come, until it is closed. */
  readonly links: AsyncIterable<Link>;
  /** Takes no more and removes the socket. Links that are open stay open. */
  close(): void;
}

/**
 * Listens at a Unix socket that only this user can open. One that is there is taken over: whoever calls this holds the lock
 * of the folder, so nobody listens there any more. Where `path` is too long for a socket, or its disk has none, the socket
 * is somewhere else, and {@linkcode dialLocal} finds it.
 *
 * @throws {TinmanError} `CONFIG` when there is no place with a path that is short enough, `DENIED`, `UNAVAILABLE`.
 */
export function listenLocal(path: string): LocalListener {
  try {
    removeSocketPlace(path);
    const listener = listenAtOrFor(path);
    return { links: links(listener), close: closer(listener, path) };
  } catch (cause) {
    if (isTinmanError(cause)) throw cause;
    const isDenied = cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied;
    const code = isDenied ? "DENIED" : "UNAVAILABLE";
    throw new TinmanError(code, `Cannot listen at ${path}: ${(cause as Error).message}`, { what: path, cause });
  }
}

function listenAtOrFor(path: string): Deno.UnixListener {
  if (!fitsSocket(path)) return listen(makeSocketPlace(path));
  try {
    return listen(path);
  } catch (error) {
    // Some disks have no sockets, and say so in words that differ; exFAT leaves a file.
    try {
      removeSocketPlace(path);
      return listen(makeSocketPlace(path));
    } catch {
      removeSocketPlace(path);
      throw error;
    }
  }
}

/** Nobody else may open it, not even between its beginning and a chmod. */
function listen(path: string): Deno.UnixListener {
  const before = Deno.build.os === "windows" ? undefined : Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    if (before !== undefined) Deno.umask(before);
  }
}

/** Connects to who listens at a Unix socket; undefined when nobody does. */
export async function dialLocal(path: string): Promise<Link | undefined> {
  try {
    const place = findSocketPlace(path);
    if (place === undefined) return undefined;
    return new ConnectionLink(await Deno.connect({ transport: "unix", path: place }), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}

function closer(listener: Deno.UnixListener, path: string): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    listener.close();
    removeSocketPlace(path);
  };
}

async function* links(listener: Deno.UnixListener): AsyncGenerator<Link, void> {
  for (;;) {
    let connection: Deno.UnixConn;
    try {
      connection = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      throw error;
    }
    yield new ConnectionLink(connection, "a process of this machine");
  }
}
