import type { Connect, Packet } from "./packet.ts";

/** Packets from bytes that may be cut anywhere. */
export class PacketReader {
  readonly #maxBytes: number;
  #rest = new Uint8Array(0);

  /** A packet that says it is longer than `maxBytes` is a RangeError, before any of it is kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The packets that are whole now. Throws an error whose message says what is not MQTT 3.1.1. */
  *push(piece: Uint8Array): Generator<Packet> {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    let at = 0;
    for (;;) {
      const head = readHead(bytes, at);
      if (head === undefined) break;
      if (head.length > this.#maxBytes) {
        throw new RangeError(`a packet of ${head.length} bytes, at most ${this.#maxBytes} are taken`);
      }
      if (head.at + head.length > bytes.length) break;
      const body = bytes.subarray(head.at, head.at + head.length);
      at = head.at + head.length;
      yield decodeBody(head.first, body);
    }
    this.#rest = bytes.slice(at);
  }
}

function readHead(bytes: Uint8Array, at: number): { first: number; length: number; at: number } | undefined {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const digit = bytes[at + 1 + i];
    if (digit === undefined) return undefined;
    length |= (digit & 0x7f) << 7 * i;
    if (digit < 0x80) return { first: bytes[at]!, length, at: at + 2 + i };
  }
  throw new SyntaxError("a length of more than four bytes");
}

function decodeBody(first: number, bytes: Uint8Array): Packet {
  const body = new Body(bytes);
  const packet = decode(first, body);
  if (body.left > 0) throw new SyntaxError(`${body.left} bytes behind the end of a ${packet.type}`);
  return packet;
}

function decode(first: number, body: Body): Packet {
  if (first >> 4 === 3) {
    const qos = first >> 1 & 3;
    if (qos === 3) throw new SyntaxError("a publish with QoS 3");
    const topic = body.text();
    const id = qos > 0 ? body.id() : undefined;
    const head = { type: "publish", topic, qos, retain: (first & 1) === 1, dup: (first & 8) === 8 } as const;
    return { ...head, ...(id !== undefined && { id }), payload: body.rest() };
  }
  switch (first) {
    case 0x10:
      return decodeConnect(body);
    case 0x20: {
      const flags = body.u8();
      if (flags > 1) throw new SyntaxError(`a connack with flags ${flags}`);
      return { type: "connack", sessionPresent: flags === 1, code: body.u8() };
    }
    case 0x40:
      return { type: "puback", id: body.id() };
    case 0x82: {
      const id = body.id();
      const filters: [string, number][] = [];
      while (body.left > 0) filters.push([body.text(), body.u8()]);
      return { type: "subscribe", id, filters };
    }
    case 0x90:
      return { type: "suback", id: body.id(), codes: [...body.rest()] };
    case 0xc0:
      return { type: "pingreq" };
    case 0xd0:
      return { type: "pingresp" };
    case 0xe0:
      return { type: "disconnect" };
  }
  throw new SyntaxError(`a packet that begins with 0x${first.toString(16).padStart(2, "0")}`);
}

function decodeConnect(body: Body): Connect {
  const [name, version, flags] = [body.text(), body.u8(), body.u8()];
  if (name !== "MQTT" || version !== 4) {
    throw new SyntaxError(`a connect of ${JSON.stringify(name)} version ${version}`);
  }
  const [willQos, hasWill, hasUser, hasPassword] = [flags >> 3 & 3, flags & 4, flags & 128, flags & 64];
  if (flags & 1 || willQos === 3 || !hasWill && flags & 0x38) throw new SyntaxError(`a connect with flags ${flags}`);
  const [keepAlive, clientId] = [body.u16(), body.text()];
  const will = hasWill
    ? { topic: body.text(), payload: body.bytes(body.u16()), qos: willQos, retain: (flags & 32) > 0 }
    : undefined;
  return {
    type: "connect",
    clientId,
    clean: (flags & 2) > 0,
    keepAlive,
    ...(will !== undefined && { will }),
    ...(hasUser && { user: body.text() }),
    ...(hasPassword && { password: body.text() }),
  };
}

class Body {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  bytes(count: number): Uint8Array {
    if (count > this.left) throw new SyntaxError(`a packet that ends ${count - this.left} bytes too early`);
    return this.#bytes.slice(this.#at, this.#at += count);
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  u8(): number {
    return this.bytes(1)[0]!;
  }

  u16(): number {
    return this.u8() << 8 | this.u8();
  }

  id(): number {
    const id = this.u16();
    if (id === 0) throw new SyntaxError("a packet with id 0");
    return id;
  }

  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes(this.u16()));
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      throw new SyntaxError("a text that is not UTF-8");
    }
  }
}
