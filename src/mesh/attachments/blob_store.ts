import { TinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import type { Vault } from "../vault.ts";
import { PLAIN, sealedAtRest } from "./at_rest.ts";
import { allLeaves, type LeafSet } from "./leaf_set.ts";
import type { PartFile, Piece, Taken } from "./part_file.ts";
import { PartFiles } from "./part_files.ts";
import { sealOld } from "./seal_old.ts";
import { type BlobRef, leafCount, treeOf } from "./tree.ts";
import { Unnamed } from "./unnamed.ts";
import { WholeBlobs } from "./whole_blobs.ts";

/** Options of {@linkcode BlobStore}. */
export interface BlobStoreOptions {
  /** Where blobs are: `createMemoryFiles()` keeps them in memory. */
  readonly files: Files;
  /** The folder, for this store alone. */
  readonly path: string;
  /** Keeps them from whoever finds the disk. @default {anybody can read them} */
  readonly vault?: Vault | undefined;
  /** Most bytes of all blobs; what has begun counts whole. @default {2 ** 30} */
  readonly maxBytes?: number;
  /** Longest blob. It is in memory at once when it is put together. @default {2 ** 26} */
  readonly maxBlobBytes?: number;
  /** How much of the disk is left to events: nothing is fetched while less of it is free. @default {2 ** 24} */
  readonly reserveBytes?: number;
  /** How long a blob is kept that nothing names, see {@linkcode BlobStore.collect}. @default {7 days} */
  readonly graceMs?: number;
}

/** What is here of a blob that is on its way. */
export type Begun = Pick<PartFile, "leaves" | "begun" | "nextAt" | "bytes">;

/**
 * Contents by their names: a file for each, as it was attached or sealed, and for those that are on their way a log of
 * what came. The same content is kept once.
 */
export class BlobStore implements Disposable {
  readonly #options: Required<Omit<BlobStoreOptions, "vault" | "maxBytes">>;
  #maxBytes: number;
  readonly #whole: WholeBlobs;
  readonly #parts: PartFiles;
  readonly #unnamed: Unnamed;
  #cameLeaves = 0;
  #known: Known | undefined;

  /** Looks at what is in the folder, which is made when there is something to keep. */
  constructor(options: BlobStoreOptions) {
    const { maxBytes = 2 ** 30 } = options;
    this.#options = { maxBlobBytes: 2 ** 26, graceMs: 7 * 86_400_000, reserveBytes: 2 ** 24, ...options };
    this.#maxBytes = maxBytes;
    const { files, path, vault } = options;
    // Left by a crash while a file was replaced.
    for (const name of files.list(path)) if (name.endsWith(".new")) files.remove(`${path}/${name}`);
    const atRest = vault === undefined ? PLAIN : sealedAtRest(vault);
    if (vault !== undefined) sealOld(files, path, atRest);
    [this.#whole, this.#parts] = [new WholeBlobs(files, path, atRest), new PartFiles(files, path, atRest)];
    this.#unnamed = new Unnamed(files, path, atRest);
  }

  /** Another number when a blob has come, gone or changed. */
  get version(): number {
    return this.#whole.version;
  }

  /** Another number when a leaf has, too. */
  get leafVersion(): number {
    return this.#whole.version + this.#cameLeaves;
  }

  /** Bytes of all blobs; what has begun counts whole. */
  get usedBytes(): number {
    return this.#now.bytes;
  }

  /** Most bytes of all blobs. What is here stays when this becomes less, and nothing more is taken then. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  set maxBytes(maxBytes: number) {
    this.#maxBytes = maxBytes;
    // What was refused may have room now.
    this.#whole.version++;
  }

  /** Whether the disk has too little room for files that are to come, as far as it can tell. */
  get isDiskLow(): boolean {
    const { files, path, reserveBytes } = this.#options;
    return (files.freeBytes(path) ?? Infinity) < reserveBytes;
  }

  /** All that is here or has begun. */
  held(): BlobRef[] {
    return [...[...this.#whole.sizes].map(([blob, size]) => ({ blob, size })), ...this.#parts.refs];
  }

  /** Keeps these bytes; the same bytes twice are kept once. @throws {TinmanError} `TOO_LARGE`, `WRITE_FAILED` */
  put(bytes: Uint8Array): BlobRef {
    const { maxBlobBytes } = this.#options;
    checkLimit({ limit: maxBlobBytes, actual: bytes.length, what: "it", option: "maxBlobBytes" });
    const { ref } = treeOf(bytes);
    this.#unnamed.forget(ref.blob);
    if (this.has(ref.blob)) return ref;
    const held = this.#whole.sizes.has(ref.blob) || this.#parts.has(ref) ? 0 : ref.size;
    checkLimit({ limit: this.#maxBytes, actual: this.usedBytes + held, what: "all blobs with it", option: "maxBytes" });
    this.#keep(ref, bytes);
    return ref;
  }

  /** Whether all of a blob is here, as far as we know. */
  has(blob: string): boolean {
    return this.#whole.sizes.has(blob) && !this.#whole.damaged.has(blob);
  }

  /** The name that begins with these 32 digits, when there is just one. */
  find(prefix: string): string | undefined {
    return this.#now.byPrefix.get(prefix);
  }

  /** What of a blob others can have from here; undefined for nothing. */
  offer(blob: string): { readonly size: number; readonly leaves: LeafSet } | undefined {
    const size = this.has(blob) ? this.#whole.sizes.get(blob) : undefined;
    if (size !== undefined) return { size, leaves: allLeaves(leafCount(size)) };
    for (const ref of this.#parts.refs) {
      const leaves = ref.blob === blob ? this.#parts.open(ref).leaves : undefined;
      if (leaves !== undefined && leaves.count > 0) return { size: ref.size, leaves };
    }
    return undefined;
  }

  /** A leaf with its proof; undefined when it is not here, or does not belong to the blob any more. */
  unit(ref: BlobRef, leaf: number): Uint8Array | undefined {
    if (leaf >= leafCount(ref.size)) return undefined;
    const unit = this.has(ref.blob) ? this.#whole.unit(ref, leaf) : undefined;
    return unit ?? (this.#parts.has(ref) ? this.#parts.open(ref).unit(leaf) : undefined);
  }

  /**
   * A blob, leaf by leaf, each checked.
   *
   * @throws {TinmanError} `NOT_FOUND` when it is not all here, `INTEGRITY` when it is not what it was.
   */
  read(blob: string): Generator<Uint8Array, void> {
    if (this.#whole.sizes.has(blob)) return this.#whole.read(blob);
    const message = `Cannot read blob ${blob.slice(0, 8)}: it is not all here`;
    const hint = "sync with a peer that has it";
    throw new TinmanError("NOT_FOUND", message, { kind: "blob", id: blob, hint });
  }

  /** Whether there is room for this one, or it is here already. */
  accepts(ref: BlobRef): boolean {
    if (this.#whole.sizes.has(ref.blob) || this.#parts.has(ref)) return true;
    return ref.size <= this.#options.maxBlobBytes && this.usedBytes + ref.size <= this.#maxBytes;
  }

  /** Makes room for a blob that is to come; undefined when there is none. @throws {TinmanError} `WRITE_FAILED` */
  begin(ref: BlobRef): Begun | undefined {
    if (!this.accepts(ref)) return undefined;
    const part = this.#parts.open(ref);
    // The program ended just before it was put together.
    if (part.leaves.isFull) this.#finish(part);
    return part;
  }

  /** What is here of a blob that has begun. */
  progress(ref: BlobRef): Begun | undefined {
    return this.#parts.has(ref) ? this.#parts.open(ref) : undefined;
  }

  /** Keeps a piece of a blob that has begun. @throws {TinmanError} `WRITE_FAILED` */
  take(ref: BlobRef, piece: Piece): Taken {
    if (!this.#parts.has(ref)) return this.has(ref.blob) ? "known" : "gap";
    const part = this.#parts.open(ref);
    const taken = part.take(piece);
    if (taken === "whole") this.#cameLeaves++;
    if (part.leaves.isFull) this.#finish(part);
    return taken;
  }

  /**
   * Removes what nothing has named for as long as the grace is; `live` has the names of all that is attached. Gives the
   * names of what went. What was found to be unnamed is remembered.
   */
  collect(
    live: { has(blob: string): boolean },
    { nowMs, graceMs = this.#options.graceMs }: { readonly nowMs: number; readonly graceMs?: number },
  ): string[] {
    const gone: string[] = [];
    for (const blob of new Set(this.#names())) {
      if (live.has(blob)) this.#unnamed.forget(blob);
      else if (nowMs - this.#unnamed.since(blob, nowMs) >= graceMs) gone.push(blob);
    }
    for (const blob of gone) {
      this.#whole.remove(blob);
      this.#parts.remove(blob);
      this.#unnamed.forget(blob);
    }
    this.#unnamed.save();
    return gone;
  }

  /** Reads all that is here, and gives the names of what is damaged. */
  verify(): string[] {
    this.#whole.verify();
    return [...this.#whole.damaged];
  }

  /** Lets go of the files; twice is fine, and what is used opens again. */
  close(): void {
    this.#parts.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #now(): Known {
    const version = this.#whole.version + this.#parts.version;
    if (this.#known?.version === version) return this.#known;
    let bytes = 0;
    for (const size of this.#whole.sizes.values()) bytes += size;
    for (const { size } of this.#parts.refs) bytes += size;
    const byPrefix = new Map<string, string | undefined>();
    for (const blob of new Set(this.#names())) {
      const prefix = blob.slice(0, 32);
      byPrefix.set(prefix, byPrefix.has(prefix) ? undefined : blob);
    }
    return this.#known = { version, bytes, byPrefix };
  }

  *#names(): Iterable<string> {
    yield* this.#whole.sizes.keys();
    for (const { blob } of this.#parts.refs) yield blob;
  }

  #keep(ref: BlobRef, bytes: Uint8Array): void {
    this.#whole.keep(ref, bytes);
    this.#parts.remove(ref.blob);
  }

  #finish(part: PartFile): void {
    // What was checked when it came may not be any more what it was.
    const bytes = part.whole();
    if (bytes !== undefined) this.#keep(part.ref, bytes);
  }
}

/** What is here, to be found fast. */
interface Known {
  readonly version: number;
  readonly bytes: number;
  readonly byPrefix: ReadonlyMap<string, string | undefined>;
}

function checkLimit({ limit, actual, what, option }: {
  readonly limit: number;
  readonly actual: number;
  readonly what: string;
  readonly option: string;
}): void {
  if (actual <= limit) return;
  const message = `Cannot keep a blob: ${what} would have ${actual} bytes, more than ${limit}`;
  throw new TinmanError("TOO_LARGE", message, { limit, actual, hint: `raise ${option} if this is meant to be` });
}
