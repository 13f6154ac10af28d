/**
 * The control packets of MQTT 3.1.1 (OASIS standard, 2014) that a client with QoS 0 and 1 needs, in both directions.
 *
 * ```text
 * type << 4 | flags, length (varint, 7 bits a byte), then
 * 1  CONNECT    "MQTT" 4 flags, u16 keep-alive, client, [will topic, will payload], [user], [password]
 * 2  CONNACK    session present, code            8  SUBSCRIBE  u16 id, (filter, qos)…
 * 3  PUBLISH    topic, [u16 id], payload         9  SUBACK     u16 id, code…
 * 4  PUBACK     u16 id                           12 PINGREQ  13 PINGRESP  14 DISCONNECT
 * ```
 * Texts are UTF-8 behind a u16 length.
 */
export type Packet =
  | Connect
  | { readonly type: "connack"; readonly sessionPresent: boolean; readonly code: number }
  | Publish
  | { readonly type: "puback"; readonly id: number }
  | {
    readonly type: "subscribe";
    readonly id: number;
    readonly filters: readonly (readonly [filter: string, qos: number])[];
  }
  | { readonly type: "suback"; readonly id: number; readonly codes: readonly number[] }
  | { readonly type: "pingreq" }
  | { readonly type: "pingresp" }
  | { readonly type: "disconnect" };

/** A message on its way. `id` only with QoS 1. */
export interface Publish {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly id?: number | undefined;
}

/** What a client begins with. */
export interface Connect {
  readonly type: "connect";
  readonly clientId: string;
  /** Whether the broker forgets us when we go. */
  readonly clean: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  readonly will?: Pick<Publish, "topic" | "payload" | "qos" | "retain"> | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** The bytes of a packet. Throws a RangeError for a text or number that is too large for it. */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.type) {
    case "connect":
      return frame(0x10, connectBody(packet));
    case "connack":
      return frame(0x20, [Uint8Array.of(packet.sessionPresent ? 1 : 0, packet.code)]);
    case "publish": {
      const { topic, payload, qos, retain, dup, id } = packet;
      const flags = (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0);
      return frame(0x30 | flags, [text(topic), ...(qos > 0 ? [u16(id ?? 0)] : []), payload]);
    }
    case "puback":
      return frame(0x40, [u16(packet.id)]);
    case "subscribe":
      return frame(0x82, [
        u16(packet.id),
        ...packet.filters.flatMap(([filter, qos]) => [text(filter), Uint8Array.of(qos)]),
      ]);
    case "suback":
      return frame(0x90, [u16(packet.id), Uint8Array.from(packet.codes)]);
    case "pingreq":
      return frame(0xc0, []);
    case "pingresp":
      return frame(0xd0, []);
    case "disconnect":
      return frame(0xe0, []);
  }
}

function connectBody({ clientId, clean, keepAlive, will, user, password }: Connect): Uint8Array[] {
  const flags = (clean ? 2 : 0) |
    (will === undefined ? 0 : 4 | will.qos << 3 | (will.retain ? 32 : 0)) |
    (password === undefined ? 0 : 64) |
    (user === undefined ? 0 : 128);
  return [
    text("MQTT"),
    Uint8Array.of(/* version 3.1.1 */ 4, flags),
    u16(keepAlive),
    text(clientId),
    ...(will === undefined ? [] : [text(will.topic), u16(will.payload.length), will.payload]),
    ...(user === undefined ? [] : [text(user)]),
    ...(password === undefined ? [] : [text(password)]),
  ];
}

function frame(first: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > 268_435_455) throw new RangeError(`a packet of ${length} bytes is more than MQTT can say`);
  const head = [first];
  for (let rest = length;;) {
    const digit = rest & 0x7f;
    rest >>>= 7;
    head.push(rest > 0 ? digit | 0x80 : digit);
    if (rest === 0) break;
  }
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function u16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new RangeError(`${value} is not from 0 to 65535`);
  return Uint8Array.of(value >> 8, value & 0xff);
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length > 0xffff) throw new RangeError(`a text of ${bytes.length} bytes is longer than 65535`);
  return Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes);
}
