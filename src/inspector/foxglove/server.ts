import type { Clock } from "../../clock/mod.ts";
import type { UpgradedSocket } from "../context.ts";
import type { Sampler } from "../sampler.ts";
import { SocketConnection } from "../websocket/connection.ts";
import type { FoxgloveChannel } from "./protocol.ts";
import { Schemas } from "./schemas.ts";
import { FoxgloveSession } from "./session.ts";

/** Programs that may listen at once. */
const MAX_CLIENTS = 16;
const PUMP_MS = 50;
/** One large value as text; what is smaller is held back long before. */
const MAX_BUFFERED = 2 ** 26;

/** Options of {@linkcode FoxgloveServer}. */
export interface FoxgloveServerOptions {
  readonly clock: Clock;
  /** Name and version of this program. */
  readonly version: string;
  /** What tells this run from others; no secret. */
  readonly sessionId: string;
}

interface Shown {
  readonly schemas: Schemas;
  readonly sessions: Map<SocketConnection, FoxgloveSession>;
  /** Channels by id, as they are offered to all who look at this source. */
  readonly channels: Map<number, FoxgloveChannel>;
}

/** Foxglove and Lichtblick, connected to what runs. While nobody is, nothing is done. */
export class FoxgloveServer implements Disposable {
  readonly #options: FoxgloveServerOptions;
  readonly #shown = new Map<Sampler, Shown>();
  #lastChannel = 0;
  #beating = new AbortController();

  constructor(options: FoxgloveServerOptions) {
    this.#options = options;
    this.#beating.abort();
  }

  /** How many listen. */
  get size(): number {
    return [...this.#shown.values()].reduce((sum, { sessions }) => sum + sessions.size, 0);
  }

  /** Whether there is room for one more. */
  get isFull(): boolean {
    return this.size >= MAX_CLIENTS;
  }

  /** A socket for one more, which looks at a source. */
  take(sampler: Sampler, protocol: string): UpgradedSocket {
    const { clock, version, sessionId } = this.#options;
    return {
      protocol,
      open: (wire) => {
        const shown = this.#show(sampler);
        const socket: SocketConnection = new SocketConnection(wire, {
          clock,
          maxBufferedBytes: MAX_BUFFERED,
          onMessage: (data, kind) => {
            const text = kind === "text" ? new TextDecoder().decode(data) : undefined;
            shown.sessions.get(socket)?.receive(text);
          },
          onClose: () => this.#leave(sampler, socket),
        });
        const { observed } = sampler;
        shown.sessions.set(socket, new FoxgloveSession(socket, { observed, name: version, sessionId }));
        if (this.#beating.signal.aborted) {
          this.#beating = new AbortController();
          void this.#beat(this.#beating.signal).catch(() => {});
        }
        return socket;
      },
    };
  }

  /** Ends all connections. */
  [Symbol.dispose](): void {
    this.#beating.abort();
    const sockets = [...this.#shown.values()].flatMap(({ sessions }) => [...sessions.keys()]);
    for (const socket of sockets) socket.close(1001, "it has ended");
  }

  #show(sampler: Sampler): Shown {
    const known = this.#shown.get(sampler);
    if (known !== undefined) return known;
    const shown = { schemas: new Schemas(sampler.observed), sessions: new Map(), channels: new Map() };
    this.#shown.set(sampler, shown);
    return shown;
  }

  #leave(sampler: Sampler, socket: SocketConnection): void {
    const { schemas, sessions } = this.#shown.get(sampler)!;
    sessions.get(socket)?.[Symbol.dispose]();
    sessions.delete(socket);
    if (sessions.size > 0) return;
    // Ids are kept: who comes again finds the same.
    schemas[Symbol.dispose]();
    if (this.size === 0) this.#beating.abort();
  }

  async #beat(signal: AbortSignal): Promise<void> {
    let beats = 0;
    for await (const _ of this.#options.clock.every(PUMP_MS, { signal })) {
      const looks = beats++ % 2 === 0;
      for (const [sampler, shown] of this.#shown) {
        if (shown.sessions.size === 0) continue;
        if (looks) this.#offer(sampler, shown);
        for (const session of [...shown.sessions.values()]) session.pump();
      }
    }
  }

  /** Finds what there is by now, and tells all who look at it. */
  #offer({ observed }: Sampler, { schemas, sessions, channels }: Shown): void {
    const names = observed.look().channels.map(({ name }) => name);
    schemas.look(names);
    const known = new Set([...channels.values()].map(({ topic }) => topic));
    for (const topic of names) {
      const schema = schemas.get(topic);
      if (schema === undefined || known.has(topic)) continue;
      const id = ++this.#lastChannel;
      channels.set(id, { id, topic, encoding: "json", schemaName: topic, schema, schemaEncoding: "jsonschema" });
    }
    for (const session of sessions.values()) session.offer(channels);
  }
}
