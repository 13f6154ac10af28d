import { VirtualClock } from "../clock/mod.ts";
import { type Observed, type ObservedState, TailBuffer } from "../telemetry/mod.ts";
import type { UpgradedSocket } from "./context.ts";
import { createInspector, type Inspector, type InspectorOptions } from "./inspector.ts";
import { decodeLive, encodeLive } from "./page/live_message.ts";
import type { LiveMessage } from "./page/live_message.ts";

const utf8 = new TextEncoder();

/** A source that a test moves by hand. */
export class FakeSource implements Observed {
  readonly name = "nodes.ts";
  readonly kind = "run";
  readonly startedNs = 1000n;
  readonly tails = new Set<TailBuffer>();
  /** Values that were published on `gps`. */
  count = 0;
  replay?: NonNullable<Observed["replay"]>;
  pipeline?: NonNullable<Observed["pipeline"]>;
  history?: NonNullable<Observed["history"]>;

  look(): ObservedState {
    return {
      ...{ phase: "running", timeNs: 5_000_000_000n, warnings: [] },
      nodes: [{ id: "sensor", type: "source", state: "running", errors: 0, restarts: 0, drops: 0 }],
      edges: [{ from: "sensor", to: "sink", channel: "gps", waiting: 3, capacity: 10, drops: 0 }],
      channels: [{ name: "gps", count: this.count, bytes: this.count * 10, drops: 0, isRecorded: false }],
    };
  }

  /** Publishes on `gps`. */
  publish(value: unknown): void {
    for (const tail of this.tails) tail.offer(value, this.count);
    this.count++;
  }

  tail(_: string, options = {}) {
    const tail: TailBuffer = new TailBuffer({
      ...options,
      encode: (value) => utf8.encode(JSON.stringify(value)),
      now: () => 7n,
      onClose: () => this.tails.delete(tail),
    });
    this.tails.add(tail);
    return tail;
  }

  decode(_: string, data: Uint8Array): unknown {
    return JSON.parse(new TextDecoder().decode(data));
  }
}

/** An inspector of a fake source, and a way to ask it. */
export function openFixture(options: Partial<InspectorOptions> = {}) {
  const clock = new VirtualClock(0n);
  const source = new FakeSource();
  let secrets = 0;
  const audited: string[] = [];
  const inspector: Inspector = createInspector({
    sources: [source],
    assets: {
      list: () => ["index.html", "main.ts"],
      read: (path) => path === "main.ts" ? "const a: number = 1;" : path,
    },
    clock,
    secret: (bytes) => new Uint8Array(bytes).fill(++secrets),
    version: "tinman 0",
    audit: (line) => audited.push(line),
    ...options,
  });
  const ask = (path: string, init: RequestInit & { readonly host?: string } = {}) => {
    const { host = "127.0.0.1:8080", ...rest } = init;
    const headers = new Headers(rest.headers);
    headers.set("host", host);
    return inspector.fetch(new Request(`http://127.0.0.1:8080${path}`, { ...rest, headers }));
  };
  /** As a script does. */
  const bearer = { authorization: `Bearer ${inspector.token}` };
  /** As the page does: with its cookie and its key. */
  const enter = async () => {
    const said = { method: "POST", body: JSON.stringify({ token: inspector.token }), headers: own };
    const response = await ask("/api/session", said);
    const { key } = await response.json();
    return { ...own, cookie: response.headers.get("set-cookie")!.split(";")[0]!, "x-tinman": key as string };
  };
  return { clock, source, inspector, ask, bearer, enter, audited, own };
}

/** What a page of ours sends along with a change. */
const own = { origin: "http://127.0.0.1:8080", "sec-fetch-site": "same-origin", "x-tinman": "1" };

/** A page's end of a socket, by its frames; `read: false` is one that never reads. */
export class FakePage {
  readonly got: LiveMessage[] = [];
  /** How it was closed, if it was. */
  closed: number | undefined;
  cut = false;
  bufferedBytes = 0;
  pings = 0;
  readonly #listener: ReturnType<UpgradedSocket["open"]>;

  constructor(socket: UpgradedSocket, { reads = true }: { readonly reads?: boolean } = {}) {
    const bufferedBytes = () => this.bufferedBytes;
    this.#listener = socket.open({
      write: (bytes) => {
        if (!reads) this.bufferedBytes += bytes.length;
        this.#take(bytes);
      },
      get bufferedBytes() {
        return bufferedBytes();
      },
      end: (now) => void (this.cut ||= now),
    });
  }

  /** Opens the live socket of an inspector as a page of ours; the response when it is refused. */
  static async open(
    { inspector, enter }: ReturnType<typeof openFixture>,
    options: { readonly headers?: Record<string, string | undefined>; readonly reads?: boolean } = {},
  ): Promise<FakePage | Response> {
    const all = { host: "127.0.0.1:8080", upgrade: "websocket", ...await enter(), ...options.headers };
    const headers = Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined);
    let taken: UpgradedSocket | undefined;
    const request = new Request("http://127.0.0.1:8080/live", { headers });
    const response = await inspector.fetch(request, { upgrade: (socket) => void (taken = socket) });
    return taken === undefined ? response : new FakePage(taken, options);
  }

  send(id: number, json: Record<string, unknown>): void {
    this.raw(2, encodeLive(id, { json }));
  }

  /** One frame of a client, with a mask of zeros. */
  raw(opcode: number, data: Uint8Array, announced = data.length): void {
    const head = announced < 126 ? [announced] : announced < 65_536 ? [126, announced >> 8, announced & 255] : [
      127,
      ...new Uint8Array(new BigUint64Array([BigInt(announced)]).buffer).reverse(),
    ];
    head[0]! |= 0x80;
    this.#listener.receive(Uint8Array.of(0x80 | opcode, ...head, 0, 0, 0, 0, ...data));
  }

  /** It is gone. */
  leave(): void {
    this.#listener.ended();
  }

  #take(bytes: Uint8Array): void {
    const opcode = bytes[0]! & 15;
    const head = bytes[1]! < 126 ? 2 : bytes[1] === 126 ? 4 : 10;
    const data = bytes.slice(head);
    if (opcode === 8) this.closed = data[0]! << 8 | data[1]!;
    if (opcode === 9) this.pings++;
    const message = opcode === 2 ? decodeLive(data) : undefined;
    if (message !== undefined) this.got.push(message);
  }
}
