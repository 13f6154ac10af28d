import { TinmanError } from "../errors/mod.ts";

/** Options of {@linkcode openBeacons}. */
export interface BeaconOptions {
  /** The port at which we can be met; 0 when we only listen. @default {0} */
  readonly servicePort?: number;
  /** An IPv4 group of the local scope (RFC 2365). @default {"239.255.116.109"} */
  readonly group?: string;
  /** @default {47116} */
  readonly port?: number;
  /** Addresses of this machine in the networks to take part in. @default {all IPv4 addresses of this machine} */
  readonly interfaces?: readonly string[];
}

/** What somebody near by announced. */
export interface Beacon {
  /** Where it came from, which nothing proves. */
  readonly host: string;
  /** The port at which who sent it can be met; 0 when it cannot. */
  readonly port: number;
  /** What it says of itself. */
  readonly payload: Uint8Array;
}

/** Who is in the same local networks: short words to all, over UDP multicast. They may be lost, and anybody may lie. */
export interface Beacons extends AsyncDisposable {
  /** What others announce, until it is closed. The oldest are forgotten while nobody reads. One reader. */
  readonly heard: AsyncIterable<Beacon>;
  /** Tells all who listen. @throws {TinmanError} `TOO_LARGE` above 32 bytes, `UNAVAILABLE` when no network takes it. */
  announce(payload: Uint8Array): Promise<void>;
  /** Lets go of the sockets; twice is fine. */
  close(): Promise<void>;
}

/*
 * beacon   = "TM" version:u8 who:u32 port:u16 payload      big-endian
 * version  = 1
 * who      = random for each opening, so that we know our own words
 * payload  = 0 to 32 bytes
 */
const HEAD = { bytes: 9, version: 1 };
const MAX_PAYLOAD = 32;
const MAX_WAITING = 256;

/**
 * Opens a place for beacons. It stays in the local networks: datagrams have a time to live of 1, the default.
 *
 * @throws {TinmanError} `UNAVAILABLE` when no network lets us in, `DENIED`.
 */
export async function openBeacons(options: BeaconOptions = {}): Promise<Beacons> {
  const { servicePort = 0, group = "239.255.116.109", port = 47_116, interfaces = ownAddresses() } = options;
  const what = `${group}:${port}`;
  const opened: Deno.DatagramConn[] = [];
  const sockets = { receiver: bind(what, "0.0.0.0", port), senders: new Map<string, Deno.DatagramConn>() };
  opened.push(sockets.receiver);
  const problems: unknown[] = [];
  for (const address of interfaces) {
    try {
      await sockets.receiver.joinMulticastV4(group, address);
      const sender = bind(what, address, 0);
      opened.push(sender);
      sockets.senders.set(address, sender);
    } catch (problem) {
      problems.push(problem);
    }
  }
  if (sockets.senders.size > 0) return new Multicast({ ...sockets, group, port, servicePort });
  for (const socket of opened) socket.close();
  throw new TinmanError("UNAVAILABLE", `Cannot join ${what}: no network lets us`, { what, cause: problems[0] });
}

class Multicast implements Beacons {
  readonly heard: AsyncIterable<Beacon>;
  readonly #receiver: Deno.DatagramConn;
  readonly #senders: ReadonlyMap<string, Deno.DatagramConn>;
  readonly #to: Deno.NetAddr;
  readonly #head: Uint8Array;
  readonly #waiting: Beacon[] = [];
  readonly #reading: Promise<void>;
  #wake: () => void = () => {};
  #isClosed = false;
  #failure: Error | undefined;

  constructor({ receiver, senders, group, port, servicePort }: {
    readonly receiver: Deno.DatagramConn;
    readonly senders: ReadonlyMap<string, Deno.DatagramConn>;
    readonly group: string;
    readonly port: number;
    readonly servicePort: number;
  }) {
    [this.#receiver, this.#senders] = [receiver, senders];
    this.#to = { transport: "udp", hostname: group, port };
    const view = new DataView(new ArrayBuffer(HEAD.bytes));
    view.setUint16(0, 0x544d);
    view.setUint8(2, HEAD.version);
    view.setUint32(3, crypto.getRandomValues(new Uint32Array(1))[0]!);
    view.setUint16(7, servicePort);
    this.#head = new Uint8Array(view.buffer);
    this.heard = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
    this.#reading = this.#read();
  }

  async announce(payload: Uint8Array): Promise<void> {
    const what = `${this.#to.hostname}:${this.#to.port}`;
    if (this.#isClosed) throw new TinmanError("CLOSED", `Cannot announce to ${what}: it was closed`, {});
    if (payload.length > MAX_PAYLOAD) {
      const message = `Cannot announce to ${what}: ${payload.length} bytes, at most ${MAX_PAYLOAD}`;
      throw new TinmanError("TOO_LARGE", message, { limit: MAX_PAYLOAD, actual: payload.length });
    }
    const bytes = Uint8Array.from([...this.#head, ...payload]);
    const sent = await Promise.allSettled([...this.#senders.values()].map((sender) => sender.send(bytes, this.#to)));
    if (sent.some(({ status }) => status === "fulfilled")) return;
    const { reason: cause } = sent[0] as PromiseRejectedResult;
    throw new TinmanError("UNAVAILABLE", `Cannot announce to ${what}: no network takes it`, { what, cause });
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#receiver.close();
      for (const sender of this.#senders.values()) sender.close();
      this.#wake();
    }
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<Beacon>> {
    for (;;) {
      if (this.#isClosed) return { value: undefined, done: true };
      const value = this.#waiting.shift();
      if (value !== undefined) return { value, done: false };
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(256);
    try {
      while (!this.#isClosed) {
        const [bytes, from] = await this.#receiver.receive(buffer);
        const beacon = this.#parse(bytes, (from as Deno.NetAddr).hostname);
        if (beacon === undefined) continue;
        if (this.#waiting.push(beacon) > MAX_WAITING) this.#waiting.shift();
        this.#wake();
      }
    } catch (cause) {
      const what = `${this.#to.hostname}:${this.#to.port}`;
      this.#failure = new TinmanError("UNAVAILABLE", `Cannot listen to ${what}: the network is gone`, { what, cause });
      this.#wake();
    }
  }

  /** Undefined for what is ours, and for what is no beacon. */
  #parse(bytes: Uint8Array, host: string): Beacon | undefined {
    if (bytes.length < HEAD.bytes || bytes.length > HEAD.bytes + MAX_PAYLOAD) return undefined;
    const isOfKind = [0, 1, 2].every((i) => bytes[i] === this.#head[i]);
    const isOurs = [3, 4, 5, 6].every((i) => bytes[i] === this.#head[i]);
    if (!isOfKind || isOurs) return undefined;
    return { host, port: bytes[7]! << 8 | bytes[8]!, payload: bytes.slice(HEAD.bytes) };
  }
}

function bind(what: string, hostname: string, port: number): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", hostname, port, reuseAddress: true, loopback: true });
  } catch (cause) {
    const isDenied = cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied;
    const why = isDenied ? "it is not allowed" : `port ${port} of ${hostname} is not to be had`;
    throw new TinmanError(isDenied ? "DENIED" : "UNAVAILABLE", `Cannot listen to ${what}: ${why}`, { what, cause });
  }
}

function ownAddresses(): string[] {
  return Deno.networkInterfaces().filter(({ family }) => family === "IPv4").map(({ address }) => address);
}

/** IPv4 addresses of this machine that others in its networks can reach. */
export function ownHosts(): string[] {
  return ownAddresses().filter((address) => !address.startsWith("127.") && !address.startsWith("169.254."));
}
