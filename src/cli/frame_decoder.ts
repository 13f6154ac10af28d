import type { Codec, Decoded } from "../codec/mod.ts";
import { decodeFrame, decodeFrames, type Frame } from "../log/mod.ts";

/** Decodes frames of several channels; what does not decode is an error in its place. */
export class FrameDecoder {
  readonly #codec: (channel: string) => Codec<unknown> | Promise<Codec<unknown>>;
  readonly #codecs = new Map<string, Codec<unknown> | Error>();

  /** `codec` is asked once a channel; what it throws is the reason why none of its frames decode. */
  constructor(codec: (channel: string) => Codec<unknown> | Promise<Codec<unknown>>) {
    this.#codec = codec;
  }

  /** A value or an error for each frame. Those of one channel are decoded together, where its codec has a way for that. */
  async decode(frames: readonly Frame[]): Promise<readonly Decoded<unknown>[]> {
    for (const { channel } of frames) {
      if (!this.#codecs.has(channel)) this.#codecs.set(channel, await this.#revive(channel));
    }
    const ahead = await this.#decodeTogether(frames);
    return frames.map((frame) => ahead?.get(frame) ?? this.#decodeOne(frame));
  }

  /** Whether the codec of a channel is not to be had, as far as it was asked for. */
  isMissing(channel: string): boolean {
    return this.#codecs.get(channel) instanceof Error;
  }

  async #decodeTogether(frames: readonly Frame[]): Promise<ReadonlyMap<Frame, Decoded<unknown>> | undefined> {
    const takesMany = ({ channel }: Frame) => "decodeAll" in this.#codecs.get(channel)!;
    if (!frames.some(takesMany)) return undefined;
    const decoded = new Map<Frame, Decoded<unknown>>();
    for (const [channel, group] of Map.groupBy(frames.filter(takesMany), ({ channel }) => channel)) {
      const results = await decodeFrames(group, this.#codecs.get(channel) as Codec<unknown>);
      group.forEach((frame, i) => decoded.set(frame, results[i]!));
    }
    return decoded;
  }

  #decodeOne(frame: Frame): Decoded<unknown> {
    try {
      const codec = this.#codecs.get(frame.channel)!;
      if (codec instanceof Error) throw codec;
      return { value: decodeFrame(frame, codec) };
    } catch (error) {
      return { error: asError(error) };
    }
  }

  async #revive(channel: string): Promise<Codec<unknown> | Error> {
    try {
      return await this.#codec(channel);
    } catch (error) {
      return asError(error);
    }
  }
}

/** A frame as one object of JSON; `decoded` is left out for its bytes alone. */
export function toFrameJson(
  { channel, timeNs, index, data }: Frame,
  { time, decoded }: { readonly time: string; readonly decoded: Decoded<unknown> | undefined },
): unknown {
  const content = decoded === undefined
    ? { bytes: data }
    : decoded.error === undefined
    ? { value: decoded.value }
    : { bytes: data, error: decoded.error.message };
  return { channel, timeNs, time, index, ...content };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
