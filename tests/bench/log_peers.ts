import { McapIndexedReader, McapStreamReader, McapWriter } from "@mcap/core";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";

/** What the log benchmarks write: frames of equal size, taken in turn by four channels, a microsecond apart. */
export interface Load {
  readonly frames: number;
  readonly payload: Uint8Array;
  /** In place of `payload`, one after the other. */
  readonly payloads?: readonly Uint8Array[];
  readonly channels: readonly string[];
  readonly startNs: bigint;
}

const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const decompressHandlers = { zstd: (data: Uint8Array) => zstdDecompressSync(data) };

/** How far apart the frames are. */
export const stepNs = 1000;

/** What the i-th frame has in it. */
export function payloadOf({ payload, payloads }: Load, i: number): Uint8Array {
  return payloads === undefined ? payload : payloads[i % payloads.length]!;
}

/**
 * Writes the load with the MCAP project's own library: chunks of 1 MiB, checksums and indexes on (its defaults). It
 * brings no compression: with `compress` it is given Deno's, at the level that tinman has.
 */
export async function writeMcap(path: string, load: Load, { compress = false } = {}): Promise<void> {
  const { frames, channels, startNs } = load;
  const file = openSync(path, "w");
  let at = 0n;
  const writer = new McapWriter({
    writable: {
      write: (bytes) => {
        writeAll(file, bytes);
        at += BigInt(bytes.length);
        return Promise.resolve();
      },
      position: () => at,
    },
    ...(compress && {
      compressChunk: (data) => ({ compression: "zstd", compressedData: zstdCompressSync(data, level1) }),
    }),
  });
  await writer.start({ profile: "", library: "bench" });
  const ids: number[] = [];
  for (const topic of channels) {
    ids.push(await writer.registerChannel({ schemaId: 0, topic, messageEncoding: "", metadata: new Map() }));
  }
  for (let i = 0; i < frames; i++) {
    const logTime = startNs + BigInt(i * stepNs);
    await writer.addMessage({
      channelId: ids[i % ids.length]!,
      sequence: i,
      logTime,
      publishTime: logTime,
      data: payloadOf(load, i),
    });
  }
  await writer.end();
  closeSync(file);
}

/** Reads every message in time order, over the index; returns how many bytes of payload came. */
export async function readMcap(path: string): Promise<number> {
  const { reader, close } = await openMcap(path);
  let bytes = 0;
  for await (const { data } of reader.readMessages()) bytes += data.length;
  close();
  return bytes;
}

/** Reads every message as it stands in the file, without the index: the library's faster way. */
export function streamMcap(path: string): number {
  const reader = new McapStreamReader({ decompressHandlers });
  reader.append(readFileSync(path));
  let bytes = 0;
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    if (record.type === "Message") bytes += record.data.length;
  }
  return bytes;
}

/** An open reader over the index. */
export async function openMcap(path: string): Promise<{ reader: McapIndexedReader; close: () => void }> {
  const file = openSync(path, "r");
  const reader = await McapIndexedReader.Initialize({
    readable: {
      size: () => Promise.resolve(BigInt(fstatSync(file).size)),
      read: (offset, size) => {
        const bytes = new Uint8Array(Number(size));
        readSync(file, bytes, 0, bytes.length, Number(offset));
        return Promise.resolve(bytes);
      },
    },
    decompressHandlers,
  });
  return { reader, close: () => closeSync(file) };
}

/** The time of the first message at or after `timeNs`. */
export async function seekMcap(reader: McapIndexedReader, timeNs: bigint): Promise<bigint | undefined> {
  for await (const { logTime } of reader.readMessages({ startTime: timeNs })) return logTime;
  return undefined;
}

/** The least that a log can do: header and payload into a buffer, out at each MiB. No index, no checksum, one file. */
export function writeBare(path: string, { frames, payload, startNs }: Load): void {
  const file = openSync(path, "w");
  const buffer = new Uint8Array(1 << 20);
  const view = new DataView(buffer.buffer);
  const size = 16 + payload.length;
  const [startLow, startHigh] = [Number(startNs & 0xffff_ffffn), Number(startNs >> 32n)];
  let at = 0;
  for (let i = 0; i < frames; i++) {
    if (at + size > buffer.length) {
      writeAll(file, buffer.subarray(0, at));
      at = 0;
    }
    const low = startLow + i * stepNs;
    view.setUint32(at, low >>> 0, true);
    view.setUint32(at + 4, startHigh + Math.floor(low / 2 ** 32), true);
    view.setUint32(at + 8, payload.length, true);
    view.setUint32(at + 12, 0, true);
    buffer.set(payload, at + 16);
    at += size;
  }
  writeAll(file, buffer.subarray(0, at));
  closeSync(file);
}

/** The least that a reader can do: the file by the MiB, one view a frame, no merge; returns the bytes of payload. */
export function readBare(path: string): number {
  const file = openSync(path, "r");
  const buffer = new Uint8Array(1 << 20);
  const view = new DataView(buffer.buffer);
  let [bytes, filled] = [0, 0];
  for (;;) {
    const came = readSync(file, buffer, filled, buffer.length - filled, null);
    if (came === 0) break;
    filled += came;
    let at = 0;
    while (at + 16 <= filled) {
      const end = at + 16 + view.getUint32(at + 8, true);
      if (end > filled) break;
      bytes += buffer.subarray(at + 16, end).length;
      at = end;
    }
    buffer.copyWithin(0, at, filled);
    filled -= at;
  }
  closeSync(file);
  return bytes;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
