import { allocateBytes, decodeUtf8, encodeUtf8 } from "../bytes/mod.ts";
import { type Codec, codecFailure, type CodecKind, decodeMsgpack, encodeMsgpack, unfitError } from "../codec/mod.ts";
import { type DataFrame, findFrameProblem, FRAME_LIMITS } from "./frame.ts";

const HEAD_BYTES = 24;
const CHANNEL_BYTES = 8;

/**
 * Frames exactly as they are, with every bit of every sample. What is read are views into the bytes, so that a frame of
 * ten million samples takes microseconds; samples are copied only where the bytes begin in the middle of a number.
 * Whoever writes to a view changes the bytes.
 *
 * Layout, little-endian:
 *
 *     f64 timestampUs | f64 sequenceId | u32 n | u32 bytes of the metadata | n × (u32 samples, u32 bytes of the name)
 *     the samples of each channel, f64 | the names, UTF-8 | the metadata, a MessagePack map, no byte for an empty one
 *     zeros to a multiple of 8
 */
export function frameCodec(): Codec<DataFrame> {
  return codec;
}

const codec: Codec<DataFrame> = {
  id: "frame",
  version: 1,
  encode(frame) {
    try {
      return encode(frame);
    } catch (cause) {
      throw codecFailure("frame", { direction: "encode", cause });
    }
  },
  decode(bytes) {
    try {
      return readFrame(bytes);
    } catch (cause) {
      throw codecFailure("frame", { direction: "decode", cause });
    }
  },
};

/** Brings {@linkcode frameCodec} back from a header. */
export const frameKind: CodecKind = { id: "frame", version: 1, revive: () => codec };

function encode(frame: DataFrame): Uint8Array {
  const measured = measureFrame(frame);
  const bytes = allocateBytes(measured.size);
  writeFrame(measured, bytes);
  return bytes;
}

/** A frame with what it takes to write it down. */
export interface MeasuredFrame {
  readonly frame: DataFrame;
  /** Bytes, a multiple of 8. */
  readonly size: number;
  readonly names: readonly Uint8Array[];
  readonly metadata: Uint8Array;
}

/** Looks at a frame that is to be written. */
export function measureFrame(frame: DataFrame): MeasuredFrame {
  const problem = findFrameProblem(frame);
  if (problem !== undefined) throw unfitError("frame", problem.value, problem);
  const names = [...frame.payload.keys()].map(encodeUtf8);
  const metadata = encodeMetadata(frame.metadata);
  let samples = 0;
  for (const array of frame.payload.values()) samples += array.length;
  const start = HEAD_BYTES + names.length * CHANNEL_BYTES;
  const size = start + samples * 8 + names.reduce((sum, { length }) => sum + length, metadata.length);
  return { frame, size: alignUp(size), names, metadata };
}

/** Writes a frame into `bytes`, which begin at a multiple of 8 and are as many as it takes; whatever was in them. */
export function writeFrame({ frame, names, metadata }: MeasuredFrame, bytes: Uint8Array): void {
  const { timestampUs, sequenceId, payload } = frame;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setFloat64(0, timestampUs, true);
  view.setFloat64(8, sequenceId, true);
  view.setUint32(16, names.length, true);
  view.setUint32(20, metadata.length, true);
  let at = HEAD_BYTES + names.length * CHANNEL_BYTES;
  let entry = HEAD_BYTES;
  for (const array of payload.values()) {
    view.setUint32(entry, array.length, true);
    view.setUint32(entry + 4, names[(entry - HEAD_BYTES) / CHANNEL_BYTES]!.length, true);
    new Float64Array(bytes.buffer, bytes.byteOffset + at, array.length).set(array);
    at += array.byteLength;
    entry += CHANNEL_BYTES;
  }
  for (const name of names) {
    bytes.set(name, at);
    at += name.length;
  }
  bytes.set(metadata, at);
  bytes.fill(0, at + metadata.length);
}

const NO_BYTES = new Uint8Array();

function encodeMetadata(metadata: Readonly<Record<string, unknown>>): Uint8Array {
  for (const _ in metadata) {
    const bytes = attemptMetadata(metadata);
    if (bytes.length <= FRAME_LIMITS.metadataBytes) return bytes;
    throw new RangeError(`the metadata takes ${bytes.length} bytes, at most ${FRAME_LIMITS.metadataBytes} are taken`);
  }
  return NO_BYTES;
}

function attemptMetadata(metadata: Readonly<Record<string, unknown>>): Uint8Array {
  try {
    return encodeMsgpack(metadata);
  } catch (cause) {
    throw codecFailure("frame", { direction: "encode", cause, at: ".metadata" });
  }
}

/**
 * The frame in `bytes`. Its samples are views into them. With `take` they are what it makes of each view, and nothing else
 * refers to the bytes, so that they may be memory which is used again.
 */
export function readFrame(bytes: Uint8Array, take?: (samples: Float64Array) => Float64Array): DataFrame {
  if (bytes.length < HEAD_BYTES) throw new RangeError(`a frame has at least ${HEAD_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const timestampUs = view.getFloat64(0, true);
  const sequenceId = view.getFloat64(8, true);
  const count = view.getUint32(16, true);
  const metadataBytes = view.getUint32(20, true);
  if (!Number.isFinite(timestampUs)) throw new RangeError(`its time is ${timestampUs}, expected a finite number`);
  if (!Number.isSafeInteger(sequenceId) || sequenceId < 0) {
    throw new RangeError(`its number is ${sequenceId}, expected a whole number from 0`);
  }
  if (count > FRAME_LIMITS.channels) {
    throw new RangeError(`${count} channels, at most ${FRAME_LIMITS.channels} are taken`);
  }
  const start = HEAD_BYTES + count * CHANNEL_BYTES;
  if (start > bytes.length) throw new RangeError(`the table of ${count} channels is cut at ${bytes.length} bytes`);
  let samples = 0;
  let nameBytes = 0;
  for (let entry = HEAD_BYTES; entry < start; entry += CHANNEL_BYTES) {
    samples += view.getUint32(entry, true);
    nameBytes += view.getUint32(entry + 4, true);
  }
  const size = alignUp(start + samples * 8 + nameBytes + metadataBytes);
  if (size !== bytes.length) {
    throw new RangeError(`what it says it holds takes ${size} bytes, there are ${bytes.length}`);
  }
  if (samples > FRAME_LIMITS.samples) {
    throw new RangeError(`${samples} samples, at most ${FRAME_LIMITS.samples} are taken`);
  }

  const end = start + samples * 8;
  const aligned = (bytes.byteOffset + start) % 8 === 0 ? bytes.subarray(start, end) : bytes.slice(start, end);
  const rest = take === undefined ? bytes.subarray(end) : bytes.slice(end);
  const payload = new Map<string, Float64Array>();
  let from = aligned.byteOffset;
  let at = 0;
  for (let entry = HEAD_BYTES; entry < start; entry += CHANNEL_BYTES) {
    const length = view.getUint32(entry, true);
    const next = at + view.getUint32(entry + 4, true);
    const name = decodeUtf8(rest.subarray(at, next));
    if (payload.has(name)) throw new RangeError(`two channels are called ${JSON.stringify(name)}`);
    const samples = new Float64Array(aligned.buffer, from, length);
    payload.set(name, take === undefined ? samples : take(samples));
    from += length * 8;
    at = next;
  }
  return { timestampUs, sequenceId, payload, metadata: decodeMetadata(rest.subarray(at, at + metadataBytes)) };
}

function decodeMetadata(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length === 0) return {};
  if (bytes.length > FRAME_LIMITS.metadataBytes) {
    throw new RangeError(`the metadata takes ${bytes.length} bytes, at most ${FRAME_LIMITS.metadataBytes} are taken`);
  }
  const isMap = bytes[0]! >> 4 === 8 || bytes[0] === 0xde || bytes[0] === 0xdf;
  if (!isMap) throw new RangeError("the metadata is not a map");
  return decodeMsgpack(bytes) as Record<string, unknown>;
}

function alignUp(length: number): number {
  return Math.ceil(length / 8) * 8;
}
