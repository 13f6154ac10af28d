import { type Files, readFile } from "../files/mod.ts";
import type { Vault } from "./vault.ts";

/** What a device is known to hold: it said so when it was met. */
export interface Ack {
  /** When that was, in milliseconds since 1970. */
  readonly atMs: number;
  /** The number of its last event of each device. */
  readonly holds: Readonly<Record<string, number>>;
}

const MAX_BYTES = 16 * 1024 * 1024;

/** What other devices are known to hold, kept in `held.json` beside the log. Without it nothing is known again. */
export class Acks {
  readonly #folder: AckFolder | undefined;
  readonly #byDevice = new Map<string, Ack>();

  constructor(folder?: AckFolder) {
    this.#folder = folder && { ...folder, path: `${folder.path}/held.json` };
    for (const [device, ack] of this.#folder === undefined ? [] : read(this.#folder)) this.#byDevice.set(device, ack);
  }

  /** What a device holds; undefined for one that was never met. */
  of(device: string): Ack | undefined {
    return this.#byDevice.get(device);
  }

  /** Keeps what a device has said; what it said before does not count any more, as its disk may have been put back. */
  note(device: string, ack: Ack): void {
    const known = this.#byDevice.get(device);
    this.#byDevice.set(device, ack);
    const isSame = known !== undefined && ack.atMs - known.atMs < HOUR_MS && sameHolds(known.holds, ack.holds);
    if (this.#folder === undefined || isSame) return;
    const { files, path, vault } = this.#folder;
    const text = JSON.stringify({ v: 1, devices: Object.fromEntries(this.#byDevice) });
    const bytes = new TextEncoder().encode(`${text}\n`);
    files.replace(path, vault?.seal(bytes) ?? bytes);
  }
}

const HOUR_MS = 3_600_000;

function sameHolds(a: Ack["holds"], b: Ack["holds"]): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

interface AckFolder {
  readonly files: Files;
  readonly path: string;
  readonly vault?: Vault;
}

function read({ files, path, vault }: AckFolder): [string, Ack][] {
  try {
    const kept = readFile(files, path, MAX_BYTES);
    const bytes = kept && vault !== undefined ? vault.open(kept) : kept;
    if (bytes === undefined) return [];
    const { devices } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly devices: Record<string, Ack> };
    return Object.entries(devices).filter(([, { atMs, holds }]) =>
      Number.isFinite(atMs) && Object.values(holds).every((seq) => Number.isSafeInteger(seq))
    );
  } catch {
    // Who is met again says it again.
    return [];
  }
}
