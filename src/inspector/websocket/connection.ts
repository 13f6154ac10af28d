import type { Clock } from "../../clock/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { encodeSocketClose, encodeSocketFrame, SocketDecoder } from "./frames.ts";

/** The bytes below a WebSocket, after its handshake. */
export interface Wire {
  /** Sends; what the other end does not read is buffered. */
  write(bytes: Uint8Array): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Ends it; `now` throws away what waits. */
  end(now: boolean): void;
}

/** What whoever has the wire tells of it. */
export interface WireListener {
  /** Bytes came. */
  receive(bytes: Uint8Array): void;
  /** The wire has ended, whoever ended it. */
  ended(): void;
}

/** Options of {@linkcode SocketConnection}. */
export interface SocketOptions {
  /** Finds out who is gone. */
  readonly clock: Clock;
  /** Longest message to take. @default {65536} */
  readonly maxMessageBytes?: number;
  /** Bytes that may wait for a client; one that reads slower is cut off. @default {8388608} */
  readonly maxBufferedBytes?: number;
  /** A client that says nothing for so long, not even that it is there, is cut off. @default {30000} */
  readonly idleMs?: number;
  /** Gets each message. */
  readonly onMessage: (data: Uint8Array, kind: "text" | "binary") => void;
  /** Called once when it has ended. */
  readonly onClose: () => void;
}

/** With more bytes than this to be sent, pings get no answer. */
const MAX_PONGS = 65_536;

/** One WebSocket, on the server's side. A client that breaks the protocol or a limit is cut off, and harms nobody else. */
export class SocketConnection implements WireListener {
  readonly #wire: Wire;
  readonly #options: SocketOptions;
  readonly #decoder: SocketDecoder;
  readonly #ended = new AbortController();
  #isAlive = true;

  constructor(wire: Wire, options: SocketOptions) {
    [this.#wire, this.#options] = [wire, options];
    this.#decoder = new SocketDecoder(options.maxMessageBytes ?? 65_536);
    void this.#watch(options.idleMs ?? 30_000).catch(() => {});
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Bytes that were sent and not taken yet. */
  get bufferedBytes(): number {
    return this.#wire.bufferedBytes;
  }

  /** Sends one message; nothing happens when it has ended. A client that reads too slowly is cut off instead. */
  send(message: Uint8Array | string): void {
    if (this.closed) return;
    if (this.#wire.bufferedBytes > (this.#options.maxBufferedBytes ?? 8 * 2 ** 20)) return this.#cut();
    const isText = typeof message === "string";
    this.#wire.write(encodeSocketFrame(isText ? "text" : "binary", isText ? utf8.encode(message) : message));
  }

  /** Says why, and ends it. Twice is fine. */
  close(code: number, reason = ""): void {
    if (this.closed) return;
    this.#wire.write(encodeSocketClose(code, reason));
    this.#wire.end(false);
    this.ended();
  }

  /** {@linkcode WireListener.receive} */
  receive(bytes: Uint8Array): void {
    if (this.closed) return;
    this.#isAlive = true;
    try {
      this.#decoder.push(bytes);
      for (const frame of this.#decoder.frames()) {
        if (this.closed) return;
        if (frame.kind === "close") return this.close(1000);
        if (frame.kind === "ping") this.#answer(frame.data);
        else if (frame.kind !== "pong") this.#options.onMessage(frame.data, frame.kind);
      }
    } catch (error) {
      this.close(isTinmanError(error, "TOO_LARGE") ? 1009 : isTinmanError(error, "PROTOCOL") ? 1002 : 1011);
    }
  }

  /** {@linkcode WireListener.ended} */
  ended(): void {
    if (this.closed) return;
    this.#ended.abort();
    this.#options.onClose();
  }

  /** Who does not read what is sent is not sent more of it; of several pings not all have to be answered (RFC 6455, §5.5.3). */
  #answer(ping: Uint8Array): void {
    if (this.#wire.bufferedBytes <= MAX_PONGS) this.#wire.write(encodeSocketFrame("pong", ping));
  }

  async #watch(idleMs: number): Promise<void> {
    for await (const _ of this.#options.clock.every(idleMs / 2, { signal: this.#ended.signal })) {
      if (!this.#isAlive) return this.#cut();
      this.#isAlive = false;
      this.#wire.write(encodeSocketFrame("ping", new Uint8Array(0)));
    }
  }

  #cut(): void {
    this.#wire.end(true);
    this.ended();
  }
}

const utf8 = new TextEncoder();
