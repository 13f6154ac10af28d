import type { Message } from "./messages.ts";
import { refuse, within } from "./refuse.ts";

type SnapshotPart = Message & { readonly type: "snapshot" };

/** What feeds begin behind, on its way in parts: once in a contact each way. (S13) */
export class SnapshotParts {
  readonly #maxBytes: number;
  #sent: { readonly bytes: Uint8Array; at: number } | undefined;
  #coming: { readonly bytes: Uint8Array; at: number } | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether it has begun to go. */
  get isOffered(): boolean {
    return this.#sent !== undefined;
  }

  /** Whether some of it is still to be sent. */
  get isGoing(): boolean {
    return this.#sent !== undefined && this.#sent.at < this.#sent.bytes.length;
  }

  /** Begins to send it. */
  offer(bytes: Uint8Array): void {
    this.#sent = { bytes, at: 0 };
  }

  /** The other does not need it any more, if it has not begun to go. */
  withdraw(): void {
    if (this.#sent?.at === 0) this.#sent = undefined;
  }

  /** The next part, of at most `room` bytes. */
  next(room: number): SnapshotPart | undefined {
    const sent = this.#sent;
    if (sent === undefined || !this.isGoing || room < 1) return undefined;
    const bytes = sent.bytes.subarray(sent.at, sent.at + room);
    sent.at += bytes.length;
    return { type: "snapshot", total: sent.bytes.length, bytes };
  }

  /** Takes a part; gives all when it was the last. @throws {TinmanError} `PROTOCOL` */
  take({ total, bytes }: SnapshotPart): Uint8Array | undefined {
    return within("a snapshot", () => {
      if (total > this.#maxBytes) refuse(`it has ${total} bytes`);
      if (bytes.length === 0) refuse("a part of it is empty");
      this.#coming ??= { bytes: new Uint8Array(total), at: 0 };
      const { bytes: all, at } = this.#coming;
      if (all.length !== total || at + bytes.length > total) refuse("its parts do not fit");
      all.set(bytes, at);
      this.#coming.at += bytes.length;
      if (this.#coming.at < total) return undefined;
      this.#coming = undefined;
      return all;
    });
  }
}
