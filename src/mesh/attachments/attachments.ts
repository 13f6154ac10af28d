import { TinmanError } from "../../errors/mod.ts";
import type { EventRef } from "../event.ts";
import type { Replica } from "../replica.ts";
import type { AttachmentView } from "../view/mod.ts";
import { Attached } from "./attached.ts";
import { BlobExchange, type BlobExchangeOptions } from "./blob_exchange.ts";
import { BlobStore, type BlobStoreOptions } from "./blob_store.ts";
import { Carried, CARRY_MS, MAX_CARRIED_BYTES } from "./carried.ts";
import { Downloads } from "./downloads.ts";
import { sealBlob, unsealBlob, unsealedSize } from "./sealed_blob.ts";
import { type BlobRef, leafCount } from "./tree.ts";

/** A file to attach. */
export interface NewAttachment {
  /** Its name, from 1 to 128 characters. */
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/** What is here of an attachment. */
export interface AttachmentState {
  /** Whether all of it is. */
  readonly isHere: boolean;
  /** How many bytes of it are, as it is kept. */
  readonly bytes: number;
  /** Leaves of 16 KiB that are missing. */
  readonly missingLeaves: number;
  /** Whether it will not be fetched, because there is no room for it here. */
  readonly isRefused: boolean;
}

/** Options of {@linkcode Attachments}. What is kept is sealed when the replica is encrypted at rest. */
export interface AttachmentsOptions extends BlobStoreOptions {
  /** Files with larger numbers are fetched first; of those alike the newest. @default {() => 0} */
  readonly urgency?: (file: AttachmentView) => number;
  /** Most bytes of files that are kept for others, and cannot be read here; one member has a quarter of that. @default {2 ** 28} */
  readonly maxCarriedBytes?: number;
  /** How long after they were attached these are kept. @default {30 days} */
  readonly carryMs?: number;
}

/** Options of {@linkcode Attachments.exchange}. */
export type ExchangeOptions = Pick<BlobExchangeOptions, "peer" | "maxFetchBytes" | "serves">;

/** The files of the records of a replica: what they contain, beside the events that name them. (SPEC A) */
export class Attachments implements Disposable {
  /** Their contents. */
  readonly store: BlobStore;
  /** Most bytes of files that are kept for others. */
  readonly maxCarriedBytes: number;
  readonly #replica: Replica;
  readonly #attached: Attached;
  readonly #carried: Carried;
  readonly #downloads: Downloads;
  readonly #urgency: AttachmentsOptions["urgency"];
  #ordered: { readonly of: readonly AttachmentView[]; readonly files: readonly AttachmentView[] } | undefined;
  #collectedMs: number;
  #wanted: Wanted = { own: [], carried: [], all: [] };

  /** Lives as long as the replica does. */
  constructor(replica: Replica, options: AttachmentsOptions) {
    const { urgency, maxCarriedBytes = MAX_CARRIED_BYTES, carryMs = CARRY_MS, ...kept } = options;
    [this.#replica, this.#attached, this.#collectedMs] = [replica, new Attached(replica.view), replica.nowMs()];
    this.maxCarriedBytes = maxCarriedBytes;
    this.store = new BlobStore({ vault: replica.vault, ...kept });
    const limits = { maxBytes: maxCarriedBytes, maxMs: carryMs };
    this.#carried = new Carried({ replica, store: this.store, attached: () => this.#attached.names(), ...limits });
    const nowMs = () => replica.nowMs();
    this.#urgency = urgency;
    this.#downloads = new Downloads({ store: this.store, nowMs, wanted: () => this.wanted() });
  }

  /**
   * Attaches a file to a field of a record: keeps its content, then says so. Gives the name of the event.
   *
   * @throws {TinmanError} `TOO_LARGE`, and what {@linkcode Replica.write} throws.
   */
  attach(record: string, field: string, { name, type, bytes }: NewAttachment): EventRef {
    const { blob, size } = this.store.put(this.#isSealed ? sealBlob(bytes, this.#keyring()) : bytes);
    return this.#replica.write({ kind: "attachment.add", record, field, blob, size, type, name })[0]!;
  }

  /** All attachments, the newest first. */
  all(): readonly AttachmentView[] {
    return this.#attached.all();
  }

  /** Those that are not all here, in the order in which they are fetched. */
  missing(): AttachmentView[] {
    return this.#inOrder().filter(({ blob }) => !this.store.has(blob));
  }

  /**
   * The contents that are to be here, those of attachments first, in the order in which they are fetched; then those that
   * are carried for others. The same array while nothing changes.
   */
  wanted(): readonly BlobRef[] {
    const [own, carried] = [this.#inOrder(), this.#carried.refs()];
    if (carried.length === 0) return own;
    if (this.#wanted.own !== own || this.#wanted.carried !== carried) {
      this.#wanted = { own, carried, all: [...own, ...carried] };
    }
    return this.#wanted.all;
  }

  /** Contents that are kept for others, and cannot be read here. (SPEC A13) */
  carried(): readonly BlobRef[] {
    return this.#carried.refs();
  }

  /** What is here of an attachment. */
  state({ blob, size }: Pick<AttachmentView, "blob" | "size">): AttachmentState {
    const count = leafCount(size);
    if (this.store.has(blob)) return { isHere: true, bytes: size, missingLeaves: 0, isRefused: false };
    const begun = this.store.progress({ blob, size });
    const missingLeaves = count - (begun?.leaves.count ?? 0);
    return { isHere: false, bytes: begun?.bytes ?? 0, missingLeaves, isRefused: !this.store.accepts({ blob, size }) };
  }

  /**
   * The content of an attachment, part by part, each checked.
   *
   * @throws {TinmanError} `NOT_FOUND` when it is not all here, `INTEGRITY` when it is not what was attached,
   * `UNAVAILABLE` when its key is not here.
   */
  read({ blob, size }: Pick<AttachmentView, "blob" | "size">): Generator<Uint8Array, void> {
    const leaves = this.store.read(blob);
    return this.#isSealed ? unsealBlob(leaves, { size, keyring: this.#replica.keyring }) : leaves;
  }

  /** How long the content of an attachment is: in a sealed dataset `size` is that of what is kept and passed on. */
  sizeOf({ size }: Pick<AttachmentView, "size">): number {
    return this.#isSealed ? unsealedSize(size) : size;
  }

  /** What goes over a contact with a peer; to be closed when that ends. */
  exchange(options: ExchangeOptions): BlobExchange {
    // Who stays in touch for months does not start anew.
    if (this.#replica.nowMs() - this.#collectedMs >= DAY_MS) this.collect();
    return new BlobExchange({ ...options, downloads: this.#downloads, nowMs: () => this.#replica.nowMs() });
  }

  /**
   * Removes contents that nothing names: whoever attached them took them back, or they were erased, or their time with
   * us is over. A contact that begins does so, too, once a day. Gives their names.
   * `graceMs: 0` does so at once, else a week must have passed since this was first asked.
   */
  collect(options: { readonly graceMs?: number } = {}): string[] {
    this.#collectedMs = this.#replica.nowMs();
    const named = this.#attached.names().union(this.#carried.names());
    return this.store.collect(named, { ...options, nowMs: this.#replica.nowMs() });
  }

  /** Removes these contents at once: what they belonged to was erased. What something else names stays. */
  discard(blobs: ReadonlySet<string>): string[] {
    const named = this.#attached.names().union(this.#carried.names());
    const live = { has: (blob: string) => !blobs.has(blob) || named.has(blob) };
    return this.store.collect(live, { graceMs: 0, nowMs: this.#replica.nowMs() });
  }

  /** Lets go of the files; twice is fine. */
  close(): void {
    this.store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #inOrder(): readonly AttachmentView[] {
    const of = this.all();
    const urgency = this.#urgency;
    if (urgency === undefined || this.#ordered?.of === of) return this.#ordered?.files ?? of;
    this.#ordered = { of, files: of.toSorted((a, b) => urgency(b) - urgency(a)) };
    return this.#ordered.files;
  }

  get #isSealed(): boolean {
    return this.#replica.info.privacy === "sealed";
  }

  #keyring() {
    const { keyring, info } = this.#replica;
    if (keyring.current !== undefined) return keyring;
    const message = `Cannot attach to ${info.name}: this device was not given the key that its members share`;
    const hint = "sync with a peer that has been in touch with an admin since this device joined";
    throw new TinmanError("UNAVAILABLE", message, { what: "the key of the dataset", hint });
  }
}

const DAY_MS = 86_400_000;

interface Wanted {
  readonly own: readonly BlobRef[];
  readonly carried: readonly BlobRef[];
  readonly all: readonly BlobRef[];
}

/** All bytes of a stream; more than `maxBytes` are `TOO_LARGE`. */
export async function collectBytes(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > maxBytes) {
      const message = `Cannot attach a file: it has more than ${maxBytes} bytes`;
      throw new TinmanError("TOO_LARGE", message, { limit: maxBytes, actual: length });
    }
    parts.push(part);
  }
  const bytes = new Uint8Array(length);
  for (let at = 0, i = 0; i < parts.length; at += parts[i++]!.length) bytes.set(parts[i]!, at);
  return bytes;
}
