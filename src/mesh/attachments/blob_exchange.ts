import { TinmanError } from "../../errors/mod.ts";
import type { Downloads } from "./downloads.ts";
import { type BlobMessage, decodeBlobMessage } from "./exchange_messages.ts";
import { Fetcher } from "./fetcher.ts";
import { Server } from "./server.ts";
import type { BlobSource } from "../sync/mod.ts";

/** Options of {@linkcode BlobExchange}. */
export interface BlobExchangeOptions {
  /** What is here and what is to come, shared by all contacts of a replica. */
  readonly downloads: Downloads;
  /** Who the other is, the same in each contact if that is known for sure. */
  readonly peer: string;
  /** The time of day. */
  readonly nowMs: () => number;
  /** Longest blob to fetch over this link. @default {Infinity} */
  readonly maxFetchBytes?: number;
  /** After how long without a word no contact goes on for the sake of what was asked for. @default {300000} */
  readonly giveUpMs?: number;
  /** Whether the other may have a blob at all. @default {() => true} */
  readonly serves?: (blob: string) => boolean;
}

/** How a {@linkcode BlobExchange} goes. */
export interface BlobExchangeReport {
  /** Bytes of leaves and their proofs that were sent. */
  readonly sentBytes: number;
  /** The same that came. */
  readonly receivedBytes: number;
  /** Of those, what was here already. */
  readonly wastedBytes: number;
}

/**
 * Blobs both ways in one contact, without I/O: messages go in by `receive` and come out by `next`. They have to arrive
 * once and in order. It is closed when the contact ends, so that others fetch what did not come.
 */
export class BlobExchange implements BlobSource, Disposable {
  readonly #fetcher: Fetcher;
  readonly #server: Server;

  constructor(options: BlobExchangeOptions) {
    this.#fetcher = new Fetcher(options);
    this.#server = new Server({ ...options, store: options.downloads.store });
  }

  /** Whether something is missing here that fits this link. */
  get isWanting(): boolean {
    return this.#fetcher.isWanting;
  }

  /** Calls `wake` when another contact has brought something that may be told; returns what ends that. */
  listen(wake: () => void): () => void {
    return this.#fetcher.listen(wake);
  }

  /** Whether one of the two owes the other something, so that a contact has a reason to go on. */
  get isWaiting(): boolean {
    return this.#fetcher.isWaiting || this.#server.isWaiting;
  }

  /** How it goes. */
  get report(): BlobExchangeReport {
    const { bytes: receivedBytes, wasted: wastedBytes } = this.#fetcher.counts;
    return { sentBytes: this.#server.counts.bytes, receivedBytes, wastedBytes };
  }

  /** The next message, of at most `maxBytes`; undefined when there is none now. */
  next(maxBytes: number): Uint8Array | undefined {
    // What we ask for is short, and lets both go on.
    return this.#fetcher.next(maxBytes) ?? this.#server.next(maxBytes);
  }

  /** Takes a message. @throws {TinmanError} `PROTOCOL` for one that nobody sends: the other is not to be trusted. */
  receive(message: Uint8Array): void {
    try {
      this.#handle(decodeBlobMessage(message));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new TinmanError("PROTOCOL", `Cannot take blobs: ${cause.message}`, { protocol: "mesh", cause });
    }
  }

  /** Leaves to others what has not come; twice is fine. */
  close(): void {
    this.#fetcher.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #handle(message: BlobMessage): void {
    switch (message.type) {
      case "seek":
        return this.#server.seek(message.prefixes);
      case "have":
        return this.#fetcher.offered(message.read, message.offers);
      case "get":
        return this.#server.get(message.credit, message.asks);
      case "part":
        return this.#fetcher.part(message.bytes);
      case "none":
        return this.#fetcher.none();
    }
  }
}
