import { type CodecPlugin, openPluginCodecs, type PluginCodecs } from "./codec_plugin.ts";
import type { OpenGuest } from "./host.ts";
import { defaultLimits, type PluginLimits } from "./limits.ts";

/** A plugin whose codecs are wanted, and what they may use. */
export interface ShelvedPlugin extends CodecPlugin {
  /** @default {{@linkcode defaultLimits}} */
  readonly limits?: PluginLimits;
}

/**
 * The codecs of plugins that are at work in a process: one guest for each plugin, however many channels and recordings use
 * it. A guest is memory and nothing else, so they stay until the process ends, or until whoever made the shelf closes it.
 */
export class CodecShelf implements AsyncDisposable {
  readonly #openGuest: OpenGuest;
  readonly #now: () => number;
  readonly #opened = new Map<string, Promise<PluginCodecs>>();

  /** `openGuest` opens a QuickJS; `now` is milliseconds of a clock that only goes forward. */
  constructor(openGuest: OpenGuest, now: () => number) {
    [this.#openGuest, this.#now] = [openGuest, now];
  }

  /** The codecs of a plugin: those that are at work, if its very bytes are. */
  open(plugin: ShelvedPlugin): Promise<PluginCodecs> {
    // The id stands in the bytes that were hashed.
    let opened = this.#opened.get(plugin.sha256);
    if (opened === undefined) this.#opened.set(plugin.sha256, opened = this.#start(plugin));
    return opened;
  }

  /** Lets go of all; codecs that are still held then throw `CODEC`. */
  async close(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    for (const each of await Promise.allSettled(all)) if (each.status === "fulfilled") await each.value.close();
  }

  /** The same as {@linkcode CodecShelf.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start({ limits = defaultLimits, ...plugin }: ShelvedPlugin): Promise<PluginCodecs> {
    const open = () => this.#openGuest({ plugin: plugin.id, effective: {}, limits });
    try {
      return await openPluginCodecs(plugin, { now: this.#now, open });
    } catch (error) {
      this.#opened.delete(plugin.sha256);
      throw error;
    }
  }
}
