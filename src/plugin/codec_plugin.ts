import { type Codec, codecError, codecFailure, type CodecKind, type Decoded, describeValue } from "../codec/mod.ts";
import { didYouMean } from "../errors/mod.ts";
import { createBorder } from "./border.ts";
import { Coder } from "./coder.ts";
import type { Guest, GuestModule } from "./protocol.ts";
import { openQuickJs } from "./quickjs.ts";

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
  /** How long it may take to be loaded. @default {5000} */
  readonly startMs?: number;
  /** How long a value may take. @default {5000} */
  readonly stallMs?: number;
  /** Opens what the plugin runs in. @default {a QuickJS with these limits} */
  readonly open?: () => Promise<Guest>;
}

/** A codec of a plugin. */
export interface PluginCodecOf extends Codec<unknown> {
  /** Whose it is, for the log. */
  readonly plugin: { readonly id: string; readonly sha256: string };
  /** The same as `decode` of each, with fewer steps over the border: a value or a `CODEC` error for each. */
  decodeAll(items: readonly Uint8Array[]): Promise<readonly Decoded<unknown>[]>;
}

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

/**
 * Opens the codecs of a plugin, in QuickJS without any capability, whatever the rest of the plugin may do: a codec is pure.
 * It is called synchronously, as every codec. One that hangs or breaks is ended and started again; what is asked until the
 * event loop has turned is a `CODEC` error, and `decodeAll` waits.
 *
 * @throws {TinmanError} `PLUGIN` or `TIMEOUT` when the plugin cannot be loaded.
 */
export async function openPluginCodecs(plugin: CodecPlugin, options: PluginCodecOptions): Promise<PluginCodecs> {
  const { now, open = () => openQuickJs({ plugin: plugin.id, ...options }) } = options;
  const coder = await Coder.open({ plugin: plugin.id, modules: plugin.modules, open, now });
  const { versions } = coder;
  const codec = (name: string, params: unknown, version?: number) => {
    const newest = Object.hasOwn(versions, name) ? versions[name]! : undefined;
    const id = `${plugin.id}/${name}`;
    if (newest === undefined) {
      throw codecError(id, `plugin ${plugin.id} has no codec "${name}"`, {
        hint: nearest(name, Object.keys(versions)),
      });
    }
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
    close: () => coder.close(),
    [Symbol.asyncDispose]: () => coder.close(),
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
  const attempt = (direction: "encode" | "decode", item: unknown): unknown => {
    try {
      const { value, error } = coder.code({ name, direction, items: [item], params })[0]!;
      if (error === undefined) return value;
      throw error;
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
      const bytes = attempt("encode", value);
      if (bytes instanceof Uint8Array) return bytes;
      const cause = new Error(`the plugin gave ${describeValue(bytes)} in place of bytes`);
      throw codecFailure(id, { direction: "encode", cause });
    },
    decode: (bytes) => attempt("decode", bytes),
    async decodeAll(items) {
      const results = await coder.codeAll({ name, direction: "decode", items, params });
      return results.map(({ value, error }) =>
        error === undefined ? { value } : { error: codecFailure(id, { direction: "decode", cause: error }) }
      );
    },
  };
}

function nearest(name: string, names: readonly string[]): string {
  return didYouMean(name, names) ?? (names.length === 0 ? "it has no codecs" : `it has ${names.join(", ")}`);
}
