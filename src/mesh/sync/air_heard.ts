import type { AirNames } from "./air_names.ts";
import type { AirPacket } from "./air_packets.ts";

/** How it goes on a medium that all share. Who speaks is not said there, and what is said of others is not signed. */
export interface AirReport {
  /** Packets of this dataset. */
  readonly sentBytes: number;
  readonly heardBytes: number;
  /** When something of this dataset was heard last, in milliseconds of the clock of `AirSync`. */
  readonly heardMs: number | undefined;
  /** When somebody said last that it has just what was here then. */
  readonly sameMs: number | undefined;
  /** When somebody said last that it has something else. */
  readonly otherMs: number | undefined;
  /** Events that came. */
  readonly newEvents: number;
  /** What was spoken of, by the device that wrote it: whose it was last first. */
  readonly authors: readonly AirAuthor[];
  /** Events that somebody said within an hour that it has, and that are not here. */
  readonly toGet: number;
  /** What was asked for and waits to go out: requests that are not answered yet, and bytes of packets. */
  readonly toSend: { readonly requests: number; readonly bytes: number };
}

/** What was heard of what one device wrote. */
export interface AirAuthor {
  /** Its public key; of one that is not here the first eight digits. */
  readonly device: string;
  readonly heardMs: number;
  /** Events of it that somebody said within an hour that it has, and that are not here. */
  readonly toGet: number;
}

/** What was heard on a medium that all share. */
export class AirHeard {
  bytes = 0;
  lastMs: number | undefined;
  sameMs: number | undefined;
  otherMs: number | undefined;
  // The latest last.
  readonly #authors = new Map<number, { readonly heardMs: number; readonly seq: number; readonly seqMs: number }>();

  /** A packet of this dataset. */
  note(packet: AirPacket, { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number }): void {
    this.bytes += bytes;
    this.lastMs = nowMs;
    switch (packet.type) {
      case "heads":
        for (const { device, seq } of packet.heads) this.#author(device, seq, nowMs);
        return;
      case "want":
        for (const { device } of packet.places) this.#author(device, 0, nowMs);
        return;
      case "part":
      case "lack":
        return this.#author(packet.batch.place.device, 0, nowMs);
    }
  }

  /** What was spoken of. */
  authors(names: AirNames, nowMs: number): AirAuthor[] {
    return [...this.#authors].reverse().map(([prefix, { heardMs, seq, seqMs }]) => {
      const { device, last } = names.lastOf(prefix);
      return { device, heardMs, toGet: nowMs - seqMs > CLAIM_MS ? 0 : Math.max(0, seq - last) };
    });
  }

  #author(prefix: number, seq: number, heardMs: number): void {
    const known = this.#authors.get(prefix);
    this.#authors.delete(prefix);
    const isMore = known === undefined || seq >= known.seq || heardMs - known.seqMs > CLAIM_MS;
    this.#authors.set(prefix, { ...(isMore ? { seq, seqMs: heardMs } : known), heardMs });
    if (this.#authors.size > MAX_AUTHORS) this.#authors.delete(this.#authors.keys().next().value!);
  }
}

/** What nobody has repeated for so long was a mistake, or a lie: who has something says it every few minutes. */
const CLAIM_MS = 3_600_000;
/** Anybody may speak of any number of devices. */
const MAX_AUTHORS = 1024;
