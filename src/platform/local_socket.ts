import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";

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
    return new LocalLink(await Deno.connect({ transport: "unix", path }), path);
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
    yield new LocalLink(connection, "a process of this machine");
  }
}

class LocalLink implements Link {
  readonly kind = "stream";
  readonly name: string;
  readonly maxBytes = 2 ** 31;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #connection: Deno.UnixConn;
  #isClosed = false;

  constructor(connection: Deno.UnixConn, name: string) {
    [this.#connection, this.name] = [connection, name];
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw new TinmanError("CLOSED", `Cannot send on ${this.name}: it was closed`, {});
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
    } catch (cause) {
      throw new TinmanError("UNAVAILABLE", `Cannot send on ${this.name}: the other end is gone`, {
        what: this.name,
        cause,
      });
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
    const buffer = new Uint8Array(64 * 1024);
    try {
      const length = await this.#connection.read(buffer);
      return length === null ? { value: undefined, done: true } : { value: buffer.subarray(0, length), done: false };
    } catch (cause) {
      if (this.#isClosed) return { value: undefined, done: true };
      throw new TinmanError("UNAVAILABLE", `Cannot read on ${this.name}: the other end is gone`, {
        what: this.name,
        cause,
      });
    }
  }
}
