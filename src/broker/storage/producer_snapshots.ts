import { crc32c } from "../../bytes/mod.ts";
import type { SegmentFolder } from "./segment_folder.ts";

/** Snapshots that are kept: the last one may be of records that a power cut takes with it. */
const KEPT = 2;

/**
 * What producers had written up to some offsets, beside the segments, so that not all records have to be read again to
 * know it. A snapshot is a checksum (CRC-32C, 4 bytes) and what the producers make of it.
 */
export class ProducerSnapshots {
  readonly #folder: SegmentFolder;
  readonly #take: () => Uint8Array;

  /** In this folder; `take` makes one. */
  constructor(folder: SegmentFolder, take: () => Uint8Array) {
    [this.#folder, this.#take] = [folder, take];
  }

  /** Hands over the latest one of a log that ends at `next`, and says at which offset it was taken; nothing when there is none. */
  restore(next: number, use: (snapshot: Uint8Array) => void): number | undefined {
    const all = this.#folder.listBeside("producers");
    // What a power cut took with it was not written by these producers.
    for (const at of all.filter((at) => at > next)) this.#folder.removeBeside(at, "producers");
    for (const at of all.filter((at) => at <= next).reverse()) {
      const bytes = this.#folder.readBeside(at, "producers")!;
      const snapshot = bytes.subarray(4);
      if (bytes.length < 4 || viewOf(bytes).getUint32(0) !== crc32c(snapshot)) continue;
      use(snapshot);
      return at;
    }
    return undefined;
  }

  /** Keeps one of a log that ends at `next`, and none besides: they know what is not true any more. @throws {TinmanError} `WRITE_FAILED` */
  renew(next: number): void {
    if (!this.#folder.isDurable) return;
    this.#write(next);
    for (const at of this.#folder.listBeside("producers")) if (at !== next) this.#folder.removeBeside(at, "producers");
  }

  /** Keeps one of a log that ends at `next`. When it cannot be kept, more has to be read when the log is opened. */
  keep(next: number): void {
    if (!this.#folder.isDurable || next === 0) return;
    try {
      const all = this.#folder.listBeside("producers");
      if (all.at(-1) === next) return;
      this.#write(next);
      for (const at of all.slice(0, 1 - KEPT)) this.#folder.removeBeside(at, "producers");
    } catch {
      // The disk is full: the next batch that does not find room says so.
    }
  }

  #write(next: number): void {
    const snapshot = this.#take();
    const bytes = new Uint8Array(4 + snapshot.length);
    viewOf(bytes).setUint32(0, crc32c(snapshot));
    bytes.set(snapshot, 4);
    this.#folder.writeBeside(next, "producers", bytes);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
