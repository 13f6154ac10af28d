import { contentHash } from "../cbor/mod.ts";

/** What a `Map` can tell apart as people do: values as they are, objects and lists by their content. */
export function mapKey(value: unknown): unknown {
  return typeof value === "object" && value !== null ? `\u0000${contentHash(value)}` : value;
}
