import type { Observed, ObservedFrame, Tail } from "../../telemetry/mod.ts";
import { toMessage } from "./json_message.ts";
import { encodeMessage, encodeTime, type FoxgloveChannel, readRequest } from "./protocol.ts";

/** What a session sends through. */
export interface FoxgloveSocket {
  readonly bufferedBytes: number;
  send(message: Uint8Array | string): void;
}

/** Options of {@linkcode FoxgloveSession}. */
export interface FoxgloveSessionOptions {
  readonly observed: Observed;
  /** What the server says of itself. */
  readonly name: string;
  /** Tells this run of it from another: a client that was cut off knows whether it is the same. */
  readonly sessionId: string;
}

/** Values of a channel that are sent between two looks; of the rest only the last. */
const MAX_FRAMES = 128;
const MAX_BYTES = 2 ** 20;
/** With more on its way, a client gets nothing: what comes meanwhile is counted, and the newest is kept. */
const MAX_BUFFERED = 2 ** 20;
/** Looks between two words about what was not sent. */
const TELL_EVERY = 50;

interface Subscription {
  readonly channel: FoxgloveChannel;
  readonly tail: Tail;
  /** The newest value, when there was no room for it, and how many before it there was none for either. */
  kept: ObservedFrame | undefined;
  dropped: number;
  /** Values that were not sent when it was said last. */
  told: number;
  failed: boolean;
}

/** One program that listens: Foxglove, Lichtblick. It is asked nothing and changes nothing. */
export class FoxgloveSession implements Disposable {
  readonly #socket: FoxgloveSocket;
  readonly #observed: Observed;
  readonly #subscriptions = new Map<number, Subscription>();
  #channels: ReadonlyMap<number, FoxgloveChannel> = new Map();
  #lastNs = -1n;
  #looks = 0;

  /** Says who it is. */
  constructor(socket: FoxgloveSocket, { observed, name, sessionId }: FoxgloveSessionOptions) {
    [this.#socket, this.#observed] = [socket, observed];
    this.#say({
      ...{ op: "serverInfo", name, sessionId },
      // Of a replay it says what time it is; all else has the time of who looks.
      capabilities: observed.kind === "replay" ? ["time"] : [],
      metadata: { source: observed.name, kind: observed.kind },
    });
    if (observed.kind === "recording") {
      this.#status(1, "This is a recording: nothing comes. Replay it with --inspect, or open it as an MCAP file");
    }
  }

  /** What can be subscribed to by now; what is new of it is told. */
  offer(channels: ReadonlyMap<number, FoxgloveChannel>): void {
    const added = [...channels.values()].filter(({ id }) => !this.#channels.has(id));
    const gone = [...this.#channels.keys()].filter((id) => !channels.has(id));
    if (gone.length > 0) {
      for (const [id, { channel }] of this.#subscriptions) if (gone.includes(channel.id)) this.#end(id);
      this.#say({ op: "unadvertise", channelIds: gone });
    }
    // A client waits for the first one, even if there is nothing in it.
    if (added.length > 0 || this.#looks === 0) this.#say({ op: "advertise", channels: added });
    this.#channels = new Map(channels);
  }

  /** Takes what the client says. */
  receive(text: string | undefined): void {
    const said = text === undefined ? undefined : readRequest(text);
    if (said === undefined) return this.#status(2, "this message makes no sense here");
    if (said.op === "subscribe") { for (const { id, channelId } of said.subscriptions) this.#begin(id, channelId); }
    else if (said.op === "unsubscribe") { for (const id of said.subscriptionIds) this.#end(id); }
    else this.#status(2, `there is no ${said.name} here: this is for looking alone`);
  }

  /** Sends what is new, as far as the client has room. */
  pump(): void {
    this.#looks++;
    if (this.#observed.kind === "replay") this.#tellTime();
    for (const [id, subscription] of this.#subscriptions) {
      if (this.#socket.bufferedBytes > MAX_BUFFERED) break;
      this.#send(id, subscription);
    }
    if (this.#looks % TELL_EVERY === 0) this.#tellSkipped();
  }

  /** Ends all that it listens to. */
  [Symbol.dispose](): void {
    for (const id of [...this.#subscriptions.keys()]) this.#end(id);
  }

  #begin(id: number, channelId: number): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) return this.#status(2, `there is no channel ${channelId}`);
    if (this.#subscriptions.has(id)) return this.#status(2, `subscription ${id} is there already`);
    const twin = [...this.#subscriptions.values()].some((each) => each.channel.id === channelId);
    if (twin) return this.#status(2, `channel ${channelId} is subscribed to already`);
    const tail = this.#observed.tail(channel.topic, { maxFrames: MAX_FRAMES, maxBytes: MAX_BYTES });
    if (tail === undefined) return this.#status(1, `nothing comes on ${channel.topic} any more`);
    this.#subscriptions.set(id, { channel, tail, kept: undefined, dropped: 0, told: 0, failed: false });
  }

  #end(id: number): void {
    this.#subscriptions.get(id)?.tail[Symbol.dispose]();
    this.#subscriptions.delete(id);
  }

  #send(id: number, subscription: Subscription): void {
    const { channel: { topic }, tail, kept } = subscription;
    const frames = [...kept === undefined ? [] : [kept], ...tail.take()];
    subscription.kept = undefined;
    for (const frame of frames) {
      // Text is longer than what it was made of, so it may become too much on the way.
      if (this.#socket.bufferedBytes > MAX_BUFFERED) {
        if (subscription.kept !== undefined) subscription.dropped++;
        subscription.kept = frame;
        continue;
      }
      const { timeNs, data, problem } = frame;
      try {
        if (data === undefined) throw new Error(problem ?? "it could not be written down");
        this.#socket.send(encodeMessage(id, timeNs, toMessage(this.#observed.decode(topic, data))));
      } catch (error) {
        if (!subscription.failed) this.#status(1, `${topic} cannot be shown: ${(error as Error).message}`);
        subscription.failed = true;
      }
    }
  }

  #tellTime(): void {
    const { observed } = { observed: this.#observed };
    const timeNs = observed.now?.() ?? observed.look().timeNs;
    if (timeNs === this.#lastNs || timeNs < 0n) return;
    this.#lastNs = timeNs;
    this.#socket.send(encodeTime(timeNs));
  }

  #tellSkipped(): void {
    for (const subscription of this.#subscriptions.values()) {
      const { channel: { topic }, tail, dropped } = subscription;
      const skipped = tail.skipped + dropped;
      if (skipped === subscription.told) continue;
      this.#status(1, `${topic}: ${skipped - subscription.told} messages were not sent, they come too fast`);
      subscription.told = skipped;
    }
  }

  #status(level: 0 | 1 | 2, message: string): void {
    // Who asks and asks, and does not read what comes, is told nothing more.
    if (this.#socket.bufferedBytes > MAX_BUFFERED) return;
    this.#say({ op: "status", level, message });
  }

  #say(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(message));
  }
}
