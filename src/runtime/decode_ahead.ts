import type { Codec, Decoded } from "../codec/mod.ts";
import { type Frame, groupFrames } from "../log/mod.ts";

/** Frames of a replay that are decoded some ahead, many at once, because their codecs have a way for that. */
export class DecodeAhead {
  readonly #codecs: ReadonlyMap<string, Codec<unknown>>;
  #group: readonly Frame[] = [];
  #decoded = new Map<Frame, Decoded<unknown>>();

  private constructor(codecs: ReadonlyMap<string, Codec<unknown>>) {
    this.#codecs = codecs;
  }

  /** For these codecs by channel; undefined when it would be of no use. */
  static for(codecs: ReadonlyMap<string, Codec<unknown>>): DecodeAhead | undefined {
    const many = [...codecs].filter(([, { decodeAll }]) => decodeAll !== undefined);
    return many.length === 0 ? undefined : new DecodeAhead(new Map(many));
  }

  /** The same frames, read in groups. */
  *read(frames: Iterable<Frame>): Generator<Frame, void, void> {
    for (const group of groupFrames(frames)) {
      [this.#group, this.#decoded] = [group, new Map()];
      yield* group;
    }
  }

  /** Decodes the group that `frame` is in; undefined when that is done, or not needed. */
  decode(frame: Frame): Promise<void> | undefined {
    return this.#codecs.has(frame.channel) && !this.#decoded.has(frame) ? this.#decodeGroup() : undefined;
  }

  /** What came of `frame`, if it was decoded. */
  get(frame: Frame): Decoded<unknown> | undefined {
    return this.#decoded.get(frame);
  }

  async #decodeGroup(): Promise<void> {
    for (const [channel, frames] of Map.groupBy(this.#group, ({ channel }) => channel)) {
      const results = await this.#codecs.get(channel)?.decodeAll?.(frames.map(({ data }) => data));
      results?.forEach((each, i) => this.#decoded.set(frames[i]!, each));
    }
  }
}
