import { TinmanError } from "../../errors/mod.ts";
import { type Files, readFile } from "../../files/mod.ts";
import { type BlobRef, type HashTree, LEAF_BYTES, leafBytes, leafCount, treeOf } from "./tree.ts";

/** Blobs that are all here, a file for each. What is read was checked against its name. */
export class WholeBlobs {
  /** Another number when one has come or gone, or was found to be damaged or not. */
  version = 0;
  readonly #files: Files;
  readonly #path: string;
  readonly #sizes = new Map<string, number>();
  readonly #damaged = new Set<string>();
  readonly #trees = new Map<string, HashTree>();

  /** Looks at what is in the folder. */
  constructor(files: Files, path: string) {
    [this.#files, this.#path] = [files, path];
    for (const name of files.list(path)) {
      if (/^[0-9a-f]{64}$/.test(name)) this.#sizes.set(name, files.stat(`${path}/${name}`)!.size);
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
    this.#files.replace(`${this.#path}/${blob}`, bytes);
    this.#sizes.set(blob, size);
    this.#damaged.delete(blob);
    this.#trees.delete(blob);
    this.version++;
  }

  /** Removes a blob. */
  remove(blob: string): void {
    this.#files.remove(`${this.#path}/${blob}`);
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
    this.#trees.clear();
    for (const blob of this.#sizes.keys()) this.#tree(blob);
  }

  #tree(blob: string): HashTree | undefined {
    const known = this.#trees.get(blob);
    if (known !== undefined) return known;
    const bytes = readFile(this.#files, `${this.#path}/${blob}`, Infinity);
    const tree = bytes && treeOf(bytes);
    if (tree?.ref.blob !== blob) {
      this.#mark(blob);
      return undefined;
    }
    if (this.#damaged.delete(blob)) this.version++;
    this.#trees.set(blob, tree);
    for (const oldest of this.#trees.keys()) if (this.#trees.size > MAX_TREES) this.#trees.delete(oldest);
    return tree;
  }

  #leaf(tree: HashTree, leaf: number): Uint8Array | undefined {
    const { blob, size } = tree.ref;
    const bytes = new Uint8Array(leafBytes(size, leaf));
    using file = this.#files.open(`${this.#path}/${blob}`, "read");
    for (let at = 0, more = -1; at < bytes.length && more !== 0; at += more) {
      more = file.read(bytes.subarray(at), leaf * LEAF_BYTES + at);
    }
    if (tree.isLeaf(leaf, bytes)) return bytes;
    this.#trees.delete(blob);
    this.#mark(blob);
    return undefined;
  }

  /** What is damaged is not removed, for perhaps nobody else has it, but fetched again where it can be. */
  #mark(blob: string): void {
    this.#damaged.add(blob);
    this.version++;
  }

  #failure(blob: string): TinmanError<"INTEGRITY"> {
    const path = `${this.#path}/${blob}`;
    return new TinmanError("INTEGRITY", `Cannot read ${path}: it is not what was attached`, {
      path,
      hint: "the disk has changed it; it is fetched again from the next peer that has it",
    });
  }
}

const MAX_TREES = 8;
