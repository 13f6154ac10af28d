import type { Api } from "./api.ts";
import { protocolError } from "./protocol_error.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** The number of ApiVersions, whose answer has the oldest header in all versions (KIP-511). */
const API_VERSIONS = 18;

/**
 * What stands before a request:
 *
 * ```text
 * int16 key ‖ int16 version ‖ int32 correlation ‖ nullable string client (never compact) ‖ [tags, in flexible versions]
 * ```
 */
export interface RequestHeader {
  /** Which request it is. */
  readonly key: number;
  /** In which form. */
  readonly version: number;
  /** Comes back with the answer. */
  readonly correlation: number;
  /** What the client calls itself. */
  readonly client: string | null;
}

/** Reads what stands before a request, up to the tags of flexible versions: see {@linkcode readTags}. */
export function readRequestHeader(from: WireReader): RequestHeader {
  from.flexible = false;
  return { key: from.int16(), version: from.int16(), correlation: from.int32(), client: from.string() };
}

/** Passes over the tagged fields of a header, where the version has them. */
export function skipHeaderTags(from: WireReader, { flexibleFrom }: Pick<Api, "flexibleFrom">, version: number): void {
  if (version < flexibleFrom) return;
  const count = from.uvarint();
  for (let i = 0; i < count; i++) {
    from.uvarint();
    const length = from.uvarint();
    if (length > from.left) throw protocolError(`a tagged field of ${length} bytes in ${from.left}`);
    from.take(length);
  }
}

/** Writes what stands before a request. */
export function writeRequestHeader(
  to: WireWriter,
  header: RequestHeader,
  { flexibleFrom }: Pick<Api, "flexibleFrom">,
): void {
  to.flexible = false;
  to.int16(header.key);
  to.int16(header.version);
  to.int32(header.correlation);
  to.string(header.client);
  if (header.version >= flexibleFrom) to.uvarint(0);
}

/** Writes what stands before an answer: `int32 correlation ‖ [tags]`. */
export function writeResponseHeader(to: WireWriter, correlation: number, api: Api, version: number): void {
  to.int32(correlation);
  if (version >= api.flexibleFrom && api.key !== API_VERSIONS) to.uvarint(0);
}

/** Reads what stands before an answer; gives the correlation. */
export function readResponseHeader(from: WireReader, api: Api, version: number): number {
  const correlation = from.int32();
  if (api.key !== API_VERSIONS) skipHeaderTags(from, api, version);
  return correlation;
}
