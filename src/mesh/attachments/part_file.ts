import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Files, OpenFile } from "../../files/mod.ts";
import { type AtRest, type FilePlace, PLAIN } from "./at_rest.ts";
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

/** Options of {@linkcode PartFile}. */
export interface PartFileOptions {
  readonly files: Files;
  readonly path: string;
  /** How pieces stand in it. @default {as they are} */
  readonly atRest?: AtRest;
}

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
  readonly #atRest: AtRest;
  readonly #place: FilePlace;
  readonly #pieces = new Map<number, Pieces>();
  readonly #alone = new Set<number>();
  #log!: FeedLog;
  #reader!: OpenFile;

  /** Opens the file at `path`, which need not be there. @throws {TinmanError} `WRITE_FAILED` */
  constructor(ref: BlobRef, { files, path, atRest = PLAIN }: PartFileOptions) {
    [this.ref, this.#files, this.#path, this.#atRest] = [ref, files, path, atRest];
    this.#place = { is: "piece", ...ref };
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
    const entries: Entry[] = [];
    try {
      this.#log = new FeedLog(this.#files, this.#path, { take: (sealed) => void entries.push(this.#opened(sealed)) });
    } catch (error) {
      // Nobody else has what is damaged here, but others have the blob.
      if (!isTinmanError(error) || !UNREADABLE.has(error.code)) throw error;
      this.#files.remove(this.#path);
      this.#log = new FeedLog(this.#files, this.#path);
      entries.length = 0;
    }
    this.#reader = this.#files.open(this.#path, "read");
    for (const entry of entries) this.#load(entry);
    if (this.ref.size === 0) this.#add({ leaf: 0, at: 0, from: SOMEBODY, extent: { at: 0, bytes: 0, length: 0 } });
  }

  #opened(sealed: Uint8Array): Entry {
    const plain = this.#atRest.open(sealed, this.#place);
    if (plain === undefined) {
      throw new TinmanError("INTEGRITY", `Cannot read ${this.#path}: it was encrypted with another key`, {
        path: this.#path,
      });
    }
    const reader = new ByteReader(plain);
    const [leaf, at] = [reader.varint(), reader.varint()];
    return { leaf, at, extent: { at: sealed.byteOffset, bytes: sealed.length, length: reader.left } };
  }

  #load({ leaf, at, extent }: Entry): void {
    if (leaf >= this.leaves.length || this.leaves.has(leaf)) return;
    if (at === 0) this.#drop(leaf);
    if (at !== (this.#pieces.get(leaf)?.length ?? 0)) return;
    this.#add({ leaf, at, from: SOMEBODY, extent });
  }

  #append(leaf: number, at: number, bytes: Uint8Array): Extent {
    const entry = new ByteWriter(bytes.length + 12).varint(leaf).varint(at).bytes(bytes).take();
    const sealed = this.#atRest.seal(entry, this.#place);
    this.#log.append(sealed);
    return { at: this.#log.size - sealed.length, bytes: sealed.length, length: bytes.length };
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
    const unit = new Uint8Array(length);
    let at = 0;
    for (const extent of extents) {
      // What the disk has changed meanwhile is left as zeros: the leaf is wrong then.
      unit.set(this.#piece(extent) ?? new Uint8Array(), at);
      at += extent.length;
    }
    return unit;
  }

  #piece({ at, bytes, length }: Extent): Uint8Array | undefined {
    const sealed = new Uint8Array(bytes);
    for (let taken = 0, more = -1; taken < bytes && more !== 0; taken += more) {
      more = this.#reader.read(sealed.subarray(taken), at + taken);
    }
    const entry = this.#atRest.open(sealed, this.#place);
    return entry?.subarray(entry.length - length);
  }

  /** Wrong leaves have left more in the file than what counts. */
  #rewrite(): void {
    const entries = [...this.#pieces.keys()].map((leaf) => {
      const entry = new ByteWriter().varint(leaf).varint(0).bytes(this.#read(leaf)).take();
      return this.#atRest.seal(entry, this.#place);
    });
    this.close();
    this.#files.replace(this.#path, feedLogBytes(entries));
    for (const leaf of [...this.#pieces.keys()]) this.#drop(leaf);
    this.#open();
  }
}

/** An entry of the file: where it is, how long, and how many bytes of the leaf are at its end. */
interface Extent {
  readonly at: number;
  readonly bytes: number;
  readonly length: number;
}

interface Entry {
  readonly leaf: number;
  readonly at: number;
  readonly extent: Extent;
}

/** What is here of a leaf. */
interface Pieces {
  from: string;
  length: number;
  readonly extents: Extent[];
}

/** Several senders, or one from before a restart. */
const SOMEBODY = "";
const UNREADABLE: ReadonlySet<string> = new Set(["CORRUPT_LOG", "FOREIGN_LOG", "INTEGRITY"]);
const SPARE_BYTES = 256 * 1024;
