import { crc32 } from "../../bytes/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import type { Random } from "../../random/mod.ts";
import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { decodeRuns } from "../wire/mod.ts";
import { airContext, airHeads, answersTo, hasAnswer, headsInstead, isAt, prefixOf } from "./air_feeds.ts";
import {
  type AirBatch,
  type AirHead,
  type AirPacket,
  type AirPlace,
  decodeAir,
  encodeAir,
  PART_HEAD_BYTES,
  PLACE_BYTES,
} from "./air_packets.ts";
import { beaconOf, decodeBeacon, devicesOf, encodeBeacon } from "./beacon.ts";
import { chainIdAt } from "./chain.ts";
import { ByteBudget } from "./byte_budget.ts";
import { Dues } from "./dues.ts";
import { keyOf, Parts } from "./parts.ts";
import { Trickle } from "./trickle.ts";

/** Options of {@linkcode AirSync}. */
export interface AirSyncOptions {
  /** Delays by chance come from it. */
  readonly random: Random;
  /** Most bytes of a packet, at least 64. */
  readonly maxBytes: number;
  /** How often it says what it has: often while something changes, then rarer. @default {[2000, 300000]} */
  readonly beaconMs?: readonly [least: number, most: number];
  /** At most so long it waits before it answers, whether somebody else does. @default {1000} */
  readonly backOffMs?: number;
  /** Bytes of events that one request may draw. @default {4096} */
  readonly maxAnswerBytes?: number;
  /** Bytes that it may send in a second, averaged over a minute: airtime is shared, and there are laws. @default {Infinity} */
  readonly bytesPerSecond?: number;
}

/**
 * Sync on a medium that all share, such as a radio channel, without contacts: what one says, all hear and use. Who was
 * asked waits a moment by chance, and says nothing when somebody else was faster. Without I/O and without a clock, as
 * `SyncSession` is. Meant for few and small changes; it knows no priorities.
 */
export class AirSync implements Disposable {
  /** Events that came this way. */
  appliedEvents = 0;
  readonly #feeds: Feeds;
  readonly #options: Required<AirSyncOptions>;
  readonly #dataset: number;
  readonly #trickle: Trickle;
  readonly #parts = new Parts();
  // Things to do by their time, keyed by what would make them needless.
  readonly #tells = new Dues<number, readonly AirHead[] | undefined>(MAX_DUES);
  readonly #wants = new Dues<number, AirPlace>(MAX_DUES);
  readonly #answers = new Dues<string, AirPlace & { readonly maxBytes: number }>(MAX_DUES);
  readonly #tries = new Map<number, number>();
  /** Runs that were sent lately, for who has missed parts. */
  readonly #sent = new Map<string, { readonly batch: AirBatch; readonly parts: readonly Uint8Array[] }>();
  readonly #queue: Uint8Array[] = [];
  readonly #stopListening: () => void;
  #nowMs = -Infinity;
  readonly #budget: ByteBudget;
  #byPrefix: Map<number, string> | undefined;

  constructor(feeds: Feeds, options: AirSyncOptions) {
    const { beaconMs = [2000, 300_000], backOffMs = 1000, maxAnswerBytes = 4096, bytesPerSecond = Infinity } = options;
    this.#options = { ...options, beaconMs, backOffMs, maxAnswerBytes, bytesPerSecond };
    [this.#feeds, this.#dataset] = [feeds, checkOf(feeds.dataset)];
    this.#trickle = new Trickle({ random: options.random, leastMs: beaconMs[0], mostMs: beaconMs[1] });
    this.#budget = new ByteBudget(bytesPerSecond);
    this.#stopListening = feeds.listen({
      applied: ({ device }) => {
        this.#byPrefix = undefined;
        this.#trickle.reset(this.#nowMs);
        // What is new is told to all; who heard it as we did says it sooner, or also keeps quiet.
        this.#tell(prefixOf(device), undefined);
      },
    });
  }

  /** Takes a packet. What is none is dropped: on the air there is much. */
  receive(bytes: Uint8Array, nowMs: number): void {
    this.#nowMs = nowMs;
    try {
      this.#handle(decodeAir(bytes));
    } catch (error) {
      if (!isTinmanError(error, "PROTOCOL")) throw error;
    }
  }

  /** The next packet, if there is one to be sent now. */
  poll(nowMs: number): Uint8Array | undefined {
    this.#nowMs = nowMs;
    if (!this.#budget.hasRoom(nowMs)) return undefined;
    const packet = this.#queue.shift() ?? this.#next(nowMs);
    this.#budget.spend(packet?.length ?? 0);
    return packet;
  }

  /** When to poll again though nothing came. */
  get nextMs(): number {
    if (this.#queue.length > 0) return this.#budget.nextMs ?? this.#nowMs;
    const dues = [this.#tells, this.#wants, this.#answers].map(({ nextMs }) => nextMs);
    const next = Math.min(this.#trickle.nextMs, this.#parts.nextMs(this.#quietMs), ...dues);
    return Math.max(next, this.#budget.nextMs ?? -Infinity);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  #handle(packet: AirPacket): void {
    if (packet.type === "beacon") return this.#hearBeacon(packet.beacon);
    if (packet.dataset !== this.#dataset) return;
    switch (packet.type) {
      case "heads":
        for (const head of packet.heads) this.#hearHead(head);
        return;
      case "want":
        for (const place of packet.places) this.#hearWant(place, packet.bytes);
        return;
      case "part":
        return this.#hearPart(packet);
      case "lack":
        return this.#hearLack(packet);
    }
  }

  #hearBeacon(bytes: Uint8Array): void {
    const [beacon, own] = [decodeBeacon(bytes), beaconOf(this.#feeds)];
    if (beacon.dataset !== own.dataset) return;
    if (beacon.heads === own.heads) return this.#trickle.hear();
    this.#trickle.reset(this.#nowMs);
    // The order by chance, so that all come on the air when they do not fit into one packet.
    const devices = devicesOf(this.#feeds);
    const first = this.#options.random.int(Math.max(devices.length, 1));
    for (const device of [...devices.slice(first), ...devices.slice(0, first)]) this.#tell(prefixOf(device), undefined);
  }

  #hearHead({ device: prefix, seq, check }: AirHead): void {
    const device = this.#deviceOf(prefix);
    if (device === undefined) {
      return this.#want({ device: prefix, from: 1, after: checkOf(this.#feeds.dataset) });
    }
    const own = this.#ownHeads(prefix);
    // Somebody said it: we need not.
    if (own.length === 1 && own[0]!.seq === seq && own[0]!.check === check) return this.#tells.delete(prefix);
    const last = Math.max(...this.#feeds.of(device).map((feed) => feed.last));
    if (this.#feeds.of(device).some((feed) => isAt(this.#feeds, feed, { seq, check }))) {
      return this.#tell(prefix, undefined);
    }
    // Behind what we have, or a fork: then half the way back, until there is something in common.
    const at = seq > last ? last : seq >> 1;
    const [feed] = this.#feeds.of(device);
    const id = chainIdAt(this.#feeds, feed!, at);
    if (id !== undefined) this.#want({ device: prefix, from: at + 1, after: checkOf(id) });
    if (seq <= last) this.#tell(prefix, undefined);
  }

  #hearWant(place: AirPlace, bytes: number): void {
    const { device: prefix, from } = place;
    const wanted = this.#wants.get(prefix);
    // What another asks for will come to us as well.
    if (wanted !== undefined && wanted.from >= from) this.#wants.postpone(prefix, this.#nowMs + 2 * this.#quietMs);
    const device = this.#deviceOf(prefix);
    if (device === undefined) return;
    if (!hasAnswer(this.#feeds, device, place)) {
      const heads = headsInstead(this.#feeds, device, place);
      return heads.length > 0 ? this.#tell(prefix, heads) : undefined;
    }
    const what = { ...place, maxBytes: Math.min(bytes, this.#options.maxAnswerBytes) };
    this.#answers.set(nameOf(place), what, this.#soon());
  }

  #hearPart({ batch, index, bytes }: AirPacket & { readonly type: "part" }): void {
    const { place } = batch;
    this.#answers.delete(nameOf(place));
    this.#wants.postpone(place.device, this.#nowMs + 2 * this.#quietMs);
    const device = this.#deviceOf(place.device);
    const lasts = device === undefined ? [] : this.#feeds.of(device).map(({ last }) => last);
    if (lasts.length > 0 && Math.max(...lasts) < place.from - 1) return;
    const whole = this.#parts.add(batch, { index, bytes, nowMs: this.#nowMs });
    if (whole === undefined) return;
    const context = batch.hasContext ? airContext(this.#feeds, device, "in") : undefined;
    for (const run of decodeRuns(whole, { context, maxEvents: 4096 })) this.#ingest(run);
  }

  #ingest(run: Run): void {
    const result = this.#feeds.ingest(run);
    if (result.status !== "applied" && result.status !== "known") return;
    if (result.status === "applied") this.appliedEvents += result.count;
    const prefix = prefixOf(run.device);
    this.#wants.delete(prefix);
    this.#tries.delete(prefix);
    this.#parts.drop(prefix, run.from + run.events.length - 1);
  }

  #hearLack({ batch, parts }: AirPacket & { readonly type: "lack" }): void {
    const sent = this.#sent.get(keyOf(batch));
    if (sent === undefined || this.#queue.length > MAX_QUEUE) return;
    for (const [i, part] of sent.parts.entries()) if ((parts[i >> 3]! >> (i & 7) & 1) === 1) this.#queue.push(part);
  }

  #next(nowMs: number): Uint8Array | undefined {
    for (const [, place] of this.#answers.take(nowMs, { max: 1 })) this.#answer(place);
    if (this.#queue.length > 0) return this.#queue.shift();
    const along = {
      untilMs: nowMs + this.#options.backOffMs,
      max: Math.floor((this.#options.maxBytes - 8) / PLACE_BYTES),
    };
    const places = this.#wants.take(nowMs, along).map(([, place]) => place);
    if (places.length > 0) {
      for (const place of places) this.#askAgain(place);
      return encodeAir({ type: "want", dataset: this.#dataset, bytes: this.#options.maxAnswerBytes, places });
    }
    const heads = this.#tells.take(nowMs, along).flatMap(([prefix, heads]) => heads ?? this.#ownHeads(prefix));
    if (heads.length > 0) return encodeAir({ type: "heads", dataset: this.#dataset, heads });
    const stalled = this.#parts.stalled(nowMs, this.#quietMs);
    if (stalled !== undefined) return encodeAir({ type: "lack", dataset: this.#dataset, ...stalled });
    return this.#trickle.poll(nowMs)
      ? encodeAir({ type: "beacon", beacon: encodeBeacon(beaconOf(this.#feeds)) })
      : undefined;
  }

  /** Puts the parts of what was asked for on the queue: never more than was asked for. */
  #answer(place: AirPlace & { readonly maxBytes: number }): void {
    let room = place.maxBytes;
    for (const { bytes, ...about } of answersTo(this.#feeds, this.#deviceOf(place.device)!, place)) {
      if (bytes.length <= room) this.#send(about, bytes);
      room -= bytes.length;
    }
  }

  #send(about: Pick<AirBatch, "place" | "hasContext">, bytes: Uint8Array): void {
    const size = this.#options.maxBytes - PART_HEAD_BYTES;
    const count = Math.ceil(bytes.length / size);
    if (count > 255) return;
    const batch = { ...about, parts: count, crc: crc32(bytes) };
    const parts = Array.from({ length: count }, (_, index) => {
      const part = bytes.subarray(index * size, (index + 1) * size);
      return encodeAir({ type: "part", dataset: this.#dataset, batch, index, bytes: part });
    });
    this.#queue.push(...parts);
    this.#sent.set(keyOf(batch), { batch, parts });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MAX_SENT) this.#sent.delete(oldest!);
  }

  #tell(prefix: number, what: readonly AirHead[] | undefined): void {
    if (what !== undefined || this.#tells.get(prefix) === undefined) this.#tells.set(prefix, what, this.#soon());
  }

  #want(what: AirPlace): void {
    const wanted = this.#wants.get(what.device);
    if (wanted === undefined || wanted.from > what.from) this.#wants.set(what.device, what, this.#soon());
  }

  /** If nobody answers: later and later, and then no more until somebody speaks of it again. */
  #askAgain(what: AirPlace): void {
    const tries = (this.#tries.get(what.device) ?? 0) + 1;
    if (this.#tries.size > MAX_DUES) this.#tries.clear();
    this.#tries.set(what.device, tries % MAX_TRIES);
    if (tries < MAX_TRIES) this.#wants.set(what.device, what, this.#nowMs + this.#quietMs * 2 ** tries);
  }

  #soon(): number {
    return this.#nowMs + this.#options.random.next() * this.#options.backOffMs;
  }

  get #quietMs(): number {
    return 2 * this.#options.backOffMs;
  }

  #ownHeads(prefix: number): AirHead[] {
    const device = this.#deviceOf(prefix);
    return device === undefined ? [] : airHeads(this.#feeds, device);
  }

  #deviceOf(prefix: number): string | undefined {
    this.#byPrefix ??= new Map(devicesOf(this.#feeds).map((device) => [prefixOf(device), device]));
    return this.#byPrefix.get(prefix);
  }
}

const MAX_DUES = 1024;
const MAX_SENT = 16;
const MAX_QUEUE = 512;
const MAX_TRIES = 6;

function nameOf({ device, from, after }: AirPlace): string {
  return `${device} ${from} ${after}`;
}
