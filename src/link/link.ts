/**
 * Bytes to somewhere else: a serial port, a socket, a radio. The two ends are peers; who opened it makes no difference.
 *
 * - A `stream` is one unbroken row of bytes; pieces arrive in any size. `datagrams` stay whole, and may be lost or swapped.
 * - One reader. It may leave its loop and begin another, which goes on there. `incoming` ends when the other side has closed, and throws `UNAVAILABLE` when the link broke.
 * - After `close()` the loop over `incoming` ends and `send()` rejects with `CLOSED`. Twice is fine.
 */
export interface Link extends AsyncDisposable {
  /** Whether pieces stay whole. */
  readonly kind: "stream" | "datagrams";
  /** The other end, for messages: `serial:/dev/ttyUSB0?baud=4800`. */
  readonly name: string;
  /** Most bytes that one {@linkcode Link.send} takes; more is `TOO_LARGE`. */
  readonly maxBytes: number;
  /** What the other end sends. Each piece belongs to the reader. A reader that does not read holds the sender up. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the link has taken all of `bytes`, so waiting for it is backpressure. The bytes may be reused then. */
  send(bytes: Uint8Array): Promise<void>;
  /** Lets go of the other end. */
  close(): Promise<void>;
}

/** Options of {@linkcode Transport.open} and {@linkcode Transport.listen}. */
export interface LinkOptions {
  /** Gives up opening; a link that is open stays open. */
  readonly signal?: AbortSignal;
}

/** A way to open links, by the scheme of an address: `tcp`, `serial`. */
export interface Transport {
  /** The first part of its addresses, without the colon. */
  readonly scheme: string;
  /**
   * Opens a link to `address`, such as `tcp://127.0.0.1:10110` or `serial:/dev/ttyUSB0?baud=4800`.
   *
   * @throws {TinmanError} `CONFIG` for an address it cannot read, `UNAVAILABLE` when nobody is there, `DENIED`.
   */
  open(address: string, options?: LinkOptions): Promise<Link>;
  /** Links that others open to us, until the loop is left. */
  listen?(address: string, options?: LinkOptions): AsyncIterable<Link>;
  /** Addresses that could be opened now, with a title for people. */
  list?(): Promise<readonly { readonly address: string; readonly title: string }[]>;
}
