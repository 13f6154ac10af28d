import type { Link, LinkOptions } from "tinman/plugin";
import { type Address, failure, formatAddress } from "./address.ts";

const MAX_BYTES = 1 << 20;

/** Connects; throws with code `UNAVAILABLE` when nobody is there, or `DENIED`. */
export async function connect(address: Address, { signal }: LinkOptions = {}): Promise<Link> {
  const name = `tcp://${formatAddress(address)}`;
  try {
    const conn = await Deno.connect({ ...address, ...(signal !== undefined && { signal }) });
    return new TcpLink(name, conn);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw explain(`Cannot connect to ${name}`, error);
  }
}

/** Options of {@linkcode listen}. */
export interface ListenOptions extends LinkOptions {
  /** Called with the name of where it listens, which tells what port 0 became. */
  readonly listening?: (name: string) => void;
}

/** Links that others open, until the loop is left or `signal` aborts. */
export async function* listen(address: Address, { signal, listening }: ListenOptions = {}): AsyncGenerator<Link> {
  const name = `tcp://${formatAddress(address)}`;
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen(address);
  } catch (error) {
    throw explain(`Cannot listen on ${name}`, error);
  }
  let isOpen = true;
  const close = () => {
    if (isOpen) listener.close();
    isOpen = false;
  };
  signal?.addEventListener("abort", close);
  try {
    if (signal?.aborted) return;
    listening?.(`tcp://${formatAddress(listener.addr)}`);
    while (isOpen) {
      const conn = await listener.accept();
      yield new TcpLink(`tcp://${formatAddress(conn.remoteAddr)}`, conn);
    }
  } catch (error) {
    if (isOpen) throw explain(`Cannot listen on ${name}`, error);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

class TcpLink implements Link {
  readonly kind = "stream";
  readonly maxBytes = MAX_BYTES;
  readonly name: string;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(65_536);
  #sent: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(name: string, conn: Deno.TcpConn) {
    [this.name, this.#conn] = [name, conn];
    // Small messages go at once; a peer that lost its power is noticed some day.
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  send(bytes: Uint8Array): Promise<void> {
    // One after the other: two that write at once would mix their bytes.
    const sent = this.#sent.then(() => this.#write(bytes));
    this.#sent = sent.catch(() => {});
    return sent;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#conn.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw closed(this.name);
    if (bytes.length > MAX_BYTES) {
      throw failure("TOO_LARGE", `Cannot send on ${this.name}: ${bytes.length} bytes, at most ${MAX_BYTES}`);
    }
    try {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    } catch (error) {
      throw this.#closed ? closed(this.name) : explain(`Cannot send on ${this.name}`, error);
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#closed) return { value: undefined, done: true };
    try {
      const count = await this.#conn.read(this.#buffer);
      if (count !== null) return { value: this.#buffer.slice(0, count), done: false };
    } catch (error) {
      if (!this.#closed) throw explain(`Cannot read from ${this.name}`, error);
    }
    return { value: undefined, done: true };
  }
}

function explain(what: string, error: unknown): Error {
  const { message } = error as Error;
  const code = error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied
    ? "DENIED"
    : "UNAVAILABLE";
  return failure(code, `${what}: ${message}`, error);
}

function closed(name: string): Error {
  return failure("CLOSED", `Cannot send on ${name}: it was closed`);
}
