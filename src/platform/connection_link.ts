import { TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";

/** Bytes of one buffer that pieces are read into, and what has to be left of it for another. */
const SLAB = { bytes: 256 * 1024, least: 16 * 1024 };

/** A connection of this machine as a link: TCP, TLS, a Unix socket. It belongs to the link. */
export class ConnectionLink implements Link {
  readonly kind = "stream";
  readonly name: string;
  readonly maxBytes = 2 ** 31;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #connection: Deno.Conn;
  #slab = new Uint8Array(SLAB.bytes);
  #isClosed = false;

  constructor(connection: Deno.Conn, name: string) {
    [this.#connection, this.name] = [connection, name];
    // Leaving a loop leaves the link as it is, so another loop may go on.
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed) throw this.#closed();
    const { maxBytes: limit } = this;
    if (bytes.length > limit) {
      const message = `Cannot send on ${this.name}: ${bytes.length} bytes, at most ${limit}`;
      throw new TinmanError("TOO_LARGE", message, { limit, actual: bytes.length });
    }
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(at === 0 ? bytes : bytes.subarray(at));
    } catch (cause) {
      throw this.#isClosed ? this.#closed() : this.#gone("send", cause);
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
      throw this.#gone("read", cause);
    }
  }

  #closed(): TinmanError<"CLOSED"> {
    return new TinmanError("CLOSED", `Cannot send on ${this.name}: it was closed`, {});
  }

  #gone(doing: "send" | "read", cause: unknown): TinmanError<"UNAVAILABLE"> {
    const what = this.name;
    return new TinmanError("UNAVAILABLE", `Cannot ${doing} on ${what}: the other end is gone`, { what, cause });
  }
}
