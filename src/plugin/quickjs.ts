import { TinmanError } from "../errors/mod.ts";
import { createBorder } from "./border.ts";
import { misbehaved, tooSlow } from "./failures.ts";
import { isFromGuest } from "./from_guest.ts";
import type { FromGuest, Guest, GuestModule, ToGuest } from "./protocol.ts";
import { insideText } from "./quickjs_inside.ts";
import { OutOfMemory, Vm } from "./quickjs_vm.ts";

/** Options of {@linkcode openQuickJs}. */
export interface QuickJsOptions {
  /** Id of the plugin, for messages. @default {"?"} */
  readonly plugin?: string;
  /** What all that the plugin keeps may take. @default {64} */
  readonly memoryMB?: number;
  /** How long it may work on one message before it is ended, in the time of `now`. @default {5000} */
  readonly stallMs?: number;
  /** Milliseconds of a clock that only goes forward, such as `performance.now`. */
  readonly now: () => number;
}

/** Most that may come of one message, so that a plugin cannot fill the memory of its host. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_MESSAGES = 100_000;

/**
 * Runs a plugin in QuickJS, which has nothing but the language: no files, no net, no timers, no time but that of the last
 * message, and no chance but the same one every time. Time and memory are limited.
 *
 * All is done when `post` returns, and all that came of it has been said, then `idle`. What is posted by who hears that is
 * taken up after it. A message that cannot cross the border throws a `TypeError`.
 */
export async function openQuickJs(options: QuickJsOptions): Promise<Guest> {
  return await QuickJsGuest.open(options);
}

class QuickJsGuest implements Guest {
  readonly tier = "quickjs";
  onMessage: (message: FromGuest) => void = () => {};
  onGone: (error: Error) => void = () => {};

  readonly #options: Required<QuickJsOptions>;
  readonly #border = createBorder();
  // Several messages come together.
  readonly #exit = createBorder({ maxValues: 2_000_000 });
  readonly #modules = new Map<string, string>([pluginModule]);
  #vm: Vm | undefined;
  #waiting: ToGuest[] = [];
  #said: { readonly text: string; readonly bytes: Uint8Array }[] = [];
  #saidBytes = 0;
  #busy = false;
  #heard = 0;
  #deadlineMs = Infinity;
  #timeMs = 0;

  private constructor(options: Required<QuickJsOptions>) {
    this.#options = options;
  }

  static async open({ plugin = "?", memoryMB = 64, stallMs = 5000, now }: QuickJsOptions): Promise<Guest> {
    const guest = new QuickJsGuest({ plugin, memoryMB, stallMs, now });
    const vm = await Vm.open({
      memoryMB,
      timeMs: () => guest.#timeMs,
      poll: () => guest.#poll(),
      loadModule: (name) => guest.#modules.get(name),
      say: (text, bytes) => guest.#hear(text, bytes),
    });
    vm.connect(insideText);
    guest.#vm = vm;
    return guest;
  }

  post(message: ToGuest): void {
    if (this.#vm === undefined) return;
    this.#waiting.push(message);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#vm !== undefined && this.#waiting.length > 0) this.#turn(this.#waiting.shift()!);
    } finally {
      this.#busy = false;
    }
  }

  close(): Promise<void> {
    this.#vm = undefined;
    this.#waiting = [];
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #turn(message: ToGuest): void {
    const packed = this.#border.pack(this.#note(message), message[0]);
    const vm = this.#vm!;
    this.#heard++;
    let failure: unknown;
    try {
      this.#deadlineMs = this.#options.now() + this.#options.stallMs;
      vm.tell(packed.text, packed.bytes);
      vm.settle();
      vm.tell();
      vm.settle();
    } catch (error) {
      failure = error;
    } finally {
      this.#deadlineMs = Infinity;
    }
    failure = this.#deliver() ?? failure;
    if (failure !== undefined) this.#end(failure);
    else if (this.#vm !== undefined) this.onMessage(["idle", this.#heard]);
  }

  /** What of the message is for QuickJS itself: the modules, and the time. */
  #note(message: ToGuest): ToGuest {
    switch (message[0]) {
      case "load":
        for (const { name, code } of message[1]) this.#modules.set(name, code);
        return ["load", message[1].slice(-1).map(({ name }) => ({ name, code: "" }))];
      case "start":
        this.#timeMs = toMs(message[2].timeNs);
        break;
      case "values":
        this.#timeMs = toMs(message[4]);
        break;
      case "answer":
        this.#timeMs = toMs(message[3]);
    }
    return message;
  }

  #poll(): void {
    if (this.#options.now() > this.#deadlineMs) throw new Stalled();
  }

  #hear(text: string, bytes: Uint8Array): void {
    this.#saidBytes += text.length + bytes.length;
    if (this.#saidBytes > MAX_BYTES) throw new Flooded(`says more than ${MAX_BYTES} bytes at once`);
    this.#said.push({ text, bytes });
  }

  /** Passes on what was said, which may be made by anybody; gives what is wrong with it. */
  #deliver(): unknown {
    const said = this.#said;
    [this.#said, this.#saidBytes] = [[], 0];
    let count = 0;
    let failure: unknown;
    for (const { text, bytes } of said) {
      let messages: unknown;
      try {
        messages = this.#exit.unpack(text, bytes);
      } catch (cause) {
        return new Flooded(`says what is no data: ${cause instanceof Error ? cause.message : cause}`);
      }
      if (!Array.isArray(messages)) return new Flooded("says what is no list of messages");
      for (const message of messages) {
        if (!isFromGuest(message) || message[0] === "idle") return new Flooded("sent a message that makes no sense");
        if (++count > MAX_MESSAGES) return new Flooded(`says more than ${MAX_MESSAGES} things at once`);
        if (this.#vm === undefined) return undefined;
        this.onMessage(message);
        if (isOutOfMemory(message)) failure = new OutOfMemory();
      }
    }
    return failure;
  }

  #end(failure: unknown): void {
    if (this.#vm === undefined) return;
    this.#vm = undefined;
    this.#waiting = [];
    this.onGone(this.#explain(failure));
  }

  #explain(failure: unknown): Error {
    const { plugin, memoryMB, stallMs } = this.#options;
    if (failure instanceof Stalled) {
      return tooSlow(plugin, "did not come to rest within", { name: "stallMs", ms: stallMs });
    }
    if (failure instanceof Flooded) return misbehaved(plugin, failure.message);
    const message = failure instanceof Error ? failure.message : String(failure);
    if (failure instanceof OutOfMemory || /out of memory/.test(message)) {
      return new TinmanError("PLUGIN", `Plugin ${plugin} needs more memory than the ${memoryMB} MB that it may have`, {
        plugin,
        tier: "quickjs",
        hint: "if it is meant to, raise limits.memoryMB in its plugin.jsonc",
        cause: failure,
      });
    }
    const what = failure instanceof RangeError ? "calls itself deeper than there is room for" : `broke: ${message}`;
    return new TinmanError("PLUGIN", `Plugin ${plugin} ${what}`, { plugin, tier: "quickjs", cause: failure });
  }
}

/** What plugins import as `tinman/plugin`. */
const pluginModule = ["tinman/plugin", "export const definePlugin = (plugin) => plugin;"] as const;

class Stalled extends Error {}
class Flooded extends Error {}

/** A node that has met the limit may have left the guest in any state. A codec has not: it keeps nothing. */
function isOutOfMemory(message: FromGuest): boolean {
  if (message[0] !== "failed" && message[0] !== "broken") return false;
  const { name, message: text } = message[0] === "failed" ? message[2] : message[1];
  return name === "InternalError" && text === "out of memory";
}

function toMs(timeNs: bigint): number {
  return Number(timeNs / 1_000_000n);
}
