/*
 * A message of the live socket, either way, always binary; the server reads and writes it with this module, too:
 *
 *   u8   version, 1
 *   u32  id of the subscription, little-endian as all
 *   u32  bytes of the JSON
 *   …    the JSON, an object in UTF-8
 *   …    bytes, to the end: what the JSON refers to
 */
const VERSION = 1;
const HEAD_BYTES = 9;
const utf8 = new TextEncoder();

/** The content of one message. */
export interface LivePart {
  /** What can be said in JSON, written already where several get the same. */
  readonly json: Uint8Array | Readonly<Record<string, unknown>>;
  /** Bytes and numbers, where there are many. */
  readonly bytes?: Uint8Array;
}

/** A message that was read. */
export interface LiveMessage {
  readonly id: number;
  readonly json: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

/** Writes a message. */
export function encodeLive(id: number, { json, bytes }: LivePart): Uint8Array {
  const text = json instanceof Uint8Array ? json : utf8.encode(JSON.stringify(json));
  const message = new Uint8Array(HEAD_BYTES + text.length + (bytes?.length ?? 0));
  const view = new DataView(message.buffer);
  view.setUint8(0, VERSION);
  view.setUint32(1, id, true);
  view.setUint32(5, text.length, true);
  message.set(text, HEAD_BYTES);
  if (bytes !== undefined) message.set(bytes, HEAD_BYTES + text.length);
  return message;
}

/** Reads a message; undefined when it is none. */
export function decodeLive(message: Uint8Array): LiveMessage | undefined {
  if (message.length < HEAD_BYTES || message[0] !== VERSION) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const end = HEAD_BYTES + view.getUint32(5, true);
  if (end > message.length) return undefined;
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(message.subarray(HEAD_BYTES, end)));
    if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
    return { id: view.getUint32(1, true), json, bytes: message.subarray(end) };
  } catch {
    return undefined;
  }
}
