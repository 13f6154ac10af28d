import type { BareEvents } from "./bare.ts";
import type { Common } from "./common.ts";
import { type Credit, MAX_WANTED } from "./credit.ts";
import type { Message } from "./messages.ts";
import type { Batch, Outbox } from "./outbox.ts";
import type { PeerView } from "./peer_view.ts";
import type { BlobSource } from "./session_options.ts";
import type { SnapshotParts } from "./snapshot_parts.ts";

/** What {@linkcode Giving} needs of a contact. */
export interface GivingOptions {
  readonly view: PeerView;
  readonly outbox: Outbox;
  readonly common: Common;
  readonly credit: Credit;
  readonly bare: BareEvents;
  readonly parts: SnapshotParts;
  readonly blobs: BlobSource | undefined;
  /** Most bytes of a batch. */
  readonly batchBytes: number;
  /** See `SyncSessionOptions.snapshot`. */
  readonly snapshot: (() => Uint8Array | undefined) | undefined;
  /** Bytes that were said and are not on their way yet. */
  unsentBytes(): number;
  say(message: Message): void;
  /** Told after a batch has gone. */
  sent(parts: Batch["parts"]): void;
}

/** What the other lacks goes to it, the most important first, as far as it has asked for it. */
export class Giving {
  /** Events that went. */
  sentEvents = 0;
  /** Whether the other takes runs only in the form that needs nothing. */
  isPlain = false;
  /** Whether no more blobs go or come. */
  hasNoBlobs = false;
  readonly #options: GivingOptions;
  #neededBytes = 0;
  #blockedAt: number | undefined;

  constructor(options: GivingOptions) {
    this.#options = options;
  }

  /** Whether one of the two owes the other something of a blob. */
  get awaitsBlobs(): boolean {
    return !this.hasNoBlobs && this.#options.blobs?.isWaiting === true;
  }

  /** Says what may be said now. Gives whether the other has all then; undefined while there is more to say. */
  go(mayGo: (device: string) => boolean): boolean | undefined {
    const { batchBytes, unsentBytes, outbox, credit } = this.#options;
    this.#offerSnapshot();
    // There is no use in trying again until there is more room.
    if (this.#blockedAt === credit.room && outbox.left.events > 0) return undefined;
    while (unsentBytes() < batchBytes) {
      const end = this.#goOn(mayGo);
      if (end !== "more") return end;
    }
    return undefined;
  }

  #offerSnapshot(): void {
    const { view, snapshot, parts } = this.#options;
    const isCut = view.cut().size > 0;
    // Somebody else may have given it meanwhile.
    if (!isCut) parts.withdraw();
    if (parts.isOffered || !isCut) return;
    const bytes = snapshot?.();
    if (bytes !== undefined) parts.offer(bytes);
  }

  #goOn(mayGo: (device: string) => boolean): boolean | undefined | "more" {
    const { bare, parts, blobs, common, credit, outbox, batchBytes } = this.#options;
    // It is kept until there is room for anything.
    if (bare.isOwing && credit.room <= 0 && !credit.isLast) return undefined;
    const filling = bare.next(credit.room);
    if (filling !== undefined) return this.#spend({ type: "delta", hasContext: false, bytes: filling });
    const room = Math.min(credit.room, batchBytes);
    if (parts.isGoing) {
      const part = parts.next(room);
      // It goes on when the other asks for more, if it does.
      if (part === undefined) return credit.isLast ? false : undefined;
      return this.#spend(part);
    }
    const context = this.isPlain ? undefined : common.context("out");
    const batch = room > 0 ? outbox.next(room, { context, mayGo }) : undefined;
    if (typeof batch === "object") return this.#sendBatch(batch);
    if (batch !== undefined && credit.room >= batch) {
      const long = outbox.next(batch, { context, mayGo });
      return typeof long === "object" ? this.#sendBatch(long) : "more";
    }
    if (batch !== undefined || room <= 0) return this.#lackRoom(batch ?? 1);
    const blob = blobs?.next(room);
    if (blob !== undefined) return this.#spend({ type: "blob", bytes: blob });
    return outbox.left.events === 0 ? this.#endBlobs() : undefined;
  }

  #spend(message: Message & { readonly bytes: Uint8Array }): "more" {
    this.#options.credit.spend(message.bytes.length);
    this.#options.say(message);
    return "more";
  }

  #sendBatch({ parts, bytes }: Batch): "more" {
    this.#spend({ type: "delta", hasContext: !this.isPlain, bytes });
    this.#options.sent(parts);
    for (const { feed, run } of parts) {
      const seq = run.from + run.events.length - 1;
      this.sentEvents += run.events.length;
      this.#options.view.has(run.device, { seq, prefix: feed.idAt(seq)! });
    }
    return "more";
  }

  /** Whether all blobs have gone; false when there will be no room for more. */
  #endBlobs(): boolean | undefined {
    const { credit } = this.#options;
    if (!this.awaitsBlobs) return true;
    if (!credit.isLast || credit.room >= LEAST_BLOB_BYTES) return undefined;
    // The other waits for them until it is told.
    this.hasNoBlobs = true;
    return false;
  }

  /** There is no room for what is left: either there will be, or we are done as far as we may. */
  #lackRoom(bytes: number): boolean | undefined {
    const { credit, outbox, say } = this.#options;
    if (outbox.left.events === 0) return this.#endBlobs();
    if (credit.isLast || bytes > MAX_WANTED) return false;
    this.#blockedAt = credit.room;
    if (bytes > this.#neededBytes && bytes > 1) {
      this.#neededBytes = bytes;
      say({ type: "need", bytes });
    }
    return undefined;
  }
}

/** Room in which a message about blobs always fits. */
const LEAST_BLOB_BYTES = 64;
