/** What the bytes of a record stand for. */
export type Format = "json" | "text" | "bytes";

/** The value of a record's bytes; throws where they are no such thing. */
export function decode(bytes: Uint8Array, format: Format): unknown {
  if (format === "bytes") return bytes;
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return format === "text" ? text : JSON.parse(text);
}

/** The bytes of a message; throws with code `CODEC` where it does not fit. */
export function encode(value: unknown, format: Format): Uint8Array {
  if (format === "bytes" && value instanceof Uint8Array) return value;
  if (format === "text" && typeof value === "string") return new TextEncoder().encode(value);
  if (format === "json") return new TextEncoder().encode(JSON.stringify(value, plain) ?? "null");
  throw failure("CODEC", `Cannot send a message: it is ${nameOf(value)}, not ${format}`);
}

/** Text where bytes are text, as keys mostly are. */
export function textOrBytes(bytes: Uint8Array | null): string | Uint8Array | null {
  if (bytes === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** The other way round; numbers become text. */
export function bytesOf(value: unknown, what: string): Uint8Array | null {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return value;
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "bigint";
  if (isText) return new TextEncoder().encode(`${value}`);
  throw failure("CODEC", `Cannot send a message: its ${what} is ${nameOf(value)}, not text, a number or bytes`);
}

/** An error with one of tinman's codes. */
export function failure(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

// JSON has whole numbers of any size, and V8 a way to write them.
const { rawJSON } = JSON as unknown as { rawJSON?(text: string): unknown };

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) throw failure("CODEC", "Cannot send a message: there are bytes in it, not json");
  if (typeof value !== "bigint") return value;
  return rawJSON?.(`${value}`) ?? Number(value);
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "a list" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
