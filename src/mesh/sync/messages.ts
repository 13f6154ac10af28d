import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { decodeFrontier, encodeFrontier, type Frontier, type Head } from "./frontier.ts";
import { refuse, within } from "./refuse.ts";

/** What peers say to each other when both have been heard. */
export type Message =
  /** What I have; it replaces what I said before. */
  | { readonly type: "frontier"; readonly frontier: Frontier }
  /** Send me what I lack, up to so many bytes of deltas and blobs since we met; `isLast` says there will be no more. */
  | { readonly type: "want"; readonly bytes: number; readonly isLast: boolean }
  /** The least that I could send has so many bytes, which is more than you want. */
  | { readonly type: "need"; readonly bytes: number }
  /** Runs, see `encodeRuns`. */
  | { readonly type: "delta"; readonly hasContext: boolean; readonly bytes: Uint8Array }
  /** What are the ids in your history that ends with this head? The device is one that both know. */
  | { readonly type: "probe"; readonly tag: number; readonly head: Head; readonly seqs: readonly number[] }
  /** The answer: the first four bytes of each id. */
  | { readonly type: "probed"; readonly tag: number; readonly head: Head; readonly checks: readonly number[] }
  /** I have the history up to this event; send me what comes after it. */
  | { readonly type: "fetch"; readonly tag: number; readonly head: Head }
  /** I have this event, but not what it says. */
  | { readonly type: "bare"; readonly tag: number; readonly head: Head }
  /** I have nothing to send you, having read so many of your requests. */
  | { readonly type: "done"; readonly requests: number; readonly isWhole: boolean; readonly hasBlobs: boolean }
  /** A part of what my feeds begin behind, which has so many bytes in all. The parts come in order. */
  | { readonly type: "snapshot"; readonly total: number; readonly bytes: Uint8Array }
  /** Something for others than the feeds. */
  | { readonly type: "blob"; readonly bytes: Uint8Array }
  /** What I have of some devices now, in place of what I said of them before. */
  | { readonly type: "heads"; readonly frontier: Frontier }
  /** Send nothing of what I want until I say it again; or the answer, after which nothing comes until then. */
  | { readonly type: "pause"; readonly isAnswer: boolean }
  /** What I have, by ranges of the devices. See `Ranges`. */
  | { readonly type: "ranges"; readonly bytes: Uint8Array };

/**
 * Messages that may change what the other has to send, so that it is not done before it has read them. Deltas are such: in
 * the light of what they bring it may see that the other lacks something.
 */
export function isRequest({ type }: Message): boolean {
  return !NO_REQUESTS.has(type);
}

/** A message for the stream. */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().u8(TYPES.indexOf(message.type));
  switch (message.type) {
    case "frontier":
    case "heads":
      return writer.bytes(encodeFrontier(message.frontier)).take();
    case "want":
      return writer.varint(message.bytes).u8(message.isLast ? 1 : 0).take();
    case "need":
      return writer.varint(message.bytes).take();
    case "delta":
      return writer.u8(message.hasContext ? 1 : 0).bytes(message.bytes).take();
    case "probe":
      writeHead(writer.u32(message.tag), message.head);
      for (const seq of message.seqs) writer.varint(seq);
      return writer.take();
    case "probed":
      writeHead(writer.u32(message.tag), message.head);
      for (const check of message.checks) writer.u32(check);
      return writer.take();
    case "fetch":
    case "bare":
      return writeHead(writer.u32(message.tag), message.head).take();
    case "snapshot":
      return writer.varint(message.total).bytes(message.bytes).take();
    case "done":
      return writer.varint(message.requests).u8((message.isWhole ? 1 : 0) | (message.hasBlobs ? 2 : 0)).take();
    case "blob":
    case "ranges":
      return writer.bytes(message.bytes).take();
    case "pause":
      return writer.u8(message.isAnswer ? 1 : 0).take();
  }
}

/** @throws {TinmanError} `PROTOCOL` for what is no message, or has more in it than is allowed. */
export function decodeMessage(bytes: Uint8Array): Message {
  return within("a message", () => {
    const reader = new ByteReader(bytes);
    const type = TYPES[reader.u8()] ?? refuse("its type is not known");
    const message = readMessage(type, reader);
    reader.end();
    return message;
  });
}

function readMessage(type: Message["type"], reader: ByteReader): Message {
  switch (type) {
    case "frontier":
    case "heads":
      return { type, frontier: decodeFrontier(reader.bytes(reader.left)) };
    case "want":
      return { type, bytes: reader.varint(), isLast: readFlag(reader) };
    case "need":
      return { type, bytes: reader.varint() };
    case "delta":
      return { type, hasContext: readFlag(reader), bytes: reader.bytes(reader.left) };
    case "probe": {
      const [tag, head] = [reader.u32(), readHead(reader)];
      return { type, tag, head, seqs: readAll(reader, () => reader.varint()) };
    }
    case "probed": {
      const [tag, head] = [reader.u32(), readHead(reader)];
      return { type, tag, head, checks: readAll(reader, () => reader.u32()) };
    }
    case "fetch":
    case "bare":
      return { type, tag: reader.u32(), head: readHead(reader) };
    case "snapshot":
      return { type, total: reader.varint(), bytes: reader.bytes(reader.left) };
    case "done": {
      const [requests, flags] = [reader.varint(), reader.u8()];
      if (flags > 3) refuse(`its flags are ${flags}`);
      return { type, requests, isWhole: (flags & 1) !== 0, hasBlobs: (flags & 2) !== 0 };
    }
    case "blob":
    case "ranges":
      return { type, bytes: reader.bytes(reader.left) };
    case "pause":
      return { type, isAnswer: readFlag(reader) };
  }
}

/** Most ids that are asked for at once. */
export const MAX_PROBES = 16;

const TYPES = [
  "frontier",
  "want",
  "need",
  "delta",
  "probe",
  "probed",
  "fetch",
  "done",
  "blob",
  "bare",
  "snapshot",
  "heads",
  "pause",
  "ranges",
] as const;

const NO_REQUESTS: ReadonlySet<Message["type"]> = new Set(["want", "need", "probed", "done", "blob", "pause"]);

function writeHead(writer: ByteWriter, { seq, prefix }: Head): ByteWriter {
  return writer.varint(seq).u8(prefix.length).bytes(prefix);
}

function readHead(reader: ByteReader): Head {
  const seq = reader.varint();
  if (seq >= 2 ** 32) refuse(`an event has number ${seq}`);
  const length = reader.u8();
  if (length > 32) refuse(`an id has ${length} bytes`);
  return { seq, prefix: reader.bytes(length).slice() };
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  return flag > 1 ? refuse(`a flag is ${flag}`) : flag === 1;
}

function readAll(reader: ByteReader, read: () => number): number[] {
  const all: number[] = [];
  while (reader.left > 0) {
    if (all.length === MAX_PROBES) refuse(`it asks for more than ${MAX_PROBES} ids`);
    all.push(read());
  }
  return all.length > 0 ? all : refuse("it asks for nothing");
}
