import { type ChannelHeader, type CodecHeader, decodeHeader } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { McapChannel, McapSchema } from "./mcap_format.ts";

/** What a channel of ours is in the words of MCAP: others decode what has a name there. */
export interface McapKind {
  readonly encoding: string;
  readonly schema?: Omit<McapSchema, "id">;
}

// Names of https://mcap.dev/spec/registry; what they stand for is what our codec of the same name writes.
const SHARED = new Set(["json", "msgpack", "protobuf"]);
const HEADER = "tinman.header";
const LATCHED = "tinman.latched";

/** The encoding, and the schema where there is one, for a codec. */
export function kindOf({ codec, params }: CodecHeader): McapKind {
  if (codec === "protobuf") {
    const { set, message } = (params ?? {}) as { readonly set?: unknown; readonly message?: unknown };
    if (set instanceof Uint8Array && typeof message === "string") {
      return { encoding: "protobuf", schema: { name: message, encoding: "protobuf", data: set } };
    }
  } else if (SHARED.has(codec)) return { encoding: codec };
  return { encoding: codec.startsWith("tinman.") ? codec : `tinman.${codec}` };
}

/** What a channel of ours says besides, so that its codec can be brought back. */
export function metadataOf(header: Uint8Array): Map<string, string> {
  const { latched } = decodeHeader(header);
  return new Map([[HEADER, header.toBase64()], ...latched ? [[LATCHED, "true"]] as const : []]);
}

/** The codec header of a channel: its own, or one for what its encoding is known to be. */
export function headerOf(channel: McapChannel, schema: McapSchema | undefined): ChannelHeader | undefined {
  const own = ownHeader(channel);
  if (own !== undefined) return own;
  const { encoding, metadata } = channel;
  const latched = metadata.get(LATCHED) === "true";
  if (encoding === "protobuf") {
    if (schema === undefined || schema.encoding !== "protobuf") return undefined;
    return { codec: "protobuf", version: 1, params: { set: schema.data, message: schema.name }, latched };
  }
  return SHARED.has(encoding) ? { codec: encoding, version: 1, latched } : undefined;
}

/** The header that tinman wrote, if it did. */
export function ownHeader({ metadata }: McapChannel): ChannelHeader | undefined {
  const text = metadata.get(HEADER);
  if (text === undefined) return undefined;
  try {
    return decodeHeader(Uint8Array.fromBase64(text));
  } catch (error) {
    if (error instanceof SyntaxError || isTinmanError(error, "CODEC")) return undefined;
    throw error;
  }
}
