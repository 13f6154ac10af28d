import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import type { DeviceKey } from "../device.ts";
import { deviceBytes, type Payload } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { FeedsListener } from "../feeds.ts";
import { findUnfit, isSealable } from "../kinds.ts";
import { compareStamps, type Stamp } from "../stamp.ts";
import type { Snapshot } from "../view/mod.ts";
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
  // Who was given a key.
  readonly #given = new Map<string, Set<string>>();
  // When a key was first given: giving an old one to a newcomer does not make it new.
  readonly #since = new Map<string, Stamp>();
  #isNew = false;

  constructor(key: DeviceKey, members: Members) {
    ({ box: this.box, open: this.#open } = boxKey(key.secret));
    [this.#device, this.#members] = [key.device, members];
  }

  /** The name of the key that is sealed with now; undefined while there is none. */
  get current(): string | undefined {
    return newestOf([...this.#since].filter(([id]) => this.#keys.has(id)));
  }

  /** Why what is sealed now is not for all members, or not for them alone; undefined when it is. */
  get weakness(): string | undefined {
    const newest = newestOf(this.#since);
    if (newest === undefined || !this.#keys.has(newest)) return "this device was not given the newest key";
    return this.#isWithRemoved(newest) ? "somebody who was removed has the newest key" : undefined;
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
      const event = feed.at(seq)!;
      const { kind, payload } = event;
      if (kind !== "epoch.key" || payload === undefined) continue;
      if (this.#members.of(feed.device)?.role !== "admin" || !this.#members.counts(feed, seq)) continue;
      this.#take(payload as unknown as KeyEvent, event);
    }
  }

  /** Whether a key has come since this was asked last. */
  takeNew(): boolean {
    const isNew = this.#isNew;
    this.#isNew = false;
    return isNew;
  }

  /** Takes in what somebody had passed on without what it said. */
  filled(feed: Feed, seq: number): void {
    this.applied(feed, seq, 1);
  }

  /** Takes in the keys that a snapshot holds; all that is in it did count. */
  rebased({ others }: Pick<Snapshot, "others">): void {
    for (const { write: { device, event: { kind, payload, ...stamp } } } of others) {
      if (kind !== "epoch.key" || this.#members.of(device)?.role !== "admin") continue;
      this.#take(payload as unknown as KeyEvent, stamp);
    }
  }

  /**
   * Events that an admin has to write so that all members have all keys: a new one when there is none, `renew` says so or
   * who was removed has the last one, and those that a device was not given yet. `random` gives bytes from the machine's own source of chance.
   */
  owed({ renew = false, random }: { readonly renew?: boolean; random(length: number): Uint8Array }): KeyChange[] {
    const devices = this.#members.list().flatMap(({ devices }) => devices.filter((each) => each.cutoff === undefined));
    const { current } = this;
    if (renew || current === undefined || this.#isWithRemoved(current)) {
      const key = random(32);
      this.#keys.set(keyId(key), key);
    }
    return [...this.#keys].flatMap(([id, key]) => {
      const missing = devices.filter(({ device, box }) => box !== undefined && !this.#given.get(id)?.has(device));
      const keys = missing.map(({ device, box }) => ({ device, box: sealTo(box!, key, random(32)).toHex() }));
      return chunks(keys, 100).map((each) => ({ kind: "epoch.key", key: id, keys: each }));
    });
  }

  #isWithRemoved(id: string): boolean {
    return this.#given.get(id)?.values().some((device) => this.#members.cutoff(device) !== undefined) ?? false;
  }

  #take({ key: id, keys }: KeyEvent, stamp: Stamp): void {
    const given = this.#given.getOrInsertComputed(id, () => new Set());
    for (const { device } of keys) given.add(device);
    const mine = keys.find(({ device }) => device === this.#device);
    const key = mine && this.#open(Uint8Array.fromHex(mine.box));
    if (key !== undefined && keyId(key) === id && !this.#keys.has(id)) {
      this.#keys.set(id, key);
      this.#isNew = true;
    }
    const since = this.#since.get(id);
    if (since === undefined || compareStamps(stamp, since) < 0) this.#since.set(id, stamp);
  }
}

/** What who cannot read an event needs to pass on the file in it: its content is sealed itself. (A13) */
function carriedBy({ kind, payload: { blob, size } }: Sayable): Payload {
  return kind === "attachment.add" ? { blob: blob!, size: size! } : {};
}

function newestOf(keys: Iterable<readonly [string, Stamp]>): string | undefined {
  const [newest] = [...keys].sort(([a, since], [b, then]) => compareStamps(then, since) || (a < b ? 1 : -1));
  return newest?.[0];
}

/** Gives members a key. */
export type KeyChange = { readonly kind: "epoch.key" } & KeyEvent;

interface KeyEvent {
  readonly key: string;
  readonly keys: readonly { readonly device: string; readonly box: string }[];
}

function placeBytes({ device, seq }: SealPlace): Uint8Array {
  const bytes = new Uint8Array(36);
  bytes.set(deviceBytes(device));
  new DataView(bytes.buffer).setUint32(32, seq);
  return bytes;
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
