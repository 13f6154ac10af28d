import { TinmanError } from "../../errors/mod.ts";
import type { Files, OpenFile } from "../../files/mod.ts";
import { type AtRest, PLAIN } from "./at_rest.ts";
import { type BlobRef, hashLeaf, HashTree, LEAF_BYTES, leafBytes, leafCount } from "./tree.ts";

/** Blobs that are all here, a file for each, leaf by leaf as `atRest` says. What is read was checked against its name. */
export class WholeBlobs {
  /** Another number when one has come or gone, or was found to be damaged or not. */
  version = 0;
  readonly #files: Files;
  readonly #path: string;
  readonly #atRest: AtRest;
  readonly #sizes = new Map<string, number>();
  readonly #damaged = new Set<string>();
  readonly #trees = new Map<string, HashTree>();

  /** Looks at what is in the folder. */
  constructor(files: Files, path: string, atRest: AtRest = PLAIN) {
    [this.#files, this.#path, this.#atRest] = [files, path, atRest];
    for (const name of files.list(path)) {
      const blob = atRest.blobNamed(name);
      // Who only looks has not the folder to itself: a file may be gone by now.
      const found = blob === undefined ? undefined : files.stat(`${path}/${name}`);
      if (found?.kind === "file") this.#sizes.set(blob!, this.#sizeOf(found.size));
    }
  }

  /** Their names, and how long they are. */
  get sizes(): ReadonlyMap<string, number> {
    return this.#sizes;
  }

  /** Those that were found not to be what their name says. */
  get damaged(): ReadonlySet<string> {
    return this.#damaged;
  }

  /** Keeps a blob. @throws {TinmanError} `WRITE_FAILED` */
  keep({ blob, size }: BlobRef, bytes: Uint8Array): void {
    this.#files.makeFolder(this.#path);
    this.#files.replace(this.#pathOf(blob), this.#sealed({ blob, size }, bytes));
    this.#sizes.set(blob, size);
    this.#damaged.delete(blob);
    this.#trees.delete(blob);
    this.version++;
  }

  /** Removes a blob. */
  remove(blob: string): void {
    this.#files.remove(this.#pathOf(blob));
    for (const known of [this.#sizes, this.#damaged, this.#trees]) known.delete(blob);
    this.version++;
  }

  /** A leaf with its proof; undefined when the blob is not what it was, or another. */
  unit({ blob, size }: BlobRef, leaf: number): Uint8Array | undefined {
    const tree = this.#sizes.get(blob) === size ? this.#tree(blob) : undefined;
    const bytes = tree && this.#leaf(tree, leaf);
    return bytes && tree.unit(leaf, bytes);
  }

  /** A blob, leaf by leaf. @throws {TinmanError} `INTEGRITY` when it is not what it was. */
  *read(blob: string): Generator<Uint8Array, void> {
    const tree = this.#tree(blob);
    for (let leaf = 0; leaf < leafCount(this.#sizes.get(blob)!); leaf++) {
      const bytes = tree && this.#leaf(tree, leaf);
      if (bytes === undefined) throw this.#failure(blob);
      yield bytes;
    }
  }

  /** Reads them all; see {@linkcode WholeBlobs.damaged}. */
  verify(): void {
    for (const blob of this.#sizes.keys()) this.check(blob);
  }

  /** Reads a blob from the disk, leaf by leaf, and tells whether it is what its name says. */
  check(blob: string): boolean {
    this.#trees.delete(blob);
    return this.#tree(blob) !== undefined;
  }

  #tree(blob: string): HashTree | undefined {
    const known = this.#trees.get(blob);
    if (known !== undefined) return known;
    const tree = this.#treeNow({ blob, size: this.#sizes.get(blob)! });
    if (tree?.ref.blob !== blob) {
      this.#mark(blob);
      return undefined;
    }
    if (this.#damaged.delete(blob)) this.version++;
    this.#trees.set(blob, tree);
    for (const oldest of this.#trees.keys()) if (this.#trees.size > MAX_TREES) this.#trees.delete(oldest);
    return tree;
  }

  #treeNow(ref: BlobRef): HashTree | undefined {
    using file = this.#tryOpen(ref.blob);
    if (file === undefined) return undefined;
    const hashes: Uint8Array[] = [];
    for (let leaf = 0; leaf < leafCount(ref.size); leaf++) {
      const bytes = this.#opened(file, ref, leaf);
      if (bytes === undefined) return undefined;
      hashes.push(hashLeaf(bytes));
    }
    return new HashTree(ref.size, hashes);
  }

  #leaf(tree: HashTree, leaf: number): Uint8Array | undefined {
    const { blob } = tree.ref;
    using file = this.#tryOpen(blob);
    const bytes = file && this.#opened(file, tree.ref, leaf);
    if (bytes !== undefined && tree.isLeaf(leaf, bytes)) return bytes;
    this.#trees.delete(blob);
    this.#mark(blob);
    return undefined;
  }

  #tryOpen(blob: string): OpenFile | undefined {
    const path = this.#pathOf(blob);
    return this.#files.stat(path) && this.#files.open(path, "read");
  }

  #opened(file: OpenFile, { blob, size }: BlobRef, leaf: number): Uint8Array | undefined {
    const { sealBytes } = this.#atRest;
    const bytes = new Uint8Array(leafBytes(size, leaf) + sealBytes);
    for (let at = 0, more = -1; at < bytes.length && more !== 0; at += more) {
      more = file.read(bytes.subarray(at), leaf * (LEAF_BYTES + sealBytes) + at);
    }
    return this.#atRest.open(bytes, { is: "leaf", blob, size, leaf });
  }

  #sealed({ blob, size }: BlobRef, bytes: Uint8Array): Uint8Array {
    const { sealBytes } = this.#atRest;
    if (sealBytes === 0) return bytes;
    const count = leafCount(size);
    const all = new Uint8Array(size + count * sealBytes);
    for (let leaf = 0; leaf < count; leaf++) {
      const plain = bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
      all.set(this.#atRest.seal(plain, { is: "leaf", blob, size, leaf }), leaf * (LEAF_BYTES + sealBytes));
    }
    return all;
  }

  /** How long the blob is in a file that is so long. */
  #sizeOf(fileBytes: number): number {
    const { sealBytes } = this.#atRest;
    const count = Math.max(1, Math.ceil(fileBytes / (LEAF_BYTES + sealBytes)));
    return Math.max(0, fileBytes - count * sealBytes);
  }

  #pathOf(blob: string): string {
    return `${this.#path}/${this.#atRest.fileName(blob)}`;
  }

  /** What is damaged is not removed, for perhaps nobody else has it, but fetched again where it can be. */
  #mark(blob: string): void {
    this.#damaged.add(blob);
    this.version++;
  }

  #failure(blob: string): TinmanError<"INTEGRITY"> {
    const path = this.#pathOf(blob);
    return new TinmanError("INTEGRITY", `Cannot read ${path}: it is not what was attached`, {
      path,
      hint: "the disk has changed it; it is fetched again from the next peer that has it",
    });
  }
}

const MAX_TREES = 8;
