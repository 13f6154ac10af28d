import { decodeMsgpackPrefix } from "./msgpack_decode.ts";
import { encodeMsgpack } from "./msgpack_encode.ts";
import { codecError } from "./registry.ts";
import type { CodecHeader } from "./codec.ts";

/** Longest header to accept; a Huffman tree or a protobuf schema fits, a flipped length does not. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** A codec header that also says whose it is, so that a channel can be read when nothing but its file is left. */
export interface ChannelHeader extends CodecHeader {
  /** The name of the channel. */
  readonly channel?: string;
  /** Whether the channel's last value is its state: a reader that starts later is given it first. @default {false} */
  readonly latched?: boolean;
}

/**
 * The first frame of an object log: a MessagePack map `{ tinman: 1, codec, version, plugin?, params?, channel?, latched? }`,
 * padded with nil bytes (0xc0) to a multiple of 8, so that the payloads behind it stay aligned.
 */
export function encodeHeader(header: ChannelHeader): Uint8Array {
  const body = encodeMsgpack({ tinman: 1, ...knownFields(header) });
  const padded = new Uint8Array(Math.ceil(body.length / 8) * 8).fill(0xc0);
  padded.set(body);
  return padded;
}

/**
 * Reads the first frame of an object log.
 *
 * @throws {TinmanError} `CODEC` when it is not a header of ours, such as the pickle of the Python original.
 */
export function decodeHeader(bytes: Uint8Array): ChannelHeader {
  // Protocol 2 and later of pickle begin with 0x80 and the protocol's number.
  if (bytes[0] === 0x80 && bytes[1]! <= 5 && bytes.length > 2) {
    throw codecError("pickle", "Cannot read a header: this log was written with Python's pickle", {
      hint: "its frames can be read as bytes; pickled code is never run",
    });
  }
  if (bytes.length > MAX_HEADER_BYTES) {
    throw codecError("unknown", `Cannot read a header of ${bytes.length} bytes: at most ${MAX_HEADER_BYTES} are taken`);
  }
  let value: unknown;
  try {
    value = decodeMsgpackPrefix(bytes);
  } catch (cause) {
    throw codecError("unknown", "Cannot read a header: the first frame is not MessagePack", { cause });
  }
  const header = value as (ChannelHeader & { tinman?: number }) | undefined;
  if (typeof header !== "object" || header === null || header.tinman !== 1) {
    throw codecError("unknown", "Cannot read a header: the first frame does not say { tinman: 1, … }");
  }
  const { codec, version } = header;
  if (typeof codec !== "string" || !Number.isInteger(version) || version < 1) {
    throw codecError("unknown", "Cannot read a header: it has no codec id and version");
  }
  return knownFields(header);
}

function knownFields({ codec, version, plugin, params, channel, latched }: ChannelHeader): ChannelHeader {
  return {
    codec,
    version,
    ...(plugin && { plugin }),
    ...(params !== undefined && { params }),
    ...(typeof channel === "string" && { channel }),
    ...(latched === true && { latched }),
  };
}
