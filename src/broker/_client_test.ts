import { VirtualClock } from "../clock/mod.ts";
import { createLinkPair, type Link } from "../link/mod.ts";
import { createRandom } from "../random/mod.ts";
import { EmbeddedBroker } from "./embedded_broker.ts";
import type { BrokerEvent, EmbeddedBrokerOptions } from "./embedded_broker_options.ts";
import type { Api, Loose } from "./protocol/api.ts";
import { readResponseHeader, writeRequestHeader } from "./protocol/header.ts";
import { WireReader } from "./protocol/wire_reader.ts";
import { WireWriter } from "./protocol/wire_writer.ts";

/** A broker without a network: links are handed to it. */
export interface TestBroker extends AsyncDisposable {
  readonly broker: EmbeddedBroker;
  readonly clock: VirtualClock;
  readonly events: BrokerEvent[];
  /** A client's end of a new connection. */
  connect(): Link;
  /** A client that speaks the protocol. */
  client(name?: string): TestClient;
}

/** Starts a broker whose clients are in this test. */
export async function startBroker(options: Partial<EmbeddedBrokerOptions> = {}): Promise<TestBroker> {
  const clock = new VirtualClock(1_700_000_000_000_000_000n);
  const events: BrokerEvent[] = [];
  const waiting: Link[] = [];
  let wake = () => {};
  let closed = false;
  const broker = new EmbeddedBroker({
    clock,
    random: createRandom("broker"),
    listen: () =>
      Promise.resolve({
        port: 9092,
        close() {
          closed = true;
          wake();
        },
        links: {
          async *[Symbol.asyncIterator]() {
            while (!closed) {
              for (const link of waiting.splice(0)) yield link;
              await new Promise<void>((resolve) => waiting.length > 0 || closed ? resolve() : wake = resolve);
            }
          },
        },
      }),
    onEvent: (event) => events.push(event),
    ...options,
  });
  await broker.start();
  const connect = () => {
    const { a, b } = createLinkPair({ bufferBytes: 2 ** 24, maxBytes: 2 ** 30 });
    waiting.push(b);
    wake();
    return a;
  };
  return {
    broker,
    clock,
    events,
    connect,
    client: (name = "test") => new TestClient(connect(), name),
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}

/** A request as it is sent behind its length. */
export function encodeRequest<Q, R>(
  api: Api<Q, R>,
  request: Loose<Q>,
  { version, ...header }: { readonly version: number; readonly correlation: number; readonly client: string },
): Uint8Array {
  const to = new WireWriter();
  writeRequestHeader(to, { key: api.key, version, ...header }, api);
  api.writeRequest(to, request, version);
  return to.take();
}

/** Sends requests and takes answers, one by one or several at once. */
export class TestClient implements AsyncDisposable {
  readonly link: Link;
  readonly #name: string;
  readonly #incoming: AsyncIterator<Uint8Array>;
  #bytes = new Uint8Array();
  #correlation = 0;

  constructor(link: Link, name: string) {
    [this.link, this.#name] = [link, name];
    this.#incoming = link.incoming[Symbol.asyncIterator]();
  }

  /** Asks, and waits for the answer. */
  async ask<Q, R>(api: Api<Q, R>, version: number, request: Loose<Q>): Promise<R> {
    return await (await this.send(api, version, request))();
  }

  /** Sends, and gives what takes the answer, which is to be called in the order of sending. */
  async send<Q, R>(api: Api<Q, R>, version: number, request: Loose<Q>): Promise<() => Promise<R>> {
    const correlation = this.#correlation++;
    await this.sendFrame(encodeRequest(api, request, { version, correlation, client: this.#name }));
    return async () => {
      const frame = await this.frame();
      if (frame === undefined) throw new Error("the connection has ended");
      const from = new WireReader(frame);
      const got = readResponseHeader(from, api as unknown as Api, version);
      if (got !== correlation) throw new Error(`an answer to request ${got}, expected ${correlation}`);
      const response = api.readResponse(from, version);
      if (from.left > 0) throw new Error(`${from.left} bytes behind an answer of ${api.name} ${version}`);
      return response;
    };
  }

  /** Sends bytes behind their length. */
  async sendFrame(bytes: Uint8Array): Promise<void> {
    const framed = new Uint8Array(4 + bytes.length);
    new DataView(framed.buffer).setInt32(0, bytes.length);
    framed.set(bytes, 4);
    await this.link.send(framed);
  }

  /** The next answer; nothing at the end. */
  async frame(): Promise<Uint8Array | undefined> {
    for (;;) {
      const length = this.#bytes.length < 4 ? Infinity : new DataView(this.#bytes.buffer).getInt32(0) + 4;
      if (this.#bytes.length >= length) {
        const frame = this.#bytes.slice(4, length);
        this.#bytes = this.#bytes.slice(length);
        return frame;
      }
      const { value, done } = await this.#incoming.next();
      if (done === true) return undefined;
      const all = new Uint8Array(this.#bytes.length + value.length);
      all.set(this.#bytes);
      all.set(value, this.#bytes.length);
      this.#bytes = all;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.link.close();
  }
}
