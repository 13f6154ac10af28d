import { isTinmanError, type TinmanError } from "../errors/mod.ts";
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

/** Options of {@linkcode Acks}. */
export interface AcksOptions {
  /** Most numbers of events to keep of all devices together; each takes up to 100 bytes. @default {500000} */
  readonly maxNumbers?: number;
}

/** Room for the default of {@linkcode AcksOptions.maxNumbers}. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a device takes though nothing is known to be there, in such numbers. */
const LEAST_NUMBERS = 8;

/**
 * What other devices are known to hold, and how the last contact with each went, kept in `held.json` beside the log.
 * Without it nothing is known again. When there is no more room, who was met longest ago is forgotten: strangers first, then
 * how contacts with members went, as what members said of themselves is what compaction goes by.
 */
export class Acks {
  readonly #folder: AckFolder | undefined;
  readonly #maxNumbers: number;
  readonly #acks: Map<string, Ack>;
  readonly #contacts: Map<string, LastContact>;
  #unwritten: TinmanError | undefined;

  constructor(folder?: AckFolder, { maxNumbers = 500_000 }: AcksOptions = {}) {
    this.#maxNumbers = maxNumbers;
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

  /** Why the last of it is not on the disk, and goes there with the next; undefined when it is. */
  get unwritten(): TinmanError | undefined {
    return this.#unwritten;
  }

  /** Devices that were met, in no order. */
  devices(): Set<string> {
    return new Set([...this.#acks.keys(), ...this.#contacts.keys()]);
  }

  /**
   * Keeps what a device has said; what it said before does not count any more, as its disk may have been put back. A disk
   * that takes nothing does not end a contact: see {@linkcode Acks.unwritten}.
   */
  note(device: string, { atMs, holds, contact, isMember }: Noted): void {
    const isNew = [
      holds !== undefined && isOther(this.#acks.get(device), { atMs, holds }),
      contact !== undefined && isOther(this.#contacts.get(device), contact),
    ].includes(true);
    if (holds !== undefined) this.#acks.set(device, { atMs, holds });
    if (contact !== undefined) this.#contacts.set(device, contact);
    this.#makeRoom(isMember);
    if (this.#folder === undefined || (!isNew && this.#unwritten === undefined)) return;
    const { files, path, vault } = this.#folder;
    const [devices, contacts] = [this.#acks, this.#contacts].map((each) => Object.fromEntries<unknown>(each));
    const bytes = new TextEncoder().encode(`${JSON.stringify({ v: 1, devices, contacts })}\n`);
    try {
      files.replace(path, vault?.seal(bytes) ?? bytes);
      this.#unwritten = undefined;
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      this.#unwritten = error;
    }
  }

  #makeRoom(isMember: Noted["isMember"] = () => false): void {
    const all = [
      ...[...this.#contacts].map(([device, { atMs, has, ahead }]) => {
        return { device, atMs, kept: this.#contacts, rank: 0, numbers: countOf(has) + countOf(ahead) };
      }),
      ...[...this.#acks].map(([device, { atMs, holds }]) => {
        return { device, atMs, kept: this.#acks, rank: 1, numbers: countOf(holds) };
      }),
    ];
    let left = all.reduce((sum, { numbers }) => sum + numbers, LEAST_NUMBERS * all.length);
    if (left <= this.#maxNumbers) return;
    const inOrder = all.map((each) => ({ ...each, rank: each.rank + (isMember(each.device) ? 2 : 0) }))
      .sort((a, b) => a.rank - b.rank || a.atMs - b.atMs);
    for (const { device, kept, numbers } of inOrder) {
      if (left <= this.#maxNumbers) return;
      left -= numbers + LEAST_NUMBERS;
      kept.delete(device);
    }
  }
}

function countOf(numbers: Readonly<Record<string, number>>): number {
  return Object.keys(numbers).length;
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
