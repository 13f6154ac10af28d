import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { type Ack, MAX_LATER_BYTES, type Segment } from "./packet.ts";
import { refuse } from "./refuse.ts";

/** Options of {@linkcode MessageStream}. */
export interface StreamOptions {
  /** Whether what is sent arrives, once and in order, so that nothing need be acknowledged. */
  readonly isReliable: boolean;
  /** Most bytes of a message, now. */
  maxMessageBytes(): number;
}

/**
 * Messages both ways over packets that get lost, doubled and swapped: numbered segments, acknowledged by number and a
 * bitmap, sent again when they are overtaken or late. How long is late follows RFC 6298; how many may be on their way
 * grows while they come back soon.
 */
export class MessageStream {
  readonly #options: StreamOptions;
  // Out: what has no number yet, what was sent and not acknowledged.
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #written = 0;
  #taken = 0;
  readonly #sent = new Map<number, Sent>();
  #nextNumber = 0;
  #window = FIRST_WINDOW;
  #smoothMs: number | undefined;
  #varianceMs = 0;
  #leastMs = Infinity;
  #tries = 0;
  // Karn: what was sent twice measures nothing, so what is late waits longer until something was measured.
  #backoff = 0;
  #lateMs = -Infinity;
  // In: what is next, what came before its turn, the message that has begun.
  #expected = 0;
  readonly #early = new Map<number, Uint8Array>();
  #owed = 0;
  #ackAtMs: number | undefined;
  #parts: Uint8Array[] = [];
  #have = 0;
  #need = 1;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Bytes that were not acknowledged yet, or not sent. */
  get unsentBytes(): number {
    return this.#queued;
  }

  /** Bytes that were written so far. */
  get writtenBytes(): number {
    return this.#written;
  }

  /** Bytes of those that have arrived, as far as that is known. */
  get arrivedBytes(): number {
    const [first] = this.#sent.values();
    return first?.start ?? this.#written - this.#queued;
  }

  /** Segments that came, up to the first that is missing. */
  get heardSegments(): number {
    return this.#expected;
  }

  /** All segments that came, also before their turn. */
  get segments(): number {
    return this.#expected + this.#early.size;
  }

  /** Whether all that was written has arrived, as far as that is known. */
  get isFlushed(): boolean {
    return this.#queued === 0 && this.#sent.size === 0;
  }

  /** How often in a row nothing came back. */
  get tries(): number {
    return this.#tries;
  }

  /** Puts a message behind all others. */
  write(message: Uint8Array): void {
    const head = new ByteWriter(8).varint(message.length).take();
    this.#queue.push(head, message);
    this.#queued += head.length + message.length;
    this.#written += head.length + message.length;
  }

  /** What arrived; gives the messages that are whole now. @throws {RangeError} */
  receive(segment: Segment, nowMs: number): Uint8Array[] {
    const { number, bytes } = segment;
    if (bytes.length === 0) refuse("a segment is empty");
    if (this.#options.isReliable && number !== this.#expected) refuse(`segment ${number} is not the next`);
    if (!this.#options.isReliable) {
      // What is not in turn is told at once: something may be lost.
      this.#owed = number === this.#expected ? this.#owed + 1 : MAX_OWED;
      this.#ackAtMs ??= nowMs + ACK_DELAY_MS;
    }
    if (number < this.#expected || number >= this.#expected + MAX_EARLY || this.#early.has(number)) return [];
    this.#early.set(number, bytes);
    const parts: Uint8Array[] = [];
    for (let part; (part = this.#early.get(this.#expected)) !== undefined; this.#expected++) {
      this.#early.delete(this.#expected);
      parts.push(part);
    }
    return parts.flatMap((part) => this.#assemble(part));
  }

  /** What the other end says has arrived. @throws {RangeError} */
  acknowledge({ next, later }: Ack, nowMs: number): void {
    if (next > this.#nextNumber) refuse("it acknowledges what was not sent");
    let highest = -1;
    let count = 0;
    for (const [number, sent] of this.#sent) {
      const at = number - next - 1;
      const isThere = number < next || (at >= 0 && at < 8 * later.length && (later[at >> 3]! >> (at & 7) & 1) === 1);
      if (!isThere) continue;
      this.#sent.delete(number);
      highest = Math.max(highest, number);
      count++;
      if (sent.times === 1) this.#measure(nowMs - sent.atMs);
    }
    if (count === 0) return;
    const timeoutMs = this.#timeoutMs;
    this.#tries = 0;
    const isQueueing = (this.#smoothMs ?? 0) > 2 * this.#leastMs + 100;
    this.#window = isQueueing ? Math.max(this.#window - 1, 4) : Math.min(this.#window + count, MAX_WINDOW);
    // Three that were sent later have arrived: it is lost.
    for (const [number, sent] of this.#sent) {
      const isOvertaken = number + 3 <= highest && sent.atMs + (this.#smoothMs ?? 0) <= nowMs;
      if (isOvertaken || sent.atMs + timeoutMs <= nowMs) sent.isLost = true;
    }
  }

  /** What is to be sent now, in at most `maxBytes`. */
  next(
    nowMs: number,
    maxBytes: number,
  ): { readonly ack: Ack | undefined; readonly segment: Segment | undefined } | undefined {
    const ack = this.#owed > 0 ? this.#ack() : undefined;
    const ackBytes = ack === undefined ? 0 : NUMBER_BYTES + 1 + ack.later.length;
    const room = maxBytes - NUMBER_BYTES;
    const segment = this.#lost(nowMs) ?? this.#fresh(nowMs, room - ackBytes);
    const isDue = this.#owed >= MAX_OWED || (this.#ackAtMs !== undefined && nowMs >= this.#ackAtMs);
    if (segment === undefined && !isDue) return undefined;
    // One that is sent again keeps its length.
    if (segment !== undefined && segment.bytes.length + ackBytes > room) return { ack: undefined, segment };
    [this.#owed, this.#ackAtMs] = [0, undefined];
    return { ack, segment };
  }

  /** When {@linkcode MessageStream.next} has something though nothing arrives; undefined for never. */
  get nextMs(): number | undefined {
    let at = this.#ackAtMs;
    if (this.#owed >= MAX_OWED || (this.#queued > 0 && this.#sent.size < this.#window)) return -Infinity;
    for (const { atMs, isLost } of this.#sent.values()) {
      at = Math.min(at ?? Infinity, isLost ? -Infinity : Math.max(atMs, this.#lateMs) + this.#timeoutMs);
    }
    return at;
  }

  get #timeoutMs(): number {
    const usual = this.#smoothMs === undefined ? 1000 : this.#smoothMs + 4 * this.#varianceMs + 2 * ACK_DELAY_MS;
    return Math.min(Math.max(usual, 100) * 2 ** Math.min(this.#backoff, 6), MAX_TIMEOUT_MS);
  }

  #lost(nowMs: number): Segment | undefined {
    for (const [number, sent] of this.#sent) {
      // Late are all of them when nothing comes back: one is enough to ask.
      const isLate = nowMs >= Math.max(sent.atMs, this.#lateMs) + this.#timeoutMs;
      if (!isLate && !sent.isLost) continue;
      if (isLate) {
        this.#tries++;
        this.#backoff++;
        this.#window = Math.max(this.#window >> 1, 2);
        this.#lateMs = nowMs;
      }
      [sent.atMs, sent.isLost] = [nowMs, false];
      sent.times++;
      return { number, bytes: sent.bytes };
    }
    return undefined;
  }

  #fresh(nowMs: number, maxBytes: number): Segment | undefined {
    if (this.#queued === 0 || this.#sent.size >= this.#window) return undefined;
    const bytes = new Uint8Array(Math.min(this.#queued, maxBytes));
    let length = 0;
    let used = 0;
    while (length < bytes.length) {
      const piece = this.#queue[used]!;
      const part = piece.subarray(this.#taken, this.#taken + bytes.length - length);
      bytes.set(part, length);
      length += part.length;
      this.#taken += part.length;
      if (this.#taken === piece.length) [this.#taken, used] = [0, used + 1];
    }
    const start = this.#written - this.#queued;
    this.#queue.splice(0, used);
    this.#queued -= length;
    const number = this.#nextNumber++;
    if (!this.#options.isReliable) this.#sent.set(number, { bytes, start, atMs: nowMs, times: 1, isLost: false });
    return { number, bytes };
  }

  #ack(): Ack {
    const later = new Uint8Array(MAX_LATER_BYTES);
    let length = 0;
    for (const number of this.#early.keys()) {
      const at = number - this.#expected - 1;
      if (at < 0 || at >= 8 * MAX_LATER_BYTES) continue;
      later[at >> 3]! |= 1 << (at & 7);
      length = Math.max(length, (at >> 3) + 1);
    }
    return { next: this.#expected, later: later.subarray(0, length) };
  }

  #measure(ms: number): void {
    this.#backoff = 0;
    this.#leastMs = Math.min(this.#leastMs, ms);
    if (this.#smoothMs === undefined) [this.#smoothMs, this.#varianceMs] = [ms, ms / 2];
    else {
      this.#varianceMs += (Math.abs(ms - this.#smoothMs) - this.#varianceMs) / 4;
      this.#smoothMs += (ms - this.#smoothMs) / 8;
    }
  }

  #assemble(part: Uint8Array): Uint8Array[] {
    this.#parts.push(part);
    this.#have += part.length;
    if (this.#have < this.#need) return [];
    const bytes = new Uint8Array(this.#have);
    let at = 0;
    for (const each of this.#parts) {
      bytes.set(each, at);
      at += each.length;
    }
    at = 0;
    const messages: Uint8Array[] = [];
    for (;;) {
      const length = lengthAt(bytes, at, this.#options.maxMessageBytes());
      const end = length === undefined ? undefined : length.end + length.value;
      // What is announced is not made room for: parts are joined when all are there.
      this.#need = (end ?? bytes.length + 1) - at;
      if (end === undefined || end > bytes.length) break;
      messages.push(bytes.subarray(length!.end, end));
      at = end;
    }
    this.#parts = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#have = bytes.length - at;
    return messages;
  }
}

interface Sent {
  readonly bytes: Uint8Array;
  /** Bytes that were written before it. */
  readonly start: number;
  atMs: number;
  times: number;
  isLost: boolean;
}

/** Most bytes of the number of a segment. */
const NUMBER_BYTES = 5;
const FIRST_WINDOW = 8;
const MAX_WINDOW = 200;
const MAX_EARLY = 512;
const MAX_OWED = 8;
const ACK_DELAY_MS = 20;
const MAX_TIMEOUT_MS = 60_000;

/** The length of the message that begins at `at`; undefined while it is not all there. */
function lengthAt(
  bytes: Uint8Array,
  at: number,
  max: number,
): { readonly value: number; readonly end: number } | undefined {
  const head = bytes.subarray(at, at + 8);
  if (!head.some((byte) => byte < 128)) return head.length === 8 ? refuse("a length does not end") : undefined;
  const reader = new ByteReader(head);
  const value = reader.varint();
  if (value < 1 || value > max) refuse(`a message has ${value} bytes`);
  return { value, end: at + reader.at };
}
