import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { ConnectionLink } from "./connection_link.ts";

/** Where processes of the same user on this machine find each other. */
export interface LocalListener {
  /** Links as they come, until it is closed. */
  readonly links: AsyncIterable<Link>;
  /** Takes no more and removes the socket. Links that are open stay open. */
  close(): void;
}

/** Longest path of a socket that every system takes (sun_path, without its end). */
const MAX_PATH = 103;

/**
 * Listens at a Unix socket that only this user can open. One that is there is taken over: whoever calls this holds the lock
 * of the folder, so nobody listens there any more.
 *
 * @throws {TinmanError} `CONFIG` for a path that is too long for a socket, `DENIED`, `UNAVAILABLE`.
 */
export function listenLocal(path: string): LocalListener {
  if (new TextEncoder().encode(path).length > MAX_PATH) {
    throw new TinmanError("CONFIG", `Cannot listen at ${path}: a socket has a path of at most ${MAX_PATH} bytes`, {
      path,
      hint: "use a folder with a shorter path",
    });
  }
  try {
    removeSocket(path);
    // Nobody else may open it, not even between its beginning and a chmod.
    const before = Deno.build.os === "windows" ? undefined : Deno.umask(0o177);
    let listener: Deno.UnixListener;
    try {
      listener = Deno.listen({ transport: "unix", path });
    } finally {
      if (before !== undefined) Deno.umask(before);
    }
    return { links: links(listener), close: closer(listener, path) };
  } catch (cause) {
    const isDenied = cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied;
    const code = isDenied ? "DENIED" : "UNAVAILABLE";
    throw new TinmanError(code, `Cannot listen at ${path}: ${(cause as Error).message}`, { what: path, cause });
  }
}

/** Connects to who listens at a Unix socket; undefined when nobody does. */
export async function dialLocal(path: string): Promise<Link | undefined> {
  try {
    return new ConnectionLink(await Deno.connect({ transport: "unix", path }), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}

function removeSocket(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function closer(listener: Deno.UnixListener, path: string): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    isOpen = false;
    listener.close();
    removeSocket(path);
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
