import type { Codec, Decoded } from "../codec/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Frame } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { FrameDecoder, toFrameJson } from "./frame_decoder.ts";
import { toHex } from "./output.ts";
import { clean } from "./style.ts";
import { formatTime } from "./time.ts";
import { formatValue } from "./value.ts";

/** Options of {@linkcode FramePrinter}. */
export interface FramePrinterOptions {
  /** The codec of a channel; what it throws is the reason why a frame does not decode. Asked once a channel. */
  readonly codec: (channel: string) => Codec<unknown> | Promise<Codec<unknown>>;
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
  readonly #decoder: FrameDecoder;
  readonly #told = new Set<string>();

  /** Prints to the stdout of `context`. */
  constructor(context: Context, options: FramePrinterOptions) {
    [this.#context, this.#options, this.#decoder] = [context, options, new FrameDecoder(options.codec)];
  }

  /** Prints a line for each frame. */
  async print(frames: readonly Frame[]): Promise<void> {
    const decoded = this.#options.raw ? undefined : await this.#decoder.decode(frames);
    frames.forEach((frame, i) => this.#print(frame, decoded?.[i]));
  }

  #print(frame: Frame, decoded: Decoded<unknown> | undefined): void {
    const { channel, timeNs, data } = frame;
    const { out, settings } = this.#context;
    this.printed++;
    if (decoded?.error !== undefined) this.undecoded++;
    if (settings.json) return out.json(toFrameJson(frame, { time: formatTime(timeNs), decoded }));
    const text = decoded === undefined
      ? toHex(data)
      : decoded.error === undefined
      ? formatValue(decoded.value)
      : `${formatValue(data)} ${this.#reason(channel, decoded.error)}`.trimEnd();
    const name = clean(channel).padEnd(this.#options.width);
    out.line(`${out.paint("dim", formatTime(timeNs))}  ${out.paint("cyan", name)}  ${text}`);
  }

  /** Why a frame does not decode; once a channel when its codec is not to be had. */
  #reason(channel: string, error: Error): string {
    const isLasting = this.#decoder.isMissing(channel);
    if (isLasting && this.#told.has(channel)) return "";
    this.#told.add(channel);
    const hint = isLasting && error instanceof TinmanError && error.hint !== undefined ? ` (${error.hint})` : "";
    return this.#context.out.paint("red", `does not decode: ${clean(error.message + hint)}`);
  }
}
