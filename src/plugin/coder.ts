import { TinmanError } from "../errors/mod.ts";
import { failed } from "./failures.ts";
import type { FromGuest, Guest, GuestError, GuestModule } from "./protocol.ts";
import type { Coded } from "./session_options.ts";

/** What {@linkcode Coder} needs. */
export interface CoderOptions {
  /** The id of the plugin, for messages. */
  readonly plugin: string;
  readonly modules: readonly GuestModule[];
  /** Opens what the plugin runs in. Answers come before its `post` returns. */
  readonly open: () => Promise<Guest>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** What is asked of one codec. */
export interface CodeRequest {
  /** Its name in the plugin. */
  readonly name: string;
  readonly direction: "encode" | "decode";
  readonly items: readonly unknown[];
  readonly params: unknown;
}

/** What came of one item; the error is what the plugin threw, or what became of the plugin. */
export type CodeResult =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly error: Error; readonly value?: undefined };

/** Values that cross together: as many as take about this time, so that a slow codec is not taken for one that hangs. */
const BATCH_MS = { enough: 20, tooMuch: 100 };
const MAX_BATCH = 256;
const BATCH_BYTES = 2 ** 20;
/** Every time costs the time until a hang is noticed, so this has an end. */
const MAX_RESTARTS = 20;

/**
 * Calls codecs in a guest. A codec keeps nothing, so one that hangs or breaks on some bytes is started again for the next
 * ones: in the background, as starting takes a moment, and {@linkcode Coder.codeAll} waits for it.
 */
export class Coder {
  readonly #options: CoderOptions;
  #guest: Guest | undefined;
  #answer: FromGuest | undefined;
  #gone: Error | undefined;
  #restart: Promise<void> | undefined;
  #restarts = 0;
  #closed = false;
  #calls = 0;
  #batch = 16;
  /** The versions of the codecs that the plugin has. */
  versions: Readonly<Record<string, number>> = {};

  private constructor(options: CoderOptions) {
    this.#options = options;
  }

  /** Loads the plugin. */
  static async open(options: CoderOptions): Promise<Coder> {
    const coder = new Coder(options);
    await coder.#start();
    return coder;
  }

  /** One result for each item, at once. Throws why the plugin cannot be asked now, or did not come back. */
  code({ name, direction, items, params }: CodeRequest): readonly CodeResult[] {
    const call = ++this.#calls;
    const answer = this.#ask(["code", call, name, direction, items, params ?? null]);
    if (this.#gone !== undefined) throw this.#gone;
    if (answer?.[0] !== "coded" || answer[1] !== call || answer[2].length !== items.length) {
      throw new Error(`plugin ${this.#options.plugin} was closed, or did not answer`);
    }
    const results = answer[2];
    // A value that cannot cross is the fault of one, but all of them were to go in one message.
    if (items.length === 1 || results.some(([ok]) => ok)) return results.map(resultOf);
    return items.flatMap((item) => this.code({ name, direction, items: [item], params }));
  }

  /** The same for any number of items, in batches. The item at which the plugin hangs or breaks is found, and it alone fails. */
  async codeAll({ items, ...request }: CodeRequest): Promise<readonly CodeResult[]> {
    const results: CodeResult[] = [];
    // Up to here one by one, because something among these broke the plugin.
    let singlyUntil = 0;
    while (results.length < items.length) {
      await this.#restart;
      const start = results.length;
      const batch = start < singlyUntil ? [items[start]] : batchOf(items, start, this.#batch);
      const beganMs = this.#options.now();
      try {
        results.push(...this.code({ ...request, items: batch }));
        if (start >= singlyUntil) this.#learn(this.#options.now() - beganMs);
      } catch (error) {
        if (batch.length === 1) results.push({ error: error as Error });
        else singlyUntil = start + batch.length;
      }
    }
    return results;
  }

  /** Lets go of the plugin. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#restart;
    await this.#guest?.close();
  }

  async #start(): Promise<void> {
    const guest = await this.#options.open();
    let lost: Error | undefined;
    guest.onMessage = (message) => {
      if (message[0] !== "idle") this.#answer = message;
    };
    guest.onGone = (error) => lost = error;
    [this.#guest, this.#gone] = [guest, undefined];
    const answer = this.#ask(["load", this.#options.modules]);
    if (answer?.[0] !== "ready") {
      await guest.close();
      throw lost ?? this.#notLoaded(answer);
    }
    guest.onGone = (error) => this.#lose(error);
    this.versions = answer[1].codecs;
  }

  #notLoaded(answer: FromGuest | undefined): Error {
    const { plugin } = this.#options;
    if (answer?.[0] === "broken") return failed(plugin, "Cannot load", answer[1]);
    // Nothing can wake it any more: whatever it waits for, it does not get it.
    return failed(plugin, "Cannot load", { name: "Error", message: "it waits for ever" });
  }

  #lose(error: Error): void {
    this.#gone = error;
    if (this.#closed) return;
    this.#restart = this.#startAgain(error);
  }

  async #startAgain(error: Error): Promise<void> {
    if (this.#restarts++ < MAX_RESTARTS) return await this.#start().catch((problem) => void (this.#gone = problem));
    // In the next turn, so that what ended it this time is said of this item.
    await undefined;
    const { plugin } = this.#options;
    this.#gone = new TinmanError("PLUGIN", `Plugin ${plugin} is not asked any more: it had to be ended too often`, {
      plugin,
      tier: "quickjs",
      cause: error,
    });
  }

  #learn(tookMs: number): void {
    if (tookMs < BATCH_MS.enough) this.#batch = Math.min(MAX_BATCH, this.#batch * 2);
    else if (tookMs > BATCH_MS.tooMuch) this.#batch = Math.max(1, this.#batch >> 1);
  }

  #ask(message: Parameters<Guest["post"]>[0]): FromGuest | undefined {
    this.#answer = undefined;
    this.#guest?.post(message);
    return this.#answer;
  }
}

function resultOf([ok, result]: Coded): CodeResult {
  return ok ? { value: result } : { error: revived(result) };
}

/** The error that was thrown inside. */
function revived({ name, message, stack }: GuestError): Error {
  return Object.assign(new Error(message), { name }, stack === undefined ? {} : { stack });
}

function batchOf(items: readonly unknown[], start: number, most: number): readonly unknown[] {
  let end = start;
  for (let bytes = 0; end < items.length && end - start < most; end++) {
    const item = items[end];
    bytes += item instanceof Uint8Array ? item.length : 0;
    if (bytes > BATCH_BYTES && end > start) break;
  }
  return items.slice(start, end);
}
