import type { guestMain } from "./guest.ts";
import type { FromGuest, GuestModule, ToGuest } from "./protocol.ts";
import type { hardenGlobals, RelayGrants } from "./relay_globals.ts";
import type { Linked } from "./relay_link.ts";
import type { createWireReader, createWireWriter } from "./wire.ts";

/** The parts of {@linkcode relayWorker}, each of which is text as well. */
export interface RelayParts {
  readonly guestMain: typeof guestMain;
  readonly hardenGlobals: typeof hardenGlobals;
  readonly createWireReader: typeof createWireReader;
  readonly createWireWriter: typeof createWireWriter;
}

/** What differs from worker to worker. */
export interface RelayOptions extends RelayGrants {
  readonly maxSentBytes: number;
  readonly maxTakenBytes: number;
}

/** What only crosses the wire: `up` is the first thing that comes from a worker. */
export type WireMessage = FromGuest | readonly ["up"];

/**
 * The worker in which a plugin runs: messages as bytes in and out, a plugin from the very text that was sent, and a guest
 * between them.
 *
 * This text runs in the worker, so nothing in it may refer to anything outside of it but types.
 */
export function relayWorker(parts: RelayParts, options: RelayOptions): void {
  /** Bytes that are sent at once, not at the end of the turn. */
  const EAGER_BYTES = 256 * 1024;
  /** Turns in which something new came, before new things have to wait until all is settled. */
  const MAX_TURNS = 100;
  type Scope = {
    postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
    onmessage: (event: { readonly data: Uint8Array<ArrayBuffer> }) => void;
    setImmediate(callback: () => void): void;
  };
  // All that is needed later, before it is taken away.
  const scope = globalThis as unknown as Scope;
  const { postMessage, setImmediate } = scope;
  const { createObjectURL } = URL;
  const BlobOf = Blob;
  const writer = parts.createWireWriter(options.maxSentBytes);
  const reader = parts.createWireReader(options.maxTakenBytes);
  const inbox: Uint8Array<ArrayBuffer>[] = [];
  scope.onmessage = ({ data }) => {
    inbox.push(data);
    take();
  };
  /** The last run that was started, for what is written to the console. */
  let run = 0;
  let timeNs = 0n;
  parts.hardenGlobals(options, {
    say: (level, text) => send(["log", run, level, text.slice(0, 10_000).toWellFormed()]),
    timeMs: () => Number(timeNs / 1_000_000n),
  });

  /** Addresses of the plugin's modules, and the files that they are. */
  const names: (readonly [url: string, name: string])[] = [];
  /** An error that names files of the plugin, not addresses nor what is around it. */
  function inFiles<E extends { readonly message: string; readonly stack?: string }>(error: E): E {
    const named = (text: string) => names.reduce((all, [url, name]) => all.replaceAll(url, name), text);
    const lines = named(error.stack ?? "").split("\n").filter((line) => !/blob:null|\bext:/.test(line));
    return { ...error, message: named(error.message), stack: lines.join("\n") };
  }

  let willFlush = false;
  function send(message: WireMessage): void {
    try {
      if (message[0] === "failed") writer.put([message[0], message[1], inFiles(message[2])]);
      else if (message[0] === "broken") writer.put([message[0], inFiles(message[1])]);
      else writer.put(message);
    } catch (error) {
      if (message[0] !== "values" || (error as { code?: string }).code !== "TOO_LARGE" || message[3].length < 2) {
        throw error;
      }
      const [kind, id, port, values] = message;
      const half = values.length >> 1;
      send([kind, id, port, values.slice(0, half)]);
      return send([kind, id, port, values.slice(half)]);
    }
    if (writer.size >= EAGER_BYTES) return flush();
    if (willFlush) return;
    willFlush = true;
    setImmediate(() => {
      willFlush = false;
      flush();
    });
  }

  function flush(): void {
    if (writer.size === 0) return;
    const bytes = writer.take();
    postMessage.call(globalThis, bytes, [bytes.buffer]);
  }

  let waiting: (() => void)[] = [];
  let isTurning = false;
  let isFresh = false;
  let freshTurns = 0;
  let isLoading = false;
  function settled(): Promise<void> {
    isFresh = true;
    turn();
    return new Promise((resolve) => void waiting.push(resolve));
  }

  function turn(): void {
    if (isTurning) return;
    isTurning = true;
    isFresh = false;
    setImmediate(() => {
      isTurning = false;
      if (isLoading) return;
      if (isFresh) {
        freshTurns++;
        return turn();
      }
      freshTurns = 0;
      const resolved = waiting;
      waiting = [];
      for (const resolve of resolved) resolve();
      take();
    });
  }

  async function load(linked: readonly GuestModule[]): Promise<Readonly<Record<string, unknown>>> {
    isLoading = true;
    try {
      return await importAll(linked as unknown as Linked);
    } finally {
      isLoading = false;
      isFresh = true;
      turn();
    }
  }

  async function importAll([problem, modules]: Linked): Promise<Readonly<Record<string, unknown>>> {
    if (problem !== null) throw new SyntaxError(problem);
    const urlOf = (code: string) => createObjectURL(new BlobOf([code], { type: "text/javascript" }));
    const plugin = urlOf("export const definePlugin = (plugin) => plugin;");
    const urls: string[] = [];
    for (const { name, code, imports } of modules) {
      const text = code.map((piece, i) => {
        const place = imports[i];
        return place === undefined ? piece : piece + (place < 0 ? plugin : urls[place]);
      });
      const url = urlOf(text.join(""));
      names.push([url, name]);
      urls.push(url);
    }
    return await import(urls.at(-1)!);
  }

  function note(message: ToGuest): void {
    if (message[0] === "start") [run, timeNs] = [message[1], message[2].timeNs];
    else if (message[0] === "values") timeNs = message[4];
    else if (message[0] === "answer") timeNs = message[3];
  }

  const hear = parts.guestMain({ send, load, settled });
  function take(): void {
    while (inbox.length > 0 && freshTurns < MAX_TURNS) {
      reader.push(inbox.shift()!);
      for (let message; (message = reader.next()) !== undefined;) {
        note(message as ToGuest);
        hear(message as ToGuest);
      }
    }
  }
  send(["up"]);
}
