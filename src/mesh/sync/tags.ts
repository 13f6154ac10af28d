import { createHash } from "node:crypto";
import { deviceBytes } from "../event.ts";

/** What stands for a device in one session: nobody can look for two devices that have the same one. */
export function tagOf(device: string, salt: Uint8Array): number {
  return createHash("sha256").update(salt).update(deviceBytes(device)).digest().readUInt32LE(0);
}

/** What stands for our devices in one contact. Two with one tag are found by none. */
export class Tags {
  readonly #salt: Uint8Array;
  readonly #tags = new Map<string, number>();
  readonly #devices = new Map<number, string | undefined>();

  constructor(devices: Iterable<string>, salt: Uint8Array) {
    this.#salt = salt;
    for (const device of devices) this.add(device);
  }

  /** What stands for a device from now on. */
  add(device: string): number {
    const known = this.#tags.get(device);
    if (known !== undefined) return known;
    const tag = tagOf(device, this.#salt);
    this.#devices.set(tag, this.#devices.has(tag) ? undefined : device);
    this.#tags.set(device, tag);
    return tag;
  }

  /** The device that a tag stands for. */
  deviceOf(tag: number): string | undefined {
    return this.#devices.get(tag);
  }

  /** What stands for a device; undefined when it stands for another as well. */
  of(device: string): number | undefined {
    const tag = this.add(device);
    return this.#devices.get(tag) === device ? tag : undefined;
  }
}
