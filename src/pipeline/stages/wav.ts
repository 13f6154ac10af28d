import { ByteReader, ByteWriter, checkLimit } from "../../bytes/mod.ts";

/** How a sample is stored. `int8` is unsigned, as WAV has it. */
export type WavFormat = "int8" | "int16" | "int24" | "int32" | "float32" | "float64";

/** All formats. */
export const wavFormats: readonly WavFormat[] = ["int8", "int16", "int24", "int32", "float32", "float64"];

/** What the head of a WAV file says. */
export interface WavInfo {
  readonly format: WavFormat;
  readonly channels: number;
  readonly sampleRate: number;
  /** Where the first sample is, in bytes. */
  readonly at: number;
  /** Samples of each channel. */
  readonly length: number;
}

/** Sound or anything else that was sampled. */
export interface Wav {
  readonly sampleRate: number;
  /** Samples, from -1 up to 1 for whole numbers in the file; all channels are of one length. */
  readonly channels: readonly Float64Array[];
}

/** Bytes of a header; samples follow. */
export const WAV_HEADER_BYTES = 44;

/** The length in a header whose file was not ended: the samples go to the end of the file. */
const TO_THE_END = 0xffff_ffff;
const MAX_CHANNELS = 1024;
const [PCM, FLOAT, EXTENSIBLE] = [1, 3, 0xfffe];

/** Bytes of one sample. */
export function bytesOf(format: WavFormat): number {
  return Number(/\d+/.exec(format)![0]) / 8;
}

/**
 * The header of a file whose samples take `dataBytes`; without a number they go to the end of the file.
 *
 *     "RIFF" u32 rest  "WAVE"  "fmt " u32 16  u16 tag  u16 channels  u32 rate  u32 rate*block  u16 block  u16 bits
 *     "data" u32 bytes  samples, by time and then by channel
 */
export function encodeWavHeader(
  { format, channels, sampleRate }: Pick<WavInfo, "format" | "channels" | "sampleRate">,
  dataBytes?: number,
): Uint8Array {
  if (!(Number.isInteger(sampleRate) && sampleRate >= 1 && sampleRate <= 0xffff_ffff)) {
    throw new RangeError(`Cannot write WAV at ${sampleRate} Hz: it takes whole numbers from 1 to ${0xffff_ffff}`);
  }
  if (!(channels >= 1 && channels <= MAX_CHANNELS)) {
    throw new RangeError(`Cannot write WAV with ${channels} channels: it takes 1 to ${MAX_CHANNELS}`);
  }
  if (dataBytes !== undefined) {
    checkLimit("WAV samples", dataBytes, TO_THE_END - WAV_HEADER_BYTES - 1, "nothing: WAV has 32 bits for it");
  }
  const block = channels * bytesOf(format);
  const writer = new ByteWriter(WAV_HEADER_BYTES);
  writer.text("RIFF");
  writer.u32(dataBytes === undefined ? TO_THE_END : WAV_HEADER_BYTES - 8 + dataBytes + dataBytes % 2);
  writer.text("WAVEfmt ");
  writer.u32(16).u16(format.startsWith("float") ? FLOAT : PCM).u16(channels);
  writer.u32(sampleRate).u32(Math.min(TO_THE_END, sampleRate * block)).u16(block).u16(bytesOf(format) * 8);
  writer.text("data");
  return writer.u32(dataBytes ?? TO_THE_END).take();
}

/** Samples as they stand in a file. Whole numbers are rounded; what is beyond -1 to 1 is cut, NaN becomes 0. */
export function encodeWavSamples(channels: readonly Float64Array[], format: WavFormat): Uint8Array<ArrayBuffer> {
  const length = channels[0]?.length ?? 0;
  const size = bytesOf(format);
  const bytes = new Uint8Array(length * channels.length * size);
  const view = new DataView(bytes.buffer);
  for (const [c, samples] of channels.entries()) {
    for (let i = 0, at = c * size; i < length; i++, at += channels.length * size) {
      put[format](view, at, samples[i] ?? 0);
    }
  }
  return bytes;
}

/** A whole file. Channels that are shorter than the longest end with zeros. */
export function encodeWav({ sampleRate, channels }: Wav, format: WavFormat): Uint8Array {
  const longest = Math.max(0, ...channels.map(({ length }) => length));
  const filled = channels.map((samples) => {
    if (samples.length === longest) return samples;
    const full = new Float64Array(longest);
    full.set(samples);
    return full;
  });
  const samples = encodeWavSamples(filled, format);
  const header = encodeWavHeader({ format, channels: channels.length, sampleRate }, samples.length);
  return new ByteWriter(header.length + samples.length + 1).bytes(header).bytes(samples).align(2).take();
}

/** A whole file's samples. */
export function decodeWav(bytes: Uint8Array, { maxSamples = 1 << 27 }: { readonly maxSamples?: number } = {}): Wav {
  const info = readWavInfo((at, length) => bytes.subarray(at, at + length), bytes.length);
  checkLimit("a WAV of samples", info.length * info.channels, maxSamples, "maxSamples");
  return { sampleRate: info.sampleRate, channels: decodeWavSamples(bytes.subarray(info.at), info, info.length) };
}

/** `length` samples of each channel from the front of `bytes`. `take` gives the arrays. */
export function decodeWavSamples(
  bytes: Uint8Array,
  { format, channels }: Pick<WavInfo, "format" | "channels">,
  length: number,
  take: (length: number) => Float64Array = (length) => new Float64Array(length),
): Float64Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytesOf(format);
  return Array.from({ length: channels }, (_, c) => {
    const samples = take(length);
    for (let i = 0, at = c * size; i < length; i++, at += channels * size) samples[i] = get[format](view, at);
    return samples;
  });
}

/** Reads the head of a file of `size` bytes. `read` gives bytes at a place, fewer at the end. */
export function readWavInfo(read: (at: number, length: number) => Uint8Array, size: number): WavInfo {
  const riff = chunkAt(read, 0);
  if (riff?.id !== "RIFF" || textOf(read(8, 4)) !== "WAVE") {
    throw new TypeError("Cannot read WAV: the file does not begin with RIFF and WAVE");
  }
  let found: Pick<WavInfo, "format" | "channels" | "sampleRate"> | undefined;
  // Chunks that nobody asked for are passed over; a hostile file may have very many.
  for (let at = 12, i = 0; i < 1000; i++) {
    const chunk = chunkAt(read, at);
    if (chunk === undefined) break;
    if (chunk.id === "fmt ") found = readFormat(read(at + 8, Math.min(chunk.bytes, 40)));
    if (chunk.id === "data") {
      if (found === undefined) throw new TypeError(`Cannot read WAV: samples come at byte ${at}, before their format`);
      const block = found.channels * bytesOf(found.format);
      const there = size - at - 8;
      if (chunk.bytes > there && chunk.bytes !== TO_THE_END) {
        throw new RangeError(`Cannot read WAV: it ends ${chunk.bytes - there} bytes before its last sample`);
      }
      return { ...found, at: at + 8, length: Math.floor(Math.min(chunk.bytes, there) / block) };
    }
    at += 8 + chunk.bytes + chunk.bytes % 2;
  }
  throw new TypeError(`Cannot read WAV: there are no samples in ${size} bytes`);
}

function readFormat(bytes: Uint8Array): Pick<WavInfo, "format" | "channels" | "sampleRate"> {
  if (bytes.length < 16) throw new RangeError(`Cannot read WAV: its format has ${bytes.length} bytes, not 16`);
  const reader = new ByteReader(bytes);
  const [tag, channels, sampleRate] = [reader.u16(), reader.u16(), reader.u32()];
  const [, block, bits] = [reader.u32(), reader.u16(), reader.u16()];
  // The extensible form keeps the tag in the first two bytes of a long id.
  const kind = tag === EXTENSIBLE && bytes.length >= 26 ? bytes[24]! | bytes[25]! << 8 : tag;
  const format = wavFormats.find((each) => each === `${kind === FLOAT ? "float" : kind === PCM ? "int" : "?"}${bits}`);
  if (format === undefined) {
    throw new TypeError(
      `Cannot read WAV of format ${kind} with ${bits} bits: it can be int8 to int32, float32 or float64`,
    );
  }
  if (channels < 1 || channels > MAX_CHANNELS || block !== channels * bytesOf(format) || sampleRate === 0) {
    throw new RangeError(
      `Cannot read WAV of ${channels} channels, ${block} bytes a block and ${sampleRate} Hz: they do not fit`,
    );
  }
  return { format, channels, sampleRate };
}

function chunkAt(
  read: (at: number, length: number) => Uint8Array,
  at: number,
): { id: string; bytes: number } | undefined {
  const head = read(at, 8);
  return head.length < 8
    ? undefined
    : { id: textOf(head.subarray(0, 4)), bytes: new ByteReader(head.subarray(4)).u32() };
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const whole = (value: number, bits: number) => {
  const scale = 2 ** (bits - 1);
  return Number.isNaN(value) ? 0 : Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));
};

const put: Record<WavFormat, (view: DataView, at: number, value: number) => void> = {
  int8: (view, at, value) => view.setUint8(at, whole(value, 8) + 128),
  int16: (view, at, value) => view.setInt16(at, whole(value, 16), true),
  int24(view, at, value) {
    const number = whole(value, 24);
    view.setUint16(at, number & 0xffff, true);
    view.setInt8(at + 2, number >> 16);
  },
  int32: (view, at, value) => view.setInt32(at, whole(value, 32), true),
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
};

const get: Record<WavFormat, (view: DataView, at: number) => number> = {
  int8: (view, at) => (view.getUint8(at) - 128) / 128,
  int16: (view, at) => view.getInt16(at, true) / 32_768,
  int24: (view, at) => (view.getInt8(at + 2) * 65_536 + view.getUint16(at, true)) / 8_388_608,
  int32: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};
