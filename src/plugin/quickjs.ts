import { TinmanError } from "../errors/mod.ts";
import { createBorder, type Packed } from "./border.ts";
import { type Limit, misbehaved, tooSlow } from "./failures.ts";
import { isFromGuest } from "./from_guest.ts";
import type { FromGuest, Guest, GuestUsage, ToGuest } from "./protocol.ts";
import { insideText } from "./quickjs_inside.ts";
import { Vm } from "./quickjs_vm.ts";

/** Options of {@linkcode openQuickJs}. */
export interface QuickJsOptions {
  /** Id of the plugin, for messages. @default {"?"} */
  readonly plugin?: string;
  /** What all that the plugin keeps may take; less than 11 counts as 11. @default {64} */
  readonly memoryMB?: number;
  /** How long it may take to be loaded, in the time of `now`. @default {5000} */
  readonly startMs?: number;
  /** How long it may work on any other message before it is ended. @default {5000} */
  readonly stallMs?: number;
  /** Milliseconds of a clock that only goes forward, such as `performance.now`. */
  readonly now: () => number;
}

/** Most that may come of one message, so that a plugin cannot fill the memory of its host. */
const MAX_BYTES = 128 * 2 ** 20;
const MAX_MESSAGES = 100_000;
const MAX_PIECES = 10_000;
/** Its memory is not weighed more often than this. */
const WEIGH_MS = 1000;
/** Longest JSON in one piece: what is parsed may take thirty times as much. */
const MAX_TEXT = 16 * 2 ** 20;

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
  #waiting: { readonly message: ToGuest; readonly packed: Packed }[] = [];
  #said: { readonly text: string; readonly bytes: Uint8Array }[] = [];
  #saidBytes = 0;
  #busy = false;
  #heard = 0;
  #limit: Limit = { name: "startMs", ms: Infinity };
  #deadlineMs = Infinity;
  #isFull = false;
  #timeMs = 0;
  #workedMs = 0;
  #weighed: { readonly bytes: number | undefined; readonly againMs: number } | undefined;

  private constructor(options: Required<QuickJsOptions>) {
    this.#options = options;
  }

  static async open(
    { plugin = "?", memoryMB = 64, startMs = 5000, stallMs = 5000, now }: QuickJsOptions,
  ): Promise<Guest> {
    const guest = new QuickJsGuest({ plugin, memoryMB, startMs, stallMs, now });
    const vm = await Vm.open({
      memoryMB,
      timeMs: () => guest.#timeMs,
      poll: () => guest.#poll(),
      full: () => guest.#isFull = true,
      loadModule: (name) => guest.#modules.get(name),
      say: (text, bytes) => guest.#hear(text, bytes),
    });
    vm.connect(insideText);
    guest.#vm = vm;
    return guest;
  }

  post(message: ToGuest): void {
    if (this.#vm === undefined) return;
    const modules = message[0] === "load" ? message[1] : [];
    for (const { name, code } of modules) this.#modules.set(name, code);
    const sent = message[0] === "load" ? ["load", modules.slice(-1).map(({ name }) => ({ name }))] : message;
    this.#waiting.push({ message, packed: this.#border.pack(sent, message[0]) });
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#vm !== undefined && this.#waiting.length > 0) this.#turn(this.#waiting.shift()!);
    } finally {
      this.#busy = false;
    }
  }

  /** {@linkcode Guest.usage} */
  usage(): GuestUsage | undefined {
    const { now } = this.#options;
    const startMs = now();
    if (this.#vm === undefined) return undefined;
    if (!this.#busy && startMs >= (this.#weighed?.againMs ?? 0)) {
      const bytes = this.#vm.memoryBytes();
      // It works on our thread, the longer the more there is: not more than a hundredth of it.
      this.#weighed = { bytes, againMs: Math.max(startMs + WEIGH_MS, now() + 100 * (now() - startMs)) };
    }
    return { memoryBytes: this.#weighed?.bytes, cpuMs: this.#workedMs };
  }

  close(): Promise<void> {
    this.#vm = undefined;
    this.#waiting = [];
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #turn({ message, packed }: { message: ToGuest; packed: Packed }): void {
    const vm = this.#vm!;
    const name = message[0] === "load" ? "startMs" : "stallMs";
    this.#limit = { name, ms: this.#options[name] };
    let failure: unknown;
    this.#heard++;
    this.#timeMs = timeOf(message) ?? this.#timeMs;
    this.#isFull = false;
    const startMs = this.#options.now();
    try {
      this.#deadlineMs = startMs + this.#limit.ms;
      vm.tell(packed.text, packed.tagged ? packed.bytes : undefined);
      vm.settle();
      vm.tell();
    } catch (error) {
      failure = error;
    } finally {
      this.#deadlineMs = Infinity;
      this.#workedMs += this.#options.now() - startMs;
    }
    failure = this.#deliver() ?? failure;
    // A node that has met the limit may have left anything behind. A codec keeps nothing, and has said which item it was.
    if (failure !== undefined || (this.#isFull && message[0] !== "code")) this.#end(failure);
    else if (this.#vm !== undefined) this.onMessage(["idle", this.#heard]);
  }

  #poll(): void {
    if (this.#options.now() > this.#deadlineMs) throw new Stalled();
  }

  #hear(text: string, bytes: Uint8Array): void {
    this.#saidBytes += text.length + bytes.length;
    if (this.#saidBytes > MAX_BYTES) throw new Flooded(`says more than ${MAX_BYTES} bytes at once`);
    if (text.length > MAX_TEXT) throw new Flooded(`says more than ${MAX_TEXT} characters in one message`);
    if (this.#said.push({ text, bytes }) > MAX_PIECES) throw new Flooded(`says more than ${MAX_PIECES} things at once`);
  }

  /** Passes on what was said, which may be made by anybody; gives what is wrong with it. */
  #deliver(): unknown {
    const said = this.#said;
    [this.#said, this.#saidBytes] = [[], 0];
    let count = 0;
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
      }
    }
    return undefined;
  }

  #end(failure: unknown): void {
    if (this.#vm === undefined) return;
    this.#vm = undefined;
    this.#waiting = [];
    this.onGone(this.#explain(failure));
  }

  #explain(failure: unknown): Error {
    const { plugin, memoryMB } = this.#options;
    if (failure instanceof Stalled) {
      // Whoever runs it on this thread may allow less than it asks for.
      const fix = this.#limit.name === "stallMs" ? { fix: "run it in the tier process" } : {};
      return tooSlow(plugin, "did not come to rest within", { ...this.#limit, ...fix });
    }
    if (failure instanceof Flooded) return misbehaved(plugin, failure.message);
    if (this.#isFull) {
      return new TinmanError("PLUGIN", `Plugin ${plugin} needs more memory than the ${memoryMB} MB that it may have`, {
        plugin,
        tier: "quickjs",
        hint: "if it is meant to, raise limits.memoryMB in its plugin.jsonc",
        cause: failure,
      });
    }
    const what = failure instanceof RangeError ? "calls itself deeper than there is room for" : `broke: ${failure}`;
    return new TinmanError("PLUGIN", `Plugin ${plugin} ${what}`, { plugin, tier: "quickjs", cause: failure });
  }
}

/** What plugins import as `tinman/plugin`. */
const pluginModule = ["tinman/plugin", "export const definePlugin = (plugin) => plugin;"] as const;

class Stalled extends Error {}
class Flooded extends Error {}

/** The run's time that a message brings, in milliseconds. */
function timeOf(message: ToGuest): number | undefined {
  const timeNs = message[0] === "start"
    ? message[2].timeNs
    : message[0] === "values"
    ? message[4]
    : message[0] === "answer"
    ? message[3]
    : undefined;
  return timeNs === undefined ? undefined : Number(timeNs / 1_000_000n);
}
