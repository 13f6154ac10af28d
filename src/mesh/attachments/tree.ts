import { createHash, hash } from "node:crypto";
import { ByteWriter } from "../../bytes/mod.ts";

/** What names a blob, and how long it is. The size is part of what the name is a hash of. */
export interface BlobRef {
  /** 64 hexadecimal digits. */
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
}

/** Bytes of a leaf; the last one may have fewer. */
export const LEAF_BYTES = 16_384;
const HASH_BYTES = 32;

/** How many leaves a blob has: at least one. */
export function leafCount(size: number): number {
  return Math.max(1, Math.ceil(size / LEAF_BYTES));
}

/** How many bytes of the blob a leaf holds. */
export function leafBytes(size: number, leaf: number): number {
  return Math.min(LEAF_BYTES, size - leaf * LEAF_BYTES);
}

/** How long a leaf is with its proof behind it: what goes over the air and is checked by itself. */
export function unitBytes(size: number, leaf: number): number {
  return leafBytes(size, leaf) + HASH_BYTES * siblings(leaf, leafCount(size)).length;
}

/** Whether a leaf with its proof belongs to this blob, at this place. (SPEC A2) */
export function isUnit(unit: Uint8Array, { blob, size, leaf }: BlobRef & { readonly leaf: number }): boolean {
  if (unit.length !== unitBytes(size, leaf)) return false;
  let at = leafBytes(size, leaf);
  let root = hashLeaf(unit.subarray(0, at));
  for (const { isLeft } of siblings(leaf, leafCount(size))) {
    const other = unit.subarray(at, at += HASH_BYTES);
    root = isLeft ? hashNode(other, root) : hashNode(root, other);
  }
  return nameOf(size, root) === blob;
}

/** The hash tree of RFC 6962, section 2.1, over the leaves of a blob. */
export class HashTree {
  /** What it is the tree of. */
  readonly ref: BlobRef;
  readonly #leaves: readonly Uint8Array[];
  readonly #nodes = new Map<number, Uint8Array>();

  /** `leaves` are their hashes, see {@linkcode hashLeaf}. */
  constructor(size: number, leaves: readonly Uint8Array[]) {
    this.#leaves = leaves;
    this.ref = { blob: nameOf(size, this.#node(0, leaves.length)), size };
  }

  /** Whether these are the bytes of a leaf. */
  isLeaf(leaf: number, bytes: Uint8Array): boolean {
    const expected = this.#leaves[leaf]!;
    return hashLeaf(bytes).every((byte, i) => byte === expected[i]);
  }

  /** A leaf with its proof: the hashes beside the way from it to the root, the lowest first. */
  unit(leaf: number, bytes: Uint8Array): Uint8Array {
    const { size } = this.ref;
    const unit = new ByteWriter(unitBytes(size, leaf)).bytes(bytes);
    for (const { from, to } of siblings(leaf, this.#leaves.length)) unit.bytes(this.#node(from, to));
    return unit.take();
  }

  #node(from: number, to: number): Uint8Array {
    if (to - from === 1) return this.#leaves[from]!;
    const key = from * 2 ** 26 + to;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const middle = from + splitOf(to - from);
    const node = hashNode(this.#node(from, middle), this.#node(middle, to));
    this.#nodes.set(key, node);
    return node;
  }
}

/** The tree of bytes that are all here. */
export function treeOf(bytes: Uint8Array): HashTree {
  const count = leafCount(bytes.length);
  const leaves = Array.from(
    { length: count },
    (_, i) => hashLeaf(bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES)),
  );
  return new HashTree(bytes.length, leaves);
}

/** The hash of a leaf; no node has the same. */
export function hashLeaf(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(LEAF).update(bytes).digest();
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const DOMAIN = new TextEncoder().encode("tinman mesh blob 1\0");

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash("sha256").update(NODE).update(left).update(right).digest();
}

function nameOf(size: number, root: Uint8Array): string {
  return hash("sha256", new ByteWriter().bytes(DOMAIN).u64(BigInt(size)).bytes(root).take(), "hex");
}

interface Sibling {
  readonly from: number;
  readonly to: number;
  readonly isLeft: boolean;
}

/** What stands beside the way from a leaf up to the root, the lowest first. */
function siblings(leaf: number, count: number): Sibling[] {
  const path: Sibling[] = [];
  for (let from = 0, to = count; to - from > 1;) {
    const middle = from + splitOf(to - from);
    if (leaf < middle) {
      path.push({ from: middle, to, isLeft: false });
      to = middle;
    } else {
      path.push({ from, to: middle, isLeft: true });
      from = middle;
    }
  }
  return path.reverse();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}
