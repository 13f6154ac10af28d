import { isTinmanError } from "../../errors/mod.ts";
import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { decodeRuns } from "../wire/mod.ts";
import { AirAlerts } from "./air_alerts.ts";
import { airContext, answersTo, hasAnswer, headsInstead, isAt, nameOf, prefixOf } from "./air_feeds.ts";
import { AirHeard, type AirReport } from "./air_heard.ts";
import { AirNames } from "./air_names.ts";
import { type AirHead, type AirPacket, type AirPlace, decodeAir, encodeAir, PLACE_BYTES } from "./air_packets.ts";
import type { AirSyncOptions } from "./air_options.ts";
import { AirQueue } from "./air_queue.ts";
import { beaconOf, decodeBeacon, devicesOf, encodeBeacon } from "./beacon.ts";
import { chainIdAt } from "./chain.ts";
import { ByteBudget } from "./byte_budget.ts";
import { Dues } from "./dues.ts";
import { PRIORITY } from "./outbox.ts";
import { Parts } from "./parts.ts";
import { Trickle } from "./trickle.ts";

/**
 * Sync on a medium that all share, such as a radio channel, without contacts: what one says, all hear and use. Who was
 * asked waits a moment by chance, and says nothing when somebody else was faster. Without I/O and without a clock, as
 * `SyncSession` is. Meant for few and small changes.
 */
export class AirSync implements Disposable {
  /** Events that came this way. */
  appliedEvents = 0;
  readonly #feeds: Feeds;
  readonly #options: AirSyncOptions & Required<Pick<AirSyncOptions, "beaconMs" | "backOffMs" | "maxAnswerBytes">>;
  readonly #dataset: number;
  readonly #trickle: Trickle;
  readonly #parts = new Parts();
  // Things to do by their time, keyed by what would make them needless.
  readonly #tells = new Dues<number, readonly AirHead[] | undefined>(MAX_DUES);
  readonly #wants = new Dues<number, AirPlace>(MAX_DUES);
  readonly #answers = new Dues<string, AirPlace & { readonly maxBytes: number }>(MAX_DUES);
  readonly #tries = new Map<number, number>();
  readonly #alerts: AirAlerts;
  readonly #heard = new AirHeard();
  readonly #names: AirNames;
  readonly #queue: AirQueue;
  readonly #stopListening: () => void;
  #nowMs = -Infinity;
  readonly #budget: ByteBudget;
  #sentBytes = 0;

  constructor(feeds: Feeds, options: AirSyncOptions) {
    const { beaconMs = [2000, 300_000], backOffMs = 1000, maxAnswerBytes = 4096, bytesPerSecond = Infinity } = options;
    this.#options = { ...options, beaconMs, backOffMs, maxAnswerBytes };
    [this.#feeds, this.#dataset] = [feeds, checkOf(feeds.dataset)];
    [this.#alerts, this.#names] = [new AirAlerts(feeds, options), new AirNames(feeds)];
    this.#trickle = new Trickle({ random: options.random, leastMs: beaconMs[0], mostMs: beaconMs[1] });
    this.#queue = new AirQueue({ dataset: this.#dataset, maxBytes: options.maxBytes, quietMs: 2 * backOffMs });
    this.#budget = new ByteBudget(bytesPerSecond);
    this.#stopListening = feeds.listen({
      applied: (feed, from) => {
        const { device } = feed;
        this.#names.refresh();
        if (this.#alerts.isIn(feed.slice(from))) this.#alerts.add(prefixOf(device));
        this.#trickle.reset(this.#nowMs);
        // What is new is told to all; who heard it as we did says it sooner, or also keeps quiet.
        this.#tell(prefixOf(device), undefined);
      },
    });
  }

  /** How it goes, as far as the medium tells. */
  get report(): AirReport {
    const { bytes: heardBytes, lastMs: heardMs, sameMs, otherMs } = this.#heard;
    const authors = this.#heard.authors(this.#names, this.#nowMs);
    return {
      ...{ sentBytes: this.#sentBytes, heardBytes, heardMs, sameMs, otherMs, newEvents: this.appliedEvents, authors },
      toGet: authors.reduce((sum, { toGet }) => sum + toGet, 0),
      toSend: { requests: this.#answers.size, bytes: this.#queue.bytes },
    };
  }

  /** Takes a packet. What is none is dropped: on the air there is much. */
  receive(bytes: Uint8Array, nowMs: number): void {
    this.#nowMs = nowMs;
    try {
      const packet = decodeAir(bytes);
      if (!this.#isOurs(packet)) return;
      this.#heard.note(packet, { bytes: bytes.length, nowMs });
      this.#handle(packet);
    } catch (error) {
      if (!isTinmanError(error, "PROTOCOL")) throw error;
    }
  }

  /** The next packet, if there is one to be sent now. */
  poll(nowMs: number): Uint8Array | undefined {
    this.#nowMs = nowMs;
    if (!this.#budget.hasRoom(nowMs)) return undefined;
    const packet = this.#next(nowMs);
    this.#budget.spend(packet?.length ?? 0);
    this.#sentBytes += packet?.length ?? 0;
    return packet;
  }

  /** When to poll again though nothing came. */
  get nextMs(): number {
    if (this.#queue.rank < Infinity) return this.#budget.nextMs ?? this.#nowMs;
    const dues = [this.#tells, this.#wants, this.#answers].map(({ nextMs }) => nextMs);
    const next = Math.min(this.#trickle.nextMs, this.#parts.nextMs(this.#quietMs), ...dues);
    return Math.max(next, this.#budget.nextMs ?? -Infinity);
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  #handle(packet: AirPacket): void {
    switch (packet.type) {
      case "beacon":
        return this.#hearBeacon(packet.beacon);
      case "heads":
        if (packet.isAlert) { for (const { device } of packet.heads) this.#alerts.add(device); }
        for (const head of packet.heads) this.#hearHead(head);
        return;
      case "want":
        for (const place of packet.places) this.#hearWant(place, packet.bytes);
        return;
      case "part":
        return this.#hearPart(packet);
      case "lack":
        return this.#queue.again(packet.batch, packet.parts);
    }
  }

  #isOurs(packet: AirPacket): boolean {
    if (packet.type !== "beacon") return packet.dataset === this.#dataset;
    return decodeBeacon(packet.beacon).dataset === this.#feeds.dataset.subarray(0, 8).toHex();
  }

  #hearBeacon(bytes: Uint8Array): void {
    if (decodeBeacon(bytes).heads === beaconOf(this.#feeds).heads) {
      this.#heard.sameMs = this.#nowMs;
      return this.#trickle.hear();
    }
    this.#heard.otherMs = this.#nowMs;
    this.#trickle.reset(this.#nowMs);
    // The order by chance, so that all come on the air when they do not fit into one packet.
    const devices = devicesOf(this.#feeds);
    const first = this.#options.random.int(Math.max(devices.length, 1));
    for (const device of [...devices.slice(first), ...devices.slice(0, first)]) this.#tell(prefixOf(device), undefined);
  }

  #hearHead({ device: prefix, seq, check }: AirHead): void {
    const device = this.#names.deviceOf(prefix);
    if (device === undefined) {
      return this.#want({ device: prefix, from: 1, after: checkOf(this.#feeds.dataset) });
    }
    const own = this.#names.headsOf(prefix);
    // Somebody said it: we need not.
    if (own.length === 1 && own[0]!.seq === seq && own[0]!.check === check) {
      this.#alerts.delete(prefix);
      return this.#tells.delete(prefix);
    }
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
    const device = this.#names.deviceOf(prefix);
    if (device === undefined) return;
    if (!hasAnswer(this.#feeds, device, place)) {
      const heads = headsInstead(this.#feeds, device, place);
      return heads.length > 0 ? this.#tell(prefix, heads) : undefined;
    }
    const what = { ...place, maxBytes: Math.min(bytes, this.#options.maxAnswerBytes) };
    // What is ours hardly anybody else has.
    this.#answers.set(nameOf(place), what, this.#soon(this.#rankOf(place) < PRIORITY.RELAY));
  }

  #hearPart({ batch, index, bytes }: AirPacket & { readonly type: "part" }): void {
    const { place } = batch;
    this.#answers.delete(nameOf(place));
    this.#wants.postpone(place.device, this.#nowMs + 2 * this.#quietMs);
    const device = this.#names.deviceOf(place.device);
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

  #next(nowMs: number): Uint8Array | undefined {
    // What is long does not keep an alert waiting.
    const alert = !this.#alerts.isEmpty ? this.#ask(nowMs, ALERTS) ?? this.#say(nowMs, ALERTS) : undefined;
    if (alert !== undefined) return alert;
    const first = { max: 1, rank: (_: string, place: AirPlace) => this.#rankOf(place), below: this.#queue.rank };
    for (const [, place] of this.#answers.take(nowMs, first)) this.#answer(place);
    const next = this.#queue.shift() ?? this.#ask(nowMs) ?? this.#say(nowMs);
    if (next !== undefined) return next;
    const stalled = this.#parts.stalled(nowMs, this.#quietMs);
    if (stalled !== undefined) return encodeAir({ type: "lack", dataset: this.#dataset, ...stalled });
    return this.#trickle.poll(nowMs)
      ? encodeAir({ type: "beacon", beacon: encodeBeacon(beaconOf(this.#feeds)) })
      : undefined;
  }

  #ask(nowMs: number, below = Infinity): Uint8Array | undefined {
    const places = this.#wants.take(nowMs, this.#along(nowMs, below)).map(([, place]) => place);
    if (places.length === 0) return undefined;
    for (const place of places) this.#askAgain(place);
    return encodeAir({ type: "want", dataset: this.#dataset, bytes: this.#options.maxAnswerBytes, places });
  }

  #say(nowMs: number, below = Infinity): Uint8Array | undefined {
    const taken = this.#tells.take(nowMs, this.#along(nowMs, below));
    const heads = taken.flatMap(([prefix, heads]) => heads ?? this.#names.headsOf(prefix));
    const isAlert = taken.some(([prefix]) => this.#alerts.has(prefix));
    // It was said; who asks is answered by what the events are.
    for (const [prefix] of taken) this.#alerts.delete(prefix);
    return heads.length > 0 ? encodeAir({ type: "heads", dataset: this.#dataset, isAlert, heads }) : undefined;
  }

  /** As much as goes into one packet, alerts first. */
  #along(nowMs: number, below: number) {
    return {
      untilMs: nowMs + this.#options.backOffMs,
      max: Math.floor((this.#options.maxBytes - 8) / PLACE_BYTES),
      rank: (prefix: number) => (this.#alerts.has(prefix) ? PRIORITY.ALERT : PRIORITY.RELAY),
      below,
    };
  }

  /** Puts the parts of what was asked for on the queue: never more than was asked for. */
  #answer(place: AirPlace & { readonly maxBytes: number }): void {
    const rank = this.#rankOf(place);
    let room = place.maxBytes;
    for (const answer of answersTo(this.#feeds, this.#names.deviceOf(place.device)!, place)) {
      if (answer.bytes.length <= room) this.#queue.add({ ...answer, rank }, this.#nowMs);
      room -= answer.bytes.length;
    }
  }

  #rankOf({ device, from }: AirPlace): number {
    return this.#alerts.rankOf(this.#names.deviceOf(device), from);
  }

  #tell(prefix: number, what: readonly AirHead[] | undefined): void {
    if (what !== undefined || this.#tells.get(prefix) === undefined) {
      this.#tells.set(prefix, what, this.#soon(this.#alerts.has(prefix)));
    }
  }

  #want(what: AirPlace): void {
    const wanted = this.#wants.get(what.device);
    if (wanted === undefined || wanted.from > what.from) {
      this.#wants.set(what.device, what, this.#soon(this.#alerts.has(what.device)));
    }
  }

  /** If nobody answers: later and later, and then no more until somebody speaks of it again. */
  #askAgain(what: AirPlace): void {
    const tries = (this.#tries.get(what.device) ?? 0) + 1;
    if (this.#tries.size > MAX_DUES) this.#tries.clear();
    this.#tries.set(what.device, tries % MAX_TRIES);
    if (tries < MAX_TRIES) this.#wants.set(what.device, what, this.#nowMs + this.#quietMs * 2 ** tries);
  }

  #soon(isFirst = false): number {
    return this.#nowMs + this.#options.random.next() * this.#options.backOffMs / (isFirst ? 4 : 1);
  }

  get #quietMs(): number {
    return 2 * this.#options.backOffMs;
  }
}

const MAX_DUES = 1024;
const MAX_TRIES = 6;
const ALERTS = PRIORITY.ALERT + 1;
