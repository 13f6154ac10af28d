import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Child, ChildOptions, SpawnChild } from "./process_child.ts";
import { endError, memoryError, messageError, startError, Tail } from "./process_end.ts";
import type { FromGuest, Guest, GuestUsage, ToGuest } from "./protocol.ts";
import { relayText } from "./relay.ts";
import { tryLink } from "./relay_link.ts";
import type { WireMessage } from "./relay_worker.ts";
import type { Effective } from "./resolve.ts";
import { denoFlags, needsFlags, workerPermissions } from "./tier.ts";
import { createWireReader, createWireWriter, MAX_FROM_GUEST_BYTES, MAX_TO_GUEST_BYTES } from "./wire.ts";

/** Options of {@linkcode openProcess}. */
export interface ProcessOptions {
  /** The id of the plugin, for messages. */
  readonly plugin: string;
  /** Starts a process. */
  readonly spawn: SpawnChild;
  /** What the plugin may do. */
  readonly effective: Effective;
  /** The time outside. */
  readonly clock: Clock;
  /** How much it may take. */
  readonly limits?: ProcessLimits;
}

/** How much a plugin may take, see `limits` in `plugin.jsonc`. */
export interface ProcessLimits {
  /** What it may keep. @default {64} */
  readonly memoryMB?: number;
  /** Until its process is ready. @default {5000} */
  readonly startMs?: number;
  /** How often its memory is looked at. @default {100} */
  readonly watchMs?: number;
}

/**
 * Starts a process for a plugin. What happens in it stays in it: it may crash, take too much memory or hang, and is then
 * killed; there is one `onGone` with the reason. That it still answers is for the session to watch.
 *
 * @throws {TinmanError} `TIMEOUT` when the process does not get ready, `PLUGIN` when it ends before.
 */
export async function openProcess(options: ProcessOptions): Promise<Guest> {
  const { effective, spawn, clock, plugin, limits: { memoryMB = 64, startMs = 5000 } = {} } = options;
  const guest = new ProcessGuest(spawn(childOptions(effective, memoryMB)), options);
  const cancel = clock.at(clock.elapsedNs() + startMs * 1e6, () => guest.end(startError(plugin, startMs)));
  try {
    await guest.up;
    return guest;
  } catch (error) {
    await guest.close(0);
    throw error;
  } finally {
    cancel();
  }
}

class ProcessGuest implements Guest {
  readonly tier = "process";
  onMessage: (message: FromGuest) => void = () => {};
  onGone: (error: Error) => void = () => {};
  readonly #child: Child;
  readonly #options: ProcessOptions;
  readonly #up = Promise.withResolvers<void>();
  readonly #writer = createWireWriter(MAX_TO_GUEST_BYTES);
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stderr = new Tail(8192);
  readonly #over = new AbortController();
  readonly #gone: Promise<void>;
  #first: Uint8Array | undefined;
  #isWriting = false;
  #reason: TinmanError | undefined;
  #isClosed = false;

  constructor(child: Child, options: ProcessOptions) {
    [this.#child, this.#options] = [child, options];
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // what happened is told by how the process ends
    this.#up.promise.catch(() => {});
    this.#first = framed(relayText({
      granted: Object.keys(options.effective),
      maxSentBytes: MAX_FROM_GUEST_BYTES,
      maxTakenBytes: MAX_TO_GUEST_BYTES,
    }));
    void this.#write();
    this.#gone = this.#live();
  }

  /** Resolves when the worker in the process is ready. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  post(message: ToGuest): void {
    if (this.#isClosed || this.#over.signal.aborted) return;
    this.#writer.put(message[0] === "load" ? ["load", tryLink(message[1])] : message);
    if (!this.#isWriting) void this.#write();
  }

  /** Kills the process, for `reason`. */
  end(reason: TinmanError): void {
    this.#reason ??= reason;
    this.#child.kill();
  }

  async close(graceMs = 1000): Promise<void> {
    this.#isClosed = true;
    // The process ends when nothing more can come.
    this.#stdin.close().catch(() => {});
    const { clock } = this.#options;
    const cancel = graceMs > 0
      ? clock.at(clock.elapsedNs() + graceMs * 1e6, () => this.#child.kill())
      : this.#child.kill();
    await this.#gone;
    cancel?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** From the start of the process to its end, with all that it says. */
  async #live(): Promise<void> {
    const { plugin, clock, limits: { memoryMB = 64 } = {} } = this.#options;
    void this.#watch();
    const heard = Promise.all([this.#read(), this.#readErrors()]);
    const end = await this.#child.exited;
    // What it had started and nobody can find may hold its pipes open for ever.
    const cancel = clock.at(clock.elapsedNs() + LAST_WORDS_MS * 1e6, () => this.#over.abort());
    await heard;
    cancel();
    this.#over.abort();
    this.#stdin.close().catch(() => {});
    const error = this.#reason ?? endError({ plugin, ...end, stderr: this.#stderr.text, memoryMB });
    this.#up.reject(error);
    // Whoever closes in the meantime does not hear of it.
    await Promise.resolve();
    if (!this.#isClosed) this.onGone(error);
  }

  async #read(): Promise<void> {
    const reader = createWireReader(MAX_FROM_GUEST_BYTES);
    for await (const chunk of readable(this.#child.stdout, this.#over.signal)) {
      reader.push(chunk);
      while (!this.#isClosed && this.#reason === undefined) {
        const message = this.#next(reader);
        if (message === undefined) break;
        if (message[0] === "up") this.#up.resolve();
        else this.onMessage(message);
      }
    }
  }

  #next(reader: ReturnType<typeof createWireReader>): WireMessage | undefined {
    try {
      const message = reader.next();
      if (message === undefined || Array.isArray(message)) return message as WireMessage | undefined;
      throw new TypeError("a message is a list");
    } catch (error) {
      this.end(messageError(this.#options.plugin, error as Error));
      return undefined;
    }
  }

  async #readErrors(): Promise<void> {
    for await (const chunk of readable(this.#child.stderr, this.#over.signal)) this.#stderr.push(chunk);
  }

  /** Writes what waits, in large pieces while the pipe is slow. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      if (this.#first !== undefined) await this.#stdin.write(this.#first);
      this.#first = undefined;
      // What is posted in one turn goes together.
      await Promise.resolve();
      while (this.#writer.size > 0) await this.#stdin.write(this.#writer.take());
    } catch {
      // The process has ended; how it did says more.
    } finally {
      this.#isWriting = false;
    }
  }

  /** {@linkcode Guest.usage} */
  usage(): GuestUsage | undefined {
    if (this.#over.signal.aborted) return undefined;
    return { memoryBytes: this.#child.residentBytes(), cpuMs: this.#child.cpuMs?.() };
  }

  async #watch(): Promise<void> {
    const { clock, plugin, limits: { memoryMB = 64, watchMs = 100 } = {} } = this.#options;
    const { signal } = this.#over;
    try {
      await this.up;
      const before = this.#child.residentBytes();
      if (before === undefined) return;
      for (;;) {
        await clock.sleep(watchMs, { signal });
        const own = (this.#child.residentBytes() ?? 0) - before;
        if (own > (memoryMB + SLACK_MB) * MB) return this.end(memoryError(plugin, memoryMB, own));
      }
    } catch {
      // The process is over.
    }
  }
}

const MB = 1024 * 1024;
/** What the runtime itself may come to need after the start: compiled code, buffers of the pipes. */
const SLACK_MB = 32;
/** How long what a process said may take to come, after it has ended. */
const LAST_WORDS_MS = 500;

function childOptions(effective: Effective, memoryMB: number): ChildOptions {
  return {
    flags: denoFlags(effective),
    permissions: workerPermissions(effective),
    needsFlags: needsFlags(effective),
    env: effective.env?.allow ?? [],
    memoryMB,
  };
}

/** The bytes of a text behind their length, as the process expects the first thing. */
function framed(text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length, true);
  bytes.set(body, 4);
  return bytes;
}

/** A stream to its end, or until `signal` aborts; that it breaks is the same. */
async function* readable(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch {
    // The process has ended.
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
