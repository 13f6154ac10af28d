import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { type LeafRuns, type LeafSet, MAX_RUNS, readRuns, writeLeaves } from "./leaf_set.ts";

/** What two peers say to each other about blobs. Slots count the blobs that one side seeks, from 0, as it names them. */
export type BlobMessage =
  /** I seek blobs whose names begin so: 16 bytes each. */
  | { readonly type: "seek"; readonly prefixes: readonly Uint8Array[] }
  /** Of the blobs in your first `read` slots I have these; what I said of a slot before holds no more. */
  | { readonly type: "have"; readonly read: number; readonly offers: readonly Offer[] }
  /** Send me these leaves behind the others that I asked for, and so many bytes more than I allowed before. */
  | { readonly type: "get"; readonly credit: number; readonly asks: readonly Ask[] }
  /** What comes next of the first leaf that you asked for and do not have. */
  | { readonly type: "part"; readonly bytes: Uint8Array }
  /** I cannot give the first leaf that you asked for and do not have. */
  | { readonly type: "none" };

/** What somebody has of a blob. */
export interface Offer {
  readonly slot: number;
  readonly size: number;
  readonly leaves: LeafRuns;
}

/** A leaf with its proof, from a byte on. */
export interface Ask {
  readonly slot: number;
  readonly leaf: number;
  readonly at: number;
}

/** Bytes of a name that stand for it. Two blobs with the same ones are 2^64 hashes of work. */
export const PREFIX_BYTES = 16;
/** Most blobs that one side seeks in a contact. */
export const MAX_SLOTS = 4096;
/** Most leaves that one side asks for at a time. */
export const MAX_ASKS = 256;

/** {@linkcode BlobMessage} `seek` */
export function encodeSeek(blobs: readonly string[]): Uint8Array {
  const writer = new ByteWriter().u8(TYPE.SEEK);
  for (const blob of blobs) writer.bytes(Uint8Array.fromHex(blob.slice(0, 2 * PREFIX_BYTES)));
  return writer.take();
}

/** {@linkcode BlobMessage} `have`, with offers as {@linkcode encodeOffer} makes them. */
export function encodeHave(read: number, offers: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().u8(TYPE.HAVE).varint(read);
  for (const offer of offers) writer.bytes(offer);
  return writer.take();
}

/** An {@linkcode Offer} in about so many bytes, or fewer; in 24 at least. */
export function encodeOffer(
  { slot, size, leaves }: { readonly slot: number; readonly size: number; readonly leaves: LeafSet },
  maxBytes: number,
): Uint8Array {
  const maxRuns = Math.max(1, Math.min(MAX_RUNS, Math.floor((maxBytes - 12) / 6)));
  const writer = new ByteWriter().varint(slot).varint(size);
  writeLeaves(writer, leaves, maxRuns);
  return writer.take();
}

/** {@linkcode BlobMessage} `get` */
export function encodeGet(credit: number, asks: readonly Ask[]): Uint8Array {
  const writer = new ByteWriter().u8(TYPE.GET).varint(credit);
  for (const { slot, leaf, at } of asks) writer.varint(slot).varint(leaf).varint(at);
  return writer.take();
}

/** {@linkcode BlobMessage} `part` */
export function encodePart(bytes: Uint8Array): Uint8Array {
  return new ByteWriter(bytes.length + 1).u8(TYPE.PART).bytes(bytes).take();
}

/** {@linkcode BlobMessage} `none` */
export function encodeNone(): Uint8Array {
  return Uint8Array.of(TYPE.NONE);
}

/** @throws {RangeError} for what nobody says, or more than is allowed. */
export function decodeBlobMessage(bytes: Uint8Array): BlobMessage {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  switch (type) {
    case TYPE.SEEK:
      return { type: "seek", prefixes: readAll(reader, MAX_SLOTS, () => reader.bytes(PREFIX_BYTES).slice()) };
    case TYPE.HAVE: {
      const read = reader.varint();
      const offers = readAll(reader, MAX_SLOTS, () => {
        return { slot: reader.varint(), size: reader.varint(), leaves: readRuns(reader) };
      });
      return { type: "have", read, offers };
    }
    case TYPE.GET: {
      const credit = reader.varint();
      const asks = readAll(reader, MAX_ASKS, () => {
        return { slot: reader.varint(), leaf: reader.varint(), at: reader.varint() };
      });
      return { type: "get", credit, asks };
    }
    case TYPE.PART:
      return { type: "part", bytes: reader.bytes(reader.left) };
    case TYPE.NONE:
      reader.end();
      return { type: "none" };
    default:
      throw new RangeError(`a message about blobs has type ${type}`);
  }
}

const TYPE = { SEEK: 0, HAVE: 1, GET: 2, PART: 3, NONE: 4 } as const;

function readAll<T>(reader: ByteReader, limit: number, read: () => T): T[] {
  const all: T[] = [];
  while (reader.left > 0) {
    if (all.length === limit) throw new RangeError(`a message about blobs names more than ${limit}`);
    all.push(read());
  }
  return all;
}
