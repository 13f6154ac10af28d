import { isTinmanError } from "../errors/mod.ts";
import { decodeLive, encodeLive, type LivePart } from "./page/live_message.ts";

export type { LivePart };

/** Something that a page hears of again and again. */
export interface Subscription extends Disposable {
  /**
   * What is new since it was asked last; undefined when nothing is. It is asked only when the page has taken what it got before:
   * so it gives what is newest, and keeps no line of what was.
   */
  poll(): LivePart | undefined;
}

/** Opens what a page asks for. @throws {TinmanError} */
export type Topic = (params: Readonly<Record<string, unknown>>) => Subscription;

/** Most that one page may listen to at once. */
export const MAX_SUBSCRIPTIONS = 64;
/** Most messages that a page may have asked for in advance. */
const MAX_CREDIT = 16;
/** A page whose socket has more than this to send gets nothing new for now. */
const MAX_BUFFERED = 2 ** 20;

/** What {@linkcode LiveSession} sends through. */
export interface LiveSocket {
  readonly bufferedBytes: number;
  send(message: Uint8Array): void;
  close(code: number, reason?: string): void;
}

interface Open {
  readonly subscription: Subscription;
  credit: number;
}

/**
 * What one page listens to. The page says `open` with an id of its choice, and gives credit: one message for each. Without
 * credit nothing is made and nothing is kept, so a slow page costs nothing and a page that is fast sees all.
 */
export class LiveSession implements Disposable {
  readonly #socket: LiveSocket;
  readonly #topics: Readonly<Record<string, Topic>>;
  readonly #open = new Map<number, Open>();

  constructor(socket: LiveSocket, topics: Readonly<Record<string, Topic>>) {
    [this.#socket, this.#topics] = [socket, topics];
  }

  /** Takes a message of the page. One that makes no sense ends the session. */
  receive(message: Uint8Array): void {
    const said = decodeLive(message);
    if (said === undefined) return this.#socket.close(1007, "not a message of this protocol");
    const { id, json: { op, topic, credit, ...params } } = said;
    if (op === "open") this.#begin(id, String(topic), { credit, params });
    else if (op === "credit") this.#grant(id, credit);
    else if (op === "close") this.#end(id);
    else this.#socket.close(1007, "no such operation");
  }

  /** Sends what is new, as far as the page has room. One subscription that fails ends alone. */
  pump(): void {
    this.#send({ needsCredit: true });
  }

  /** Sends what is newest for the last time, also to a page that has not asked for more yet. */
  finish(): void {
    this.#send({ needsCredit: false });
  }

  #send({ needsCredit }: { readonly needsCredit: boolean }): void {
    for (const [id, open] of this.#open) {
      if (needsCredit && open.credit === 0 || this.#socket.bufferedBytes > MAX_BUFFERED) continue;
      try {
        const part = open.subscription.poll();
        if (part === undefined) continue;
        open.credit--;
        this.#socket.send(encodeLive(id, part));
      } catch (error) {
        this.#fail(id, error);
      }
    }
  }

  /** How many it listens to. */
  get size(): number {
    return this.#open.size;
  }

  /** Ends all. Twice is fine. */
  [Symbol.dispose](): void {
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  #begin(id: number, topic: string, { credit, params }: { credit: unknown; params: Record<string, unknown> }): void {
    if (this.#open.size >= MAX_SUBSCRIPTIONS && !this.#open.has(id)) {
      return this.#socket.close(1008, "too many subscriptions");
    }
    this.#end(id);
    try {
      const make = Object.hasOwn(this.#topics, topic) ? this.#topics[topic] : undefined;
      if (make === undefined) throw new Error(`there is no topic ${topic.slice(0, 100)}`);
      this.#open.set(id, { subscription: make(params), credit: 0 });
      this.#grant(id, credit ?? 1);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #grant(id: number, credit: unknown): void {
    const open = this.#open.get(id);
    if (open === undefined || typeof credit !== "number" || !(credit > 0)) return;
    open.credit = Math.min(MAX_CREDIT, open.credit + Math.floor(credit));
  }

  #end(id: number): void {
    this.#open.get(id)?.subscription[Symbol.dispose]();
    this.#open.delete(id);
  }

  #fail(id: number, error: unknown): void {
    this.#end(id);
    const message = error instanceof Error ? error.message : String(error);
    const code = isTinmanError(error) ? error.code : "INTERNAL";
    this.#socket.send(encodeLive(id, { json: { error: { code, message } } }));
  }
}
