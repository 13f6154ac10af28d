import { VirtualClock } from "../../clock/mod.ts";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { START_MS, testKey } from "../_writer.ts";
import { Replica } from "../replica.ts";
import { shareKeys } from "../membership.ts";
import { runsOf } from "../runs_of.ts";
import { Attachments, type AttachmentsOptions } from "./attachments.ts";
import { BlobExchange, type BlobExchangeOptions } from "./blob_exchange.ts";
import { BlobStore, type BlobStoreOptions } from "./blob_store.ts";
import { Downloads } from "./downloads.ts";
import type { Piece } from "./part_file.ts";
import { type BlobRef, LEAF_BYTES, leafCount, treeOf } from "./tree.ts";

/** A machine with blobs, for tests. */
export class BlobPeer {
  readonly name: string;
  readonly files: Files = createMemoryFiles();
  store: BlobStore;
  downloads!: Downloads;
  wanted: readonly BlobRef[] = [];
  nowMs = 0;
  readonly #options: Partial<BlobStoreOptions>;

  constructor(name: string, options: Partial<BlobStoreOptions> = {}) {
    [this.name, this.#options] = [name, options];
    this.store = this.restart();
  }

  /** Starts again from what is on the disk. */
  restart(): BlobStore {
    this.store = new BlobStore({ files: this.files, path: "blobs", ...this.#options });
    this.downloads = new Downloads({ store: this.store, wanted: () => this.wanted, nowMs: () => this.nowMs });
    return this.store;
  }

  /** A contact with somebody. */
  exchange(peer: string, options: Partial<BlobExchangeOptions> = {}): BlobExchange {
    return new BlobExchange({ downloads: this.downloads, peer, nowMs: () => this.nowMs, ...options });
  }

  /** The bytes of a blob that is here. */
  read({ blob }: BlobRef): Uint8Array {
    return new Uint8Array(this.store.read(blob).flatMap((leaf) => [...leaf]).toArray());
  }
}

/** Bytes that are the same for the same seed. */
export function someBytes(length: number, seed = "blob"): Uint8Array {
  return createRandom(seed).bytes(length);
}

/** The units of a blob in pieces, as they come over the air. */
export function* piecesOf(bytes: Uint8Array, length: number): Generator<Piece, void> {
  const tree = treeOf(bytes);
  for (let leaf = 0; leaf < leafCount(bytes.length); leaf++) {
    const unit = tree.unit(leaf, bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES));
    for (let at = 0; at < unit.length; at += length) {
      yield { leaf, at, bytes: unit.subarray(at, at + length), from: "ann" };
    }
  }
}

/** Lets two talk until neither has anything to say; gives how many messages that took. */
export function talk(a: BlobExchange, b: BlobExchange, { maxBytes = 1000, maxMessages = Infinity } = {}): number {
  let count = 0;
  for (let isQuiet = false; !isQuiet;) {
    isQuiet = true;
    for (const [from, to] of [[a, b], [b, a]] as const) {
      if (count === maxMessages) return count;
      const message = from.next(maxBytes);
      if (message === undefined) continue;
      count++;
      if (message.length > maxBytes) throw new Error(`a message has ${message.length} bytes`);
      isQuiet = false;
      to.receive(message);
    }
  }
  return count;
}

/** A replica with attachments, in memory. */
export interface Peer {
  readonly replica: Replica;
  readonly clock: VirtualClock;
  readonly attachments: Attachments;
}

/** One that takes part in a dataset which `ana` has founded. */
export function openPeer(
  name: string,
  privacy: "open" | "sealed" = "open",
  options: Partial<AttachmentsOptions> = {},
): Peer {
  const info = {
    name: "survey",
    founder: testKey("ana").device,
    nonce: "00".repeat(16),
    writers: "anybody",
    privacy,
  } as const;
  const clock = new VirtualClock(BigInt(START_MS) * 1_000_000n);
  const replica = new Replica({ info, key: testKey(name), clock });
  const attachments = new Attachments(replica, { files: createMemoryFiles(), path: "blobs", ...options });
  return { replica, clock, attachments };
}

/** Lets some take part in a sealed dataset, and gives them its key. */
export function letIn(founder: Peer, ...others: readonly Peer[]): void {
  const all = founder.replica.keyring.current === undefined ? [founder, ...others] : others;
  for (const { replica: { key: { device }, keyring: { box } } } of all) {
    const role = device === founder.replica.key.device ? "admin" : "writer";
    founder.replica.write({ kind: "member.add", device, name: device.slice(0, 4), role, box });
  }
  shareKeys(founder.replica, { random: (length) => createRandom("keys").bytes(length) });
}

/** A meeting in memory: events, then what files contain. */
export function meet(a: Peer, b: Peer): void {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    for (const feed of from.replica.feeds.all()) to.replica.ingest(...runsOf(feed));
  }
  using mine = a.attachments.exchange({ peer: b.replica.key.device });
  using theirs = b.attachments.exchange({ peer: a.replica.key.device });
  talk(mine, theirs);
}

/** All that is attached, the newest first. */
export function readAll({ attachments }: Peer): Uint8Array[] {
  return attachments.all().map((file) => new Uint8Array(attachments.read(file).flatMap((part) => [...part]).toArray()));
}
