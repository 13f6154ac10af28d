import { type Files, readFile } from "../files/mod.ts";
import { isContact, type LastContact } from "./last_contact.ts";
import type { Vault } from "./vault.ts";

/** What a device is known to hold: it said so when it was met. */
export interface Ack {
  /** When that was, in milliseconds since 1970. */
  readonly atMs: number;
  /** The number of its last event of each device. */
  readonly holds: Readonly<Record<string, number>>;
}

/** What is noted where a contact ends. */
export interface Noted {
  readonly atMs: number;
  /** What the device said that it holds; undefined when what it said before stays its last word. */
  readonly holds?: Ack["holds"] | undefined;
  /** How the contact went. @default {nothing is kept of it} */
  readonly contact?: LastContact | undefined;
  /** Who is forgotten last when there is no room: strangers can be any number of devices. @default {nobody} */
  isMember?(device: string): boolean;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** Most numbers that are kept of all devices together: a line of them has up to 100 bytes. */
const MAX_NUMBERS = 100_000;
/** What a device takes though it holds nothing, in such numbers. */
const LEAST_NUMBERS = 8;

/**
 * What other devices are known to hold, and how the last contact with each went, kept in `held.json` beside the log.
 * Without it nothing is known again. When there is no more room, who was met longest ago is forgotten: strangers first.
 */
export class Acks {
  readonly #folder: AckFolder | undefined;
  readonly #acks: Map<string, Ack>;
  readonly #contacts: Map<string, LastContact>;

  constructor(folder?: AckFolder) {
    this.#folder = folder && { ...folder, path: `${folder.path}/held.json` };
    const { devices, contacts } = this.#folder === undefined ? { devices: {}, contacts: {} } : read(this.#folder);
    [this.#acks, this.#contacts] = [new Map(Object.entries(devices)), new Map(Object.entries(contacts))];
  }

  /** What a device holds, by its own word; undefined for one that has not said it. */
  of(device: string): Ack | undefined {
    return this.#acks.get(device);
  }

  /** How the last contact with a device went; undefined where that was not kept. */
  contactWith(device: string): LastContact | undefined {
    return this.#contacts.get(device);
  }

  /** Devices that were met, in no order. */
  devices(): Set<string> {
    return new Set([...this.#acks.keys(), ...this.#contacts.keys()]);
  }

  /** Keeps what a device has said; what it said before does not count any more, as its disk may have been put back. */
  note(device: string, { atMs, holds, contact, isMember }: Noted): void {
    const isNew = [
      holds !== undefined && isOther(this.#acks.get(device), { atMs, holds }),
      contact !== undefined && isOther(this.#contacts.get(device), contact),
    ].includes(true);
    if (holds !== undefined) this.#acks.set(device, { atMs, holds });
    if (contact !== undefined) this.#contacts.set(device, contact);
    this.#makeRoom(isMember);
    if (this.#folder === undefined || !isNew) return;
    const { files, path, vault } = this.#folder;
    const [devices, contacts] = [this.#acks, this.#contacts].map((each) => Object.fromEntries<unknown>(each));
    const bytes = new TextEncoder().encode(`${JSON.stringify({ v: 1, devices, contacts })}\n`);
    files.replace(path, vault?.seal(bytes) ?? bytes);
  }

  #makeRoom(isMember: Noted["isMember"] = () => false): void {
    const all = [...this.devices()].map((device) => {
      const [ack, contact] = [this.#acks.get(device), this.#contacts.get(device)];
      const lists = [ack?.holds, contact?.has, contact?.ahead];
      const numbers = lists.reduce((sum, list) => sum + Object.keys(list ?? {}).length, LEAST_NUMBERS);
      return { device, numbers, atMs: Math.max(ack?.atMs ?? 0, contact?.atMs ?? 0) };
    });
    let left = all.reduce((sum, { numbers }) => sum + numbers, 0);
    if (left <= MAX_NUMBERS) return;
    const members = new Set(all.filter(({ device }) => isMember(device)));
    all.sort((a, b) => Number(members.has(a)) - Number(members.has(b)) || a.atMs - b.atMs);
    for (const { device, numbers } of all) {
      if (left <= MAX_NUMBERS) return;
      left -= numbers;
      this.#acks.delete(device);
      this.#contacts.delete(device);
    }
  }
}

const HOUR_MS = 3_600_000;

/** Whether it says something else than what is kept, or has been kept for an hour. */
function isOther<T extends { readonly atMs: number }>(known: T | undefined, now: T): boolean {
  return known === undefined || now.atMs - known.atMs >= HOUR_MS || !isSame({ ...known, atMs: 0 }, { ...now, atMs: 0 });
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const names = Object.keys(a);
  const of = (value: object, name: string) => (value as Record<string, unknown>)[name];
  return names.length === Object.keys(b).length && names.every((name) => isSame(of(a, name), of(b, name)));
}

interface AckFolder {
  readonly files: Files;
  readonly path: string;
  readonly vault?: Vault;
}

interface Kept {
  readonly devices: Record<string, Ack>;
  /** Not there in files of older versions. */
  readonly contacts: Record<string, LastContact>;
}

function read({ files, path, vault }: AckFolder): Kept {
  try {
    const kept = readFile(files, path, MAX_BYTES);
    const bytes = kept && vault !== undefined ? vault.open(kept) : kept;
    if (bytes === undefined) return { devices: {}, contacts: {} };
    const { devices, contacts = {} } = JSON.parse(new TextDecoder().decode(bytes)) as Kept;
    return { devices: only(devices, isAck), contacts: only(contacts, isContact) };
  } catch {
    // Who is met again says it again.
    return { devices: {}, contacts: {} };
  }
}

function only<T>(all: Record<string, T>, isRight: (each: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([, each]) => isRight(each)));
}

function isAck({ atMs, holds }: Ack): boolean {
  return Number.isFinite(atMs) && Object.values(holds).every((seq) => Number.isSafeInteger(seq));
}
