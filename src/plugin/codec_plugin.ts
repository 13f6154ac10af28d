import { type Codec, codecError, codecFailure, type CodecKind, describeValue } from "../codec/mod.ts";
import { createBorder } from "./border.ts";
import { failed } from "./failures.ts";
import type { FromGuest, Guest, GuestError, GuestModule } from "./protocol.ts";
import { openQuickJs } from "./quickjs.ts";
import type { Coded } from "./session.ts";

/** A plugin whose codecs are wanted. */
export interface CodecPlugin {
  /** As in its manifest. */
  readonly id: string;
  /** Of all its files, as it stands in the lock. Written into each log. */
  readonly sha256: string;
  /** The very bytes that were hashed, see `prepareModules`. */
  readonly modules: readonly GuestModule[];
}

/** Options of {@linkcode openPluginCodecs}. */
export interface PluginCodecOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** What all codecs of the plugin may take. @default {64} */
  readonly memoryMB?: number;
  /** How long a batch of values may take. @default {5000} */
  readonly stallMs?: number;
}

/** A codec of a plugin. */
export interface PluginCodecOf extends Codec<unknown> {
  /** Whose it is, for the log. */
  readonly plugin: { readonly id: string; readonly sha256: string };
  /** The same as `decode` of each, with fewer steps over the border: a value or a `CODEC` error for each. */
  decodeAll(items: readonly Uint8Array[]): readonly Decoded[];
}

/** One result of {@linkcode PluginCodecOf.decodeAll}. */
export type Decoded = { readonly value: unknown; readonly error?: undefined } | { readonly error: Error };

/** The codecs of one plugin, at work until they are closed. */
export interface PluginCodecs extends AsyncDisposable {
  /** For a registry: brings the codecs of the plugin back from a log. */
  readonly kinds: readonly CodecKind[];
  /**
   * The codec with this name in the plugin.
   *
   * @throws {TinmanError} `CODEC` when the plugin has none, or the params are no plain data.
   */
  codec(name: string, params?: unknown): PluginCodecOf;
  /** Lets go of the plugin; its codecs then throw `CODEC`. */
  close(): Promise<void>;
}

/** Values that cross together. */
const BATCH = 256;
const BATCH_BYTES = 2 ** 20;

/**
 * Opens the codecs of a plugin, in QuickJS without any capability, whatever the rest of the plugin may do: a codec is pure.
 * It is called synchronously, as every codec. One that hangs or breaks is ended, and each further call is a `CODEC` error.
 *
 * @throws {TinmanError} `PLUGIN` or `TIMEOUT` when the plugin cannot be loaded.
 */
export async function openPluginCodecs(plugin: CodecPlugin, options: PluginCodecOptions): Promise<PluginCodecs> {
  const guest = await openQuickJs({ plugin: plugin.id, ...options });
  const coder = new Coder(plugin, guest);
  const versions = coder.load();
  const codec = (name: string, params: unknown, version?: number) => {
    const newest = Object.hasOwn(versions, name) ? versions[name]! : undefined;
    const id = `${plugin.id}/${name}`;
    if (newest === undefined) throw codecError(id, `plugin ${plugin.id} has no codec "${name}"`);
    if (newest < 1) throw codecError(id, `plugin ${plugin.id} gives it version ${newest}, versions count from 1`);
    return createCodec({ plugin, name, version: version ?? newest, newest, params, coder });
  };
  return {
    kinds: Object.entries(versions).map(([name, version]) => ({
      id: `${plugin.id}/${name}`,
      version,
      revive: (header) => codec(name, header.params, header.version),
    })),
    codec,
    close: () => guest.close(),
    [Symbol.asyncDispose]: () => guest.close(),
  };
}

function createCodec({ plugin: { id: plugin, sha256 }, name, version, newest, params, coder }: {
  readonly plugin: CodecPlugin;
  readonly name: string;
  readonly version: number;
  readonly newest: number;
  readonly params: unknown;
  readonly coder: Coder;
}): PluginCodecOf {
  const id = `${plugin}/${name}`;
  try {
    createBorder().check(params ?? null, "params");
  } catch (cause) {
    throw codecFailure(id, { direction: "revive", cause });
  }
  const attempt = (direction: "encode" | "decode", item: unknown) => {
    try {
      return coder.code(name, direction, { items: [item], params })[0]!;
    } catch (cause) {
      throw codecFailure(id, { direction, cause });
    }
  };
  return {
    id,
    version,
    ...(params !== undefined && { params }),
    plugin: { id: plugin, sha256 },
    encode(value) {
      if (version !== newest) throw codecError(id, `Cannot encode version ${version}: the plugin writes ${newest}`);
      const [ok, result] = attempt("encode", value);
      if (ok && result instanceof Uint8Array) return result;
      const cause = ok ? new Error(`the plugin gave ${describeValue(result)} in place of bytes`) : revived(result);
      throw codecFailure(id, { direction: "encode", cause });
    },
    decode(bytes) {
      const [ok, result] = attempt("decode", bytes);
      if (ok) return result;
      throw codecFailure(id, { direction: "decode", cause: revived(result) });
    },
    decodeAll(items) {
      return batchesOf(items).flatMap((batch) => {
        try {
          return coder.code(name, "decode", { items: batch, params }).map(([ok, result]) => {
            if (ok) return { value: result };
            return { error: codecFailure(id, { direction: "decode", cause: revived(result) }) };
          });
        } catch (cause) {
          const error = codecFailure(id, { direction: "decode", cause });
          return batch.map(() => ({ error }));
        }
      });
    },
  };
}

/** Calls codecs in a guest that answers before `post` returns. */
class Coder {
  readonly #plugin: CodecPlugin;
  readonly #guest: Guest;
  #answer: FromGuest | undefined;
  #gone: Error | undefined;
  #calls = 0;

  constructor(plugin: CodecPlugin, guest: Guest) {
    [this.#plugin, this.#guest] = [plugin, guest];
    guest.onMessage = (message) => {
      if (message[0] !== "idle") this.#answer = message;
    };
    guest.onGone = (error) => this.#gone = error;
  }

  /** The versions of the codecs that it has. */
  load(): Readonly<Record<string, number>> {
    const answer = this.#ask(["load", this.#plugin.modules]);
    if (answer?.[0] === "broken") throw failed(this.#plugin.id, "Cannot load", answer[1]);
    if (answer?.[0] !== "ready") {
      // Nothing can wake it any more: whatever it waits for, it does not get it.
      throw this.#gone ?? failed(this.#plugin.id, "Cannot load", { name: "Error", message: "it waits for ever" });
    }
    return answer[1].codecs;
  }

  code(name: string, direction: "encode" | "decode", { items, params }: {
    readonly items: readonly unknown[];
    readonly params: unknown;
  }): readonly Coded[] {
    const call = ++this.#calls;
    const answer = this.#ask(["code", call, name, direction, items, params ?? null]);
    if (this.#gone !== undefined) throw this.#gone;
    if (answer?.[0] !== "coded" || answer[1] !== call || answer[2].length !== items.length) {
      throw new Error(`plugin ${this.#plugin.id} was closed, or did not answer`);
    }
    const results = answer[2];
    // A value that cannot cross is the fault of one, but all of them were to go in one message.
    if (items.length === 1 || results.some(([ok]) => ok)) return results;
    return items.flatMap((item) => this.code(name, direction, { items: [item], params }));
  }

  #ask(message: Parameters<Guest["post"]>[0]): FromGuest | undefined {
    this.#answer = undefined;
    this.#guest.post(message);
    return this.#answer;
  }
}

/** The error that was thrown inside. */
function revived({ name, message, stack }: GuestError): Error {
  return Object.assign(new Error(message), { name }, stack === undefined ? {} : { stack });
}

function batchesOf(items: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = [];
  let size = Infinity;
  for (const item of items) {
    size += item.length;
    if (size > BATCH_BYTES || batches.at(-1)!.length >= BATCH) {
      batches.push([]);
      size = item.length;
    }
    batches.at(-1)!.push(item);
  }
  return batches;
}
