import { VirtualClock } from "../clock/mod.ts";
import { type Codec, CodecRegistry } from "../codec/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import type { Frame } from "./frame.ts";
import { createRecording, type RecordingOptions, type RecordingWriter } from "./recording_writer.ts";

/** A moment in 2027, so that both halves of a time are in use. */
export const START_NS = 1_800_000_000_123_456_789n;

export const bytes: Codec<Uint8Array> = { id: "bytes", version: 1, encode: (value) => value, decode: (data) => data };

export const text: Codec<string> = {
  id: "text",
  version: 1,
  encode: (value) => new TextEncoder().encode(value),
  decode: (data) => new TextDecoder().decode(data),
};

export const registry = new CodecRegistry([text, bytes].map((codec) => {
  return { id: codec.id, version: 1, revive: () => codec as Codec<unknown> };
}));

/** A recording in memory, begun at {@linkcode START_NS}. */
export function begin(
  options: Partial<RecordingOptions> & { files?: Files; folder?: string } = {},
): { files: Files; folder: string; clock: VirtualClock; recording: RecordingWriter } {
  const { files = createMemoryFiles(), folder = "run", ...rest } = options;
  const clock = new VirtualClock(START_NS);
  return { files, folder, clock, recording: createRecording(files, folder, { clock, ...rest }) };
}

/** All bytes of a file. */
export function readAll(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const all = new Uint8Array(file.size());
  for (let at = 0; at < all.length;) at += file.read(all.subarray(at), at);
  return all;
}

/** Puts these bytes at `path`. */
export function put(files: Files, path: string, content: Uint8Array | string): void {
  files.replace(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
}

/** Flips one bit of a file. */
export function flip(files: Files, path: string, at: number): void {
  const content = readAll(files, path);
  content[at]! ^= 0x10;
  put(files, path, content);
}

/** The frames of a log as they stand in a file: the format of the Python original, written by hand. */
export function rawLog(frames: readonly (readonly [timeNs: bigint, payload: Uint8Array])[]): Uint8Array {
  const parts = frames.map(([timeNs, payload]) => {
    const header = new DataView(new ArrayBuffer(16));
    header.setBigUint64(0, timeNs, true);
    header.setBigUint64(8, BigInt(payload.length), true);
    return [new Uint8Array(header.buffer), payload];
  }).flat();
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Frames in a form that can be compared. */
export function plain(frames: Iterable<Frame>): { channel: string; index: number; timeNs: bigint; text: string }[] {
  return Array.from(
    frames,
    ({ channel, index, timeNs, data }) => ({ channel, index, timeNs, text: text.decode(data) }),
  );
}

/** The same files with some calls replaced. */
export function override(files: Files, calls: Partial<Files>): Files {
  return {
    open: (path, mode) => files.open(path, mode),
    stat: (path) => files.stat(path),
    list: (path) => files.list(path),
    makeFolder: (path) => files.makeFolder(path),
    replace: (path, content) => files.replace(path, content),
    remove: (path) => files.remove(path),
    realPath: (path) => files.realPath(path),
    freeBytes: (path) => files.freeBytes(path),
    map: (path) => files.map(path),
    ...calls,
  };
}

/** Files on a disk whose room can be changed. */
export function limited(disk: { free: number }): Files {
  const files = createMemoryFiles();
  return override(files, {
    open(at, mode) {
      const file = files.open(at, mode);
      return Object.assign(Object.create(file), {
        path: at,
        size: () => file.size(),
        read: (into: Uint8Array, from: number) => file.read(into, from),
        sync: () => file.sync(),
        close: () => file.close(),
        truncate(size: number) {
          disk.free += file.size() - size;
          file.truncate(size);
        },
        write(data: Uint8Array) {
          const taken = file.write(data.subarray(0, Math.min(data.length, disk.free)));
          disk.free -= taken;
          return taken;
        },
        [Symbol.dispose]: () => file.close(),
      });
    },
  });
}
