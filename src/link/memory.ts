import type { Link } from "./link.ts";
import { checkLength, closedError, goneError } from "./link_errors.ts";

/** Options of {@linkcode createLinkPair}. */
export interface LinkPairOptions {
  /** Whether pieces stay whole. @default {"stream"} */
  readonly kind?: "stream" | "datagrams";
  /** {@linkcode Link.maxBytes} @default {65536} */
  readonly maxBytes?: number;
  /** Bytes that may be on their way in each direction before a sender waits. @default {65536} */
  readonly bufferBytes?: number;
}

/** Two links in memory that are each other's other end, and a way to break them. */
export interface LinkPair {
  /** One end. */
  readonly a: Link;
  /** The other end. */
  readonly b: Link;
  /** Breaks the link as a cable that is pulled: what is on its way is lost, both ends throw `UNAVAILABLE`. */
  break(): void;
}

/** Makes a link in memory, for tests and simulations. */
export function createLinkPair(options: LinkPairOptions = {}): LinkPair {
  const { kind = "stream", maxBytes = 65536, bufferBytes = 65536 } = options;
  const forth = new Pipe(bufferBytes);
  const back = new Pipe(bufferBytes);
  return {
    a: new MemoryLink("memory:a", { kind, maxBytes, out: forth, in: back }),
    b: new MemoryLink("memory:b", { kind, maxBytes, out: back, in: forth }),
    break: () => [forth, back].forEach((pipe) => pipe.break()),
  };
}

class MemoryLink implements Link {
  readonly name: string;
  readonly kind: "stream" | "datagrams";
  readonly maxBytes: number;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #out: Pipe;
  readonly #in: Pipe;
  #closed = false;

  constructor(name: string, ends: { kind: Link["kind"]; maxBytes: number; out: Pipe; in: Pipe }) {
    [this.name, this.kind, this.maxBytes, this.#out, this.#in] = [name, ends.kind, ends.maxBytes, ends.out, ends.in];
    // Leaving a loop leaves the link as it is, so another loop may go on.
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  async send(bytes: Uint8Array): Promise<void> {
    const { name } = this;
    if (this.#closed) throw closedError(name);
    checkLength(this, bytes);
    if (!await this.#out.put(bytes.slice())) throw this.#closed ? closedError(name) : goneError(name, "send");
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#out.end();
    this.#in.drop();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#closed ? undefined : await this.#in.take();
    if (value === undefined && this.#in.isBroken && !this.#closed) throw goneError(this.name, "read");
    return value === undefined ? { value, done: true } : { value, done: false };
  }
}

/** One direction. */
class Pipe {
  isBroken = false;
  readonly #pieces: Uint8Array[] = [];
  readonly #limit: number;
  readonly #senders: (() => void)[] = [];
  #bytes = 0;
  #reader: (() => void) | undefined;
  #state: "open" | "ended" | "dropped" = "open";

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when nobody reads any more. */
  async put(bytes: Uint8Array): Promise<boolean> {
    // A piece longer than all room goes when nothing else is on its way.
    while (this.#state === "open" && this.#bytes > 0 && this.#bytes + bytes.length > this.#limit) {
      await new Promise<void>((resolve) => this.#senders.push(resolve));
    }
    if (this.#state !== "open") return false;
    this.#bytes += bytes.length;
    this.#pieces.push(bytes);
    this.#wakeReader();
    return true;
  }

  /** Undefined at the end. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#state !== "open") return undefined;
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    const piece = this.#pieces.shift()!;
    this.#bytes -= piece.length;
    this.#wakeSenders();
    return piece;
  }

  /** The sender has closed: what is on its way still arrives. */
  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#wakeReader();
    this.#wakeSenders();
  }

  /** The reader has closed. */
  drop(): void {
    this.#state = "dropped";
    this.#pieces.length = this.#bytes = 0;
    this.#wakeReader();
    this.#wakeSenders();
  }

  break(): void {
    this.isBroken = true;
    this.drop();
  }

  #wakeReader(): void {
    this.#reader?.();
    this.#reader = undefined;
  }

  #wakeSenders(): void {
    for (const wake of this.#senders.splice(0)) wake();
  }
}
