import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import type { Files, OpenFile } from "../../files/mod.ts";
import { FeedLog, feedLogBytes } from "../feed_log.ts";
import { LeafSet } from "./leaf_set.ts";
import { type BlobRef, isUnit, leafBytes, leafCount, unitBytes } from "./tree.ts";

/** A part of a leaf with its proof, and who sent it. */
export interface Piece {
  readonly leaf: number;
  /** Where in the leaf with its proof it begins. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Who sent it. */
  readonly from: string;
}

/**
 * What came of a piece: `more` is needed; the leaf is `whole` and belongs to the blob; it is `wrong` and nobody but its
 * sender can be to blame; it is `mixed` from several senders and wrong; it was `known`; something before it is missing
 * (`gap`).
 */
export type Taken = "more" | "whole" | "wrong" | "mixed" | "known" | "gap";

/**
 * A blob of which some is here: a log of pieces in the order in which they came. What makes a whole leaf was checked; the
 * rest counts when its leaf is whole. Nothing that came is lost when the program ends.
 */
export class PartFile implements Disposable {
  readonly ref: BlobRef;
  /** Leaves that are here and were checked. */
  readonly leaves: LeafSet;
  readonly #files: Files;
  readonly #path: string;
  readonly #pieces = new Map<number, Pieces>();
  readonly #alone = new Set<number>();
  #log!: FeedLog;
  #reader!: OpenFile;

  /** Opens the file at `path`, which need not be there. @throws {TinmanError} `WRITE_FAILED` */
  constructor(files: Files, path: string, ref: BlobRef) {
    [this.ref, this.#files, this.#path] = [ref, files, path];
    this.leaves = new LeafSet(leafCount(ref.size));
    this.#open();
  }

  /** Leaves that have begun, the ones that are nearly whole first. */
  begun(): number[] {
    const open = [...this.#pieces].filter(([leaf]) => !this.leaves.has(leaf));
    return open.sort(([, a], [, b]) => b.length - a.length).map(([leaf]) => leaf);
  }

  /** Where a sender would go on with a leaf. */
  nextAt(leaf: number, from: string): number {
    const pieces = this.#pieces.get(leaf);
    // Once several senders gave a wrong leaf, each has to send all of it: then we know who it was.
    return pieces === undefined || (this.#alone.has(leaf) && pieces.from !== from) ? 0 : pieces.length;
  }

  /** Bytes of the blob that are here, checked or not. */
  get bytes(): number {
    return [...this.#pieces].reduce(
      (sum, [leaf, { length }]) => sum + Math.min(length, leafBytes(this.ref.size, leaf)),
      0,
    );
  }

  /** Keeps a piece. @throws {TinmanError} `WRITE_FAILED` */
  take({ leaf, at, bytes, from }: Piece): Taken {
    if (this.leaves.has(leaf)) return "known";
    const have = this.nextAt(leaf, from);
    if (at > have) return "gap";
    const rest = bytes.subarray(have - at);
    if (rest.length === 0) return "known";
    const taken = this.#add({ leaf, at: have, from, extent: this.#append(leaf, have, rest) });
    if (this.#log.size > 2 * this.ref.size + SPARE_BYTES) this.#rewrite();
    return taken;
  }

  /** A leaf with its proof; undefined when it is not here, or not what it was. */
  unit(leaf: number): Uint8Array | undefined {
    const unit = this.leaves.has(leaf) ? this.#read(leaf) : undefined;
    if (unit !== undefined && isUnit(unit, { ...this.ref, leaf })) return unit;
    if (unit !== undefined) this.#drop(leaf);
    return undefined;
  }

  /** The blob; undefined while something is missing. */
  whole(): Uint8Array | undefined {
    const { size } = this.ref;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      const unit = this.unit(leaf);
      if (unit === undefined) return undefined;
      bytes.set(unit.subarray(0, leafBytes(size, leaf)), at);
      at += leafBytes(size, leaf);
    }
    return bytes;
  }

  /** Releases the file; twice is fine. */
  close(): void {
    this.#log.close();
    this.#reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): void {
    const entries: Uint8Array[] = [];
    try {
      this.#log = new FeedLog(this.#files, this.#path, (entry) => entries.push(entry));
    } catch (error) {
      // Nobody else has what is damaged here, but others have the blob.
      if (!isTinmanError(error, "CORRUPT_LOG") && !isTinmanError(error, "FOREIGN_LOG")) throw error;
      this.#files.remove(this.#path);
      this.#log = new FeedLog(this.#files, this.#path, () => {});
      entries.length = 0;
    }
    this.#reader = this.#files.open(this.#path, "read");
    for (const entry of entries) this.#load(entry);
    if (this.ref.size === 0) this.#add({ leaf: 0, at: 0, from: SOMEBODY, extent: { at: 0, length: 0 } });
  }

  #load(entry: Uint8Array): void {
    const reader = new ByteReader(entry);
    const [leaf, at] = [reader.varint(), reader.varint()];
    if (leaf >= this.leaves.length || this.leaves.has(leaf)) return;
    if (at === 0) this.#drop(leaf);
    if (at !== (this.#pieces.get(leaf)?.length ?? 0)) return;
    const extent = { at: entry.byteOffset + reader.at, length: reader.left };
    this.#add({ leaf, at, from: SOMEBODY, extent });
  }

  #append(leaf: number, at: number, bytes: Uint8Array): Extent {
    const entry = new ByteWriter(bytes.length + 12).varint(leaf).varint(at).bytes(bytes).take();
    this.#log.append(entry);
    return { at: this.#log.size - bytes.length, length: bytes.length };
  }

  #add({ leaf, at, from, extent }: Omit<Piece, "bytes"> & { readonly extent: Extent }): Taken {
    if (at === 0) this.#drop(leaf);
    const pieces = this.#pieces.get(leaf) ?? { from, length: 0, extents: [] };
    this.#pieces.set(leaf, pieces);
    pieces.extents.push(extent);
    pieces.length += extent.length;
    if (pieces.from !== from) pieces.from = SOMEBODY;
    if (pieces.length < unitBytes(this.ref.size, leaf)) return "more";
    if (isUnit(this.#read(leaf), { ...this.ref, leaf })) {
      this.leaves.add(leaf);
      return "whole";
    }
    this.#drop(leaf);
    if (pieces.from !== SOMEBODY) return "wrong";
    this.#alone.add(leaf);
    return "mixed";
  }

  #drop(leaf: number): void {
    this.#pieces.delete(leaf);
    this.leaves.delete(leaf);
  }

  #read(leaf: number): Uint8Array {
    const { extents, length } = this.#pieces.get(leaf)!;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const extent of extents) {
      const end = at + extent.length;
      for (let more = -1; at < end && more !== 0; at += more) {
        more = this.#reader.read(bytes.subarray(at, end), extent.at + extent.length - (end - at));
      }
      at = end;
    }
    return bytes;
  }

  /** Wrong leaves have left more in the file than what counts. */
  #rewrite(): void {
    const entries = [...this.#pieces.keys()].map((leaf) => {
      return new ByteWriter().varint(leaf).varint(0).bytes(this.#read(leaf)).take();
    });
    this.close();
    this.#files.replace(this.#path, feedLogBytes(entries));
    for (const leaf of [...this.#pieces.keys()]) this.#drop(leaf);
    this.#open();
  }
}

/** Where in the file some bytes are. */
interface Extent {
  readonly at: number;
  readonly length: number;
}

/** What is here of a leaf. */
interface Pieces {
  from: string;
  length: number;
  readonly extents: Extent[];
}

/** Several senders, or one from before a restart. */
const SOMEBODY = "";
const SPARE_BYTES = 256 * 1024;
