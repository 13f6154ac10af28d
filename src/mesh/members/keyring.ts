import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import type { DeviceKey } from "../device.ts";
import { deviceBytes, type EventRef, type Payload } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { FeedsListener } from "../feeds.ts";
import { findUnfit, isSealable } from "../kinds.ts";
import type { Snapshot } from "../view/mod.ts";
import { type Giving, Givings, type KeyEvent } from "./givings.ts";
import type { Members } from "./members.ts";
import { boxKey, keyId, seal, sealTo, unseal } from "./seal.ts";

/** What an event says, and where it stands. */
export interface Sayable {
  readonly kind: string;
  readonly payload: Payload;
}

/** Where an event stands, for sealing. */
export interface SealPlace {
  readonly device: string;
  readonly seq: number;
}

/** The keys that members share, as far as this device has them: SPEC M9–M11. */
export class Keyring implements FeedsListener {
  /** The X25519 key of this device, for others to seal to: 64 hexadecimal digits. */
  readonly box: string;
  readonly #open: (sealed: Uint8Array) => Uint8Array | undefined;
  readonly #device: string;
  readonly #members: Members;
  readonly #keys = new Map<string, Uint8Array>();
  readonly #givings: Givings;
  // Who gave them may not be known as an admin yet.
  #unopened: Giving[] = [];
  #taken = 0;

  constructor(key: DeviceKey, members: Members) {
    ({ box: this.box, open: this.#open } = boxKey(key.secret));
    [this.#device, this.#members] = [key.device, members];
    this.#givings = new Givings({
      counts: (giving) => this.#counts(giving),
      isRemoved: (device) => members.cutoff(device) !== undefined,
    });
  }

  /** The name of the key that is sealed with now; undefined while there is none. */
  get current(): string | undefined {
    return this.#givings.keys().find((id) => this.#keys.has(id));
  }

  /** Why what is sealed now is not for all members, or not for them alone; undefined when it is. */
  get weakness(): string | undefined {
    const [newest] = this.#givings.keys();
    if (newest === undefined || !this.#keys.has(newest)) return "this device was not given the newest key";
    return this.#givings.isWithRemoved(newest) ? "somebody who was removed has the newest key" : undefined;
  }

  /** An event that only members can read; the kinds that relays need stay as they are. @throws {Error} Without a key. */
  seal(said: Sayable, place: SealPlace): Sayable {
    const id = this.current;
    const key = id && this.#keys.get(id);
    if (!key) throw new Error("no key to seal with");
    const data = seal(encodeCbor([said.kind, said.payload]), { key, place: placeBytes(place) }).toHex();
    return { kind: "sealed", payload: { key: id, data, ...carriedBy(said) } };
  }

  /** What a sealed event says; undefined while its key is not here, or when what is in it does not fit. */
  open({ payload }: Sayable, place: SealPlace): Sayable | undefined {
    const { key: id, data } = payload as { readonly key: string; readonly data: string };
    const key = this.#keys.get(id);
    const plain = key && unseal(Uint8Array.fromHex(data), { key, place: placeBytes(place) });
    if (plain === undefined) return undefined;
    try {
      const [kind, said] = decodeCbor(plain) as [string, Payload];
      return isSealable(kind) && findUnfit(kind, said) === undefined ? { kind, payload: said } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether this device has a key. */
  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** Bytes that only members can read, with the name of the key; the same for the same bytes. @throws {Error} Without a key. */
  sealBytes(plain: Uint8Array, place: Uint8Array): { readonly key: string; readonly data: Uint8Array } {
    const id = this.current;
    const key = id && this.#keys.get(id);
    if (!key) throw new Error("no key to seal with");
    return { key: id, data: seal(plain, { key, place }) };
  }

  /** What was sealed at this place; undefined when its key is not here, or it was not sealed with it. */
  openBytes(
    { key: id, data }: { readonly key: string; readonly data: Uint8Array },
    place: Uint8Array,
  ): Uint8Array | undefined {
    const key = this.#keys.get(id);
    return key && unseal(data, { key, place });
  }

  /** Takes in keys that admins gave to this device. */
  applied(feed: Feed, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) {
      const { kind, payload, wallMs, counter } = feed.at(seq)!;
      if (kind !== "epoch.key" || payload === undefined) continue;
      const ref = { device: feed.device, seq, check: feed.checkAt(seq)! };
      this.#keep({ ...ref, at: { wallMs, counter }, ...payload as unknown as KeyEvent });
    }
  }

  /** Whether a key has come since this was asked last, or who gave one has become an admin. */
  takeNew(): boolean {
    this.#unopened = this.#unopened.filter((giving) => !this.#take(giving));
    const { size } = this.#keys;
    const isNew = size > this.#taken;
    this.#taken = size;
    return isNew;
  }

  /** Takes in what somebody had passed on without what it said. */
  filled(feed: Feed, seq: number): void {
    this.applied(feed, seq, 1);
  }

  /** Takes in the keys that a snapshot holds. */
  rebased({ others }: Pick<Snapshot, "others">): void {
    for (const { write: { device, seq, check, event: { kind, payload, ...at } } } of others) {
      if (kind === "epoch.key") this.#keep({ device, seq, check, at, ...payload as unknown as KeyEvent });
    }
  }

  /**
   * Events that an admin has to write so that all members have all keys: those that a device was not given yet, and a new
   * one when there is none, `renew` says so, or somebody who was removed has or gave one. `random` gives bytes from the
   * machine's own source of chance.
   */
  owed({ renew = false, random }: { readonly renew?: boolean; random(length: number): Uint8Array }): KeyChange[] {
    const devices = this.#members.list().flatMap(({ devices }) => devices.filter((each) => each.cutoff === undefined));
    const counting = new Set(this.#givings.keys());
    const { current } = this;
    const isWeak = current === undefined || this.#givings.isWithRemoved(current);
    // What is given anew is the newest key then, unless another one follows.
    const isAnew = this.#keys.keys().some((id) => this.#givings.isKnown(id) && !counting.has(id));
    // One that could not be written when it was made is as good as new.
    const isThere = this.#keys.keys().some((id) => !this.#givings.isKnown(id));
    if ((renew || isWeak || isAnew) && !isThere) {
      const key = random(32);
      this.#keys.set(keyId(key), key);
    }
    const inOrder = [...this.#keys].sort(([a], [b]) =>
      Number(!this.#givings.isKnown(a)) - Number(!this.#givings.isKnown(b))
    );
    return inOrder.flatMap(([id, key]) => {
      const missing = devices.filter(({ device, box }) => box !== undefined && !this.#givings.isGiven(id, device));
      const keys = missing.map(({ device, box }) => ({ device, box: sealTo(box!, key, random(32)).toHex() }));
      return chunks(keys, 100).map((each) => ({ kind: "epoch.key", key: id, keys: each }));
    });
  }

  #keep(giving: Giving): void {
    this.#givings.add(giving);
    if (!this.#take(giving)) this.#unopened.push(giving);
  }

  /** Whether it can be forgotten: a key that was used once stays, also when the admin who gave it is removed. */
  #take(giving: Giving): boolean {
    const mine = giving.keys.find(({ device }) => device === this.#device);
    if (mine !== undefined && this.#members.of(giving.device)?.role !== "admin") return false;
    const key = mine && this.#open(Uint8Array.fromHex(mine.box));
    if (key !== undefined && keyId(key) === giving.key) this.#keys.set(giving.key, key);
    return true;
  }

  #counts(giving: EventRef): boolean {
    return this.#members.of(giving.device)?.role === "admin" && this.#members.countsAt(giving);
  }
}

/** What who cannot read an event needs to pass on the file in it: its content is sealed itself. (A13) */
function carriedBy({ kind, payload: { blob, size } }: Sayable): Payload {
  return kind === "attachment.add" ? { blob: blob!, size: size! } : {};
}

/** Gives members a key. */
export type KeyChange = { readonly kind: "epoch.key" } & KeyEvent;

function placeBytes({ device, seq }: SealPlace): Uint8Array {
  const bytes = new Uint8Array(36);
  bytes.set(deviceBytes(device));
  new DataView(bytes.buffer).setUint32(32, seq);
  return bytes;
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
