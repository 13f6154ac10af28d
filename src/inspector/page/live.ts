/// <reference lib="dom" />
import { key } from "./api.ts";
import { decodeLive, encodeLive } from "./live_message.ts";

/** One message of a subscription. */
export interface Message {
  // deno-lint-ignore no-explicit-any
  readonly json: any;
  readonly bytes: Uint8Array;
}

interface Subscription {
  readonly topic: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly onMessage: (message: Message) => void;
  readonly onError: (message: string) => void;
}

/** Messages that may be on their way before the first is shown. */
const CREDIT = 2;

/**
 * The one socket of the page. What comes is shown at the next frame of the browser, and only then is more asked for: a page that
 * is slow, or hidden, is sent nothing. When the socket breaks it is opened again, and all subscriptions with it.
 */
export class Live {
  readonly #onState: (isOpen: boolean) => void;
  readonly #subscriptions = new Map<number, Subscription>();
  #socket: WebSocket | undefined;
  #waiting: (() => void)[] = [];
  #lastId = 0;
  #retryMs = 250;

  constructor(onState: (isOpen: boolean) => void) {
    this.#onState = onState;
    this.#connect();
  }

  /** Listens to a topic until what it returns is called. */
  subscribe(
    topic: string,
    params: Subscription["params"],
    handlers: Omit<Subscription, "topic" | "params">,
  ): () => void {
    const id = ++this.#lastId;
    this.#subscriptions.set(id, { topic, params, ...handlers });
    this.#open(id);
    return () => {
      if (this.#subscriptions.delete(id)) this.#send(id, { op: "close" });
    };
  }

  #connect(): void {
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
    // A browser sends no header of ours along with a socket.
    const socket = new WebSocket(url, ["tinman", `tinman.key.${key()}`]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#retryMs = 250;
      this.#onState(true);
      for (const id of this.#subscriptions.keys()) this.#open(id);
    };
    socket.onmessage = ({ data }) => this.#receive(new Uint8Array(data as ArrayBuffer));
    socket.onclose = () => {
      this.#onState(false);
      setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(5000, this.#retryMs * 2);
    };
    this.#socket = socket;
  }

  #open(id: number): void {
    const { topic, params } = this.#subscriptions.get(id)!;
    this.#send(id, { op: "open", topic, ...params, credit: CREDIT });
  }

  #receive(data: Uint8Array): void {
    const message = decodeLive(data);
    const subscription = message && this.#subscriptions.get(message.id);
    if (message === undefined || subscription === undefined) return;
    const { error } = message.json as { error?: { message: string } };
    if (error !== undefined) {
      this.#subscriptions.delete(message.id);
      return subscription.onError(error.message);
    }
    if (this.#waiting.length === 0) requestAnimationFrame(() => this.#show());
    this.#waiting.push(() => {
      if (!this.#subscriptions.has(message.id)) return;
      subscription.onMessage(message);
      this.#send(message.id, { op: "credit", credit: 1 });
    });
  }

  #show(): void {
    for (const show of this.#waiting.splice(0)) show();
  }

  #send(id: number, json: Record<string, unknown>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(encodeLive(id, { json }) as Uint8Array<ArrayBuffer>);
    }
  }
}
