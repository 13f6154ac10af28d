import type { Codec } from "../codec/mod.ts";
import { decodeFrame, type Frame } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { toHex } from "./output.ts";
import { clean } from "./style.ts";
import { formatTime } from "./time.ts";
import { formatValue } from "./value.ts";

/** Options of {@linkcode FramePrinter}. */
export interface FramePrinterOptions {
  /** The codec of a channel; what it throws is the reason why a frame does not decode. Asked once a channel. */
  readonly codec: (channel: string) => Codec<unknown>;
  /** Print the bytes and do not decode. */
  readonly raw: boolean;
  /** The width of the column for channels. */
  readonly width: number;
}

/** Prints frames, one a line. What does not decode is printed as bytes, with the reason, and counted. */
export class FramePrinter {
  /** How many frames did not decode. */
  undecoded = 0;
  /** How many frames were printed. */
  printed = 0;
  readonly #context: Context;
  readonly #options: FramePrinterOptions;
  readonly #codecs = new Map<string, Codec<unknown> | Error>();
  readonly #told = new Set<string>();

  /** Prints to the stdout of `context`. */
  constructor(context: Context, options: FramePrinterOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Prints one line. */
  print(frame: Frame): void {
    const { out, settings } = this.#context;
    const { channel, timeNs, index, data } = frame;
    const decoded = this.#decode(frame);
    this.printed++;
    if (settings.json) return out.json({ channel, timeNs, time: formatTime(timeNs), index, ...decoded });
    const text = decoded.error !== undefined
      ? `${formatValue(data)} ${this.#reason(channel, decoded.error)}`.trimEnd()
      : decoded.bytes !== undefined
      ? toHex(data)
      : formatValue(decoded.value);
    const name = clean(channel).padEnd(this.#options.width);
    out.line(`${out.paint("dim", formatTime(timeNs))}  ${out.paint("cyan", name)}  ${text}`);
  }

  /** Why a frame does not decode; once a channel when its codec is not to be had. */
  #reason(channel: string, error: string): string {
    if (this.#codecs.get(channel) instanceof Error) {
      if (this.#told.has(channel)) return "";
      this.#told.add(channel);
    }
    return this.#context.out.paint("red", `does not decode: ${clean(error)}`);
  }

  #decode(frame: Frame): { readonly value?: unknown; readonly bytes?: Uint8Array; readonly error?: string } {
    if (this.#options.raw) return { bytes: frame.data };
    try {
      return { value: decodeFrame(frame, this.#codec(frame.channel)) };
    } catch (error) {
      this.undecoded++;
      return { bytes: frame.data, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #codec(channel: string): Codec<unknown> {
    let codec = this.#codecs.get(channel);
    if (codec === undefined) this.#codecs.set(channel, codec = this.#revive(channel));
    if (codec instanceof Error) throw codec;
    return codec;
  }

  #revive(channel: string): Codec<unknown> | Error {
    try {
      return this.#options.codec(channel);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
