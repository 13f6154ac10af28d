import { TinmanError } from "../../errors/mod.ts";
import type { Random } from "../../random/mod.ts";
import {
  type ClosePacket,
  type CloseReason,
  decodePacket,
  encodeClose,
  encodeData,
  encodeOpen,
  type OpenPacket,
} from "./packet.ts";
import { within } from "./refuse.ts";
import { MessageStream } from "./stream.ts";

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions {
  /** Where nonces come from. */
  readonly random: Random;
  /** Whether we want to go on though both have the same. */
  readonly insists: boolean;
  /** What the first packets say of us. */
  readonly beacon: Uint8Array;
  /** Most bytes of a packet, at least 64. */
  readonly maxBytes: number;
  /** Whether packets arrive, once and in order. */
  readonly isReliable: boolean;
  /** Most bytes of a message, now. */
  maxMessageBytes(): number;
  /** How long to wait for the other to say something. */
  readonly patienceMs: number;
}

/**
 * Two peers that hear each other over packets. Until the other has shown that it hears us, it gets one opening for each
 * of its own, as long as that: who sends in the name of somebody else draws nothing more.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #stream: MessageStream;
  readonly #nonce: number;
  #other: OpenPacket | undefined;
  #isHeard = false;
  #owesOpen = true;
  #opens = 0;
  #openAtMs = -Infinity;
  #sentMs = -Infinity;
  #lastHeardMs: number | undefined;
  #closing: CloseReason | undefined;
  #lingersToMs: number | undefined;
  #ended: { readonly by: "us" | "other"; readonly reason: CloseReason } | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#stream = new MessageStream(options);
    this.#nonce = 1 + options.random.int(0xffffffff);
  }

  /** What the other said first; undefined until then. */
  get other(): OpenPacket | undefined {
    return this.#other;
  }

  /** Whether the other has shown that it hears us. */
  get isOpen(): boolean {
    return this.#isHeard;
  }

  /** Who ended it, and why; undefined while it is not over. */
  get ended(): { readonly by: "us" | "other"; readonly reason: CloseReason } | undefined {
    return this.#ended;
  }

  /** Whether all that was said has arrived. */
  get isFlushed(): boolean {
    return this.#stream.isFlushed;
  }

  /** How often in a row nothing came back. */
  get tries(): number {
    return this.#isHeard ? this.#stream.tries : this.#opens;
  }

  /** Segments that came, also before their turn. */
  get segments(): number {
    return this.#stream.segments;
  }

  /** Bytes that are not sent yet. */
  get unsentBytes(): number {
    return this.#stream.unsentBytes;
  }

  /** Whether ours is the smaller of the two nonces. */
  get isFirst(): boolean {
    return this.#nonce < (this.#other?.nonce ?? 0);
  }

  /** The same for both, and for no other two. */
  get salt(): Uint8Array {
    const salt = new Uint8Array(8);
    const nonces = [this.#nonce, this.#other?.nonce ?? 0].sort((a, b) => a - b);
    nonces.forEach((nonce, i) => new DataView(salt.buffer).setUint32(4 * i, nonce));
    return salt;
  }

  /** Says something; it arrives once, in order. Gives the place behind it, see {@linkcode Connection.arrivedBytes}. */
  write(message: Uint8Array): number {
    this.#stream.write(message);
    return this.#stream.writtenBytes;
  }

  /** How much of what was said has arrived, as far as that is known. */
  get arrivedBytes(): number {
    return this.#stream.arrivedBytes;
  }

  /** Goes up with all that arrives here or there and was not there before. */
  get moves(): number {
    return this.#stream.arrivedBytes + this.#stream.heardSegments;
  }

  /** Tells the other that we go, and goes. */
  close(reason: CloseReason): void {
    if (this.#ended !== undefined) return;
    this.#closing = this.#other === undefined ? undefined : reason;
    this.#ended = { by: "us", reason };
  }

  /** Takes a packet; gives the messages that are whole now. @throws {TinmanError} `PROTOCOL` */
  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    const packet = decodePacket(bytes);
    if (this.#ended !== undefined) {
      // Who has missed that we went is told again.
      if (this.#lingersToMs !== undefined && packet.type === "data") this.#closing = this.#ended.reason;
      return [];
    }
    if (packet.type === "open") {
      this.#open(packet, nowMs);
      return [];
    }
    // What is left of an earlier session, or not for us.
    if (this.#other === undefined || packet.session !== this.#session) return [];
    this.#hear(nowMs);
    if (packet.type === "close") {
      this.#closed(packet);
      return [];
    }
    const { ack, segment } = packet;
    return within("a packet", () => {
      if (ack !== undefined) this.#stream.acknowledge(ack, nowMs);
      return segment === undefined ? [] : this.#stream.receive(segment, nowMs);
    });
  }

  /** The next packet, if there is one now. */
  poll(nowMs: number): Uint8Array | undefined {
    if (this.#closing !== undefined) {
      const reason = this.#closing;
      const last = reason === "done" ? this.#data(nowMs) : undefined;
      if (last !== undefined) return last;
      this.#closing = undefined;
      if (!this.#options.isReliable) this.#lingersToMs ??= nowMs + LINGER_MS;
      return encodeClose({ type: "close", session: this.#session, reason });
    }
    if (this.#lingersToMs !== undefined && nowMs >= this.#lingersToMs) this.#lingersToMs = undefined;
    if (this.#ended !== undefined) return undefined;
    this.#lastHeardMs ??= nowMs;
    if (nowMs - this.#lastHeardMs > this.#options.patienceMs) this.#ended = { by: "us", reason: "failed" };
    else if (this.#owesOpen || (!this.#isHeard && nowMs >= this.#openAtMs)) return this.#opening(nowMs);
    if (!this.#isHeard) return undefined;
    const data = this.#data(nowMs);
    if (data === undefined && nowMs < this.#sentMs + this.#options.patienceMs / 3) return undefined;
    this.#sentMs = nowMs;
    return data ?? encodeData({ type: "data", session: this.#session, ack: undefined, segment: undefined });
  }

  /** When {@linkcode Connection.poll} has something though nothing arrives. */
  get nextMs(): number | undefined {
    if (this.#closing !== undefined) return -Infinity;
    if (this.#ended !== undefined) return this.#lingersToMs;
    if (this.#owesOpen) return -Infinity;
    const patience = (this.#lastHeardMs ?? 0) + this.#options.patienceMs + 1;
    if (!this.#isHeard) return Math.min(patience, this.#openAtMs);
    return Math.min(patience, this.#stream.nextMs ?? Infinity, this.#sentMs + this.#options.patienceMs / 3);
  }

  get #session(): number {
    return (this.#nonce ^ this.#other!.nonce) & 0xffff;
  }

  #open(packet: OpenPacket, nowMs: number): void {
    // The other began anew: that is so when it knows what we are called in this session.
    if (this.#isHeard && this.#other!.nonce !== packet.nonce) {
      if (packet.echo === this.#nonce) this.#ended = { by: "other", reason: "failed" };
      return;
    }
    if (packet.nonce === 0 || packet.nonce === this.#nonce) return;
    if (!this.#isHeard) this.#other = packet;
    this.#lastHeardMs = nowMs;
    if (packet.echo === this.#nonce) this.#hear(nowMs);
    // Who has not heard us yet is told again.
    else this.#owesOpen = true;
  }

  #hear(nowMs: number): void {
    [this.#isHeard, this.#lastHeardMs] = [true, nowMs];
  }

  #opening(nowMs: number): Uint8Array {
    const { beacon, insists, random } = this.#options;
    this.#owesOpen = false;
    this.#openAtMs = nowMs + 500 * 2 ** Math.min(this.#opens++, 5) * (1 + random.next() / 4);
    const echo = this.#other?.nonce ?? 0;
    return encodeOpen({ type: "open", versions: VERSIONS, nonce: this.#nonce, echo, insists, beacon });
  }

  #data(nowMs: number): Uint8Array | undefined {
    const next = this.#stream.next(nowMs, Math.min(this.#options.maxBytes, MAX_PACKET_BYTES) - HEAD_BYTES);
    return next && encodeData({ type: "data", session: this.#session, ...next });
  }

  #closed({ reason }: ClosePacket): void {
    this.#ended = { by: "other", reason };
  }
}

/** The versions of the protocol that we speak. */
export const VERSIONS = [1, 1] as const;

/** Type and session. */
const HEAD_BYTES = 1 + 2;
/** How long we stay to say that we are gone. */
const LINGER_MS = 2000;
const MAX_PACKET_BYTES = 65_536;

/** The version that two speak. @throws {TinmanError} `PROTOCOL` when there is none. */
export function chooseVersion([lowest, highest]: OpenPacket["versions"]): number {
  const version = Math.min(highest, VERSIONS[1]);
  if (version >= Math.max(lowest, VERSIONS[0])) return version;
  throw new TinmanError(
    "PROTOCOL",
    `Cannot sync: the other speaks versions ${lowest} to ${highest}, we speak ${VERSIONS[0]} to ${VERSIONS[1]}`,
    { protocol: "mesh" },
  );
}
