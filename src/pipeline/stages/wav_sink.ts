import { ByteWriter } from "../../bytes/mod.ts";
import { type Files, readFile } from "../../files/mod.ts";
import type { DataFrame } from "../frame.ts";
import { defineStage, type Stage, type StageContext, type StageType } from "../stage.ts";
import { needSampleRate } from "./_channels.ts";
import { FileWriter, pathParameter, replaceParameter } from "./_files.ts";
import { encodeWavHeader, encodeWavSamples, WAV_HEADER_BYTES, type WavFormat, wavFormats } from "./wav.ts";

/** Largest file whose header gets its lengths at the end, because it is written anew for that. */
const MAX_FINISHED_BYTES = 2 ** 30;

interface WavSinkConfig {
  readonly path: string;
  readonly format: WavFormat;
  readonly replace: boolean;
}

/**
 * Writes frames to a WAV file and passes them on. Until the end its header says that the samples go to the end of the
 * file, so that what a killed run leaves can be read; then it gets the lengths, unless it is larger than a gigabyte.
 */
export function wavSink(files: Files): StageType {
  return defineStage({
    type: "WavSink",
    title: "Writes frames to a WAV file",
    category: "sink",
    parameters: {
      path: pathParameter,
      format: { type: "choice", title: "How a sample is stored", default: "int16", choices: wavFormats },
      replace: replaceParameter,
    },
    create: (config, context) => new WavSink(files, config as unknown as WavSinkConfig, context),
  });
}

class WavSink implements Stage {
  readonly #files: Files;
  readonly #config: WavSinkConfig;
  readonly #context: StageContext;
  readonly #writer: FileWriter;
  #channels: readonly string[] = [];
  #rate = 0;
  #isDone = false;

  constructor(files: Files, config: WavSinkConfig, context: StageContext) {
    [this.#files, this.#config, this.#context] = [files, config, context];
    this.#writer = new FileWriter(files, config);
  }

  process(frame: DataFrame): DataFrame {
    if (frame.payload.size === 0) return frame;
    const { path, format } = this.#config;
    const rate = needSampleRate(frame, `write ${path}`);
    if (!this.#writer.isOpen) {
      [this.#rate, this.#channels] = [rate, [...frame.payload.keys()]];
      this.#writer.write(encodeWavHeader({ format, channels: frame.payload.size, sampleRate: rate }));
    }
    if (rate !== this.#rate) {
      throw new RangeError(`Cannot write ${path}: it has ${this.#rate} Hz, the frame ${rate} Hz`);
    }
    const extra = [...frame.payload.keys()].find((name) => !this.#channels.includes(name));
    if (extra !== undefined) throw new RangeError(`Cannot write ${path}: channel ${extra} was not in the first frame`);
    this.#writer.write(encodeWavSamples(this.#columns(frame), format));
    return frame;
  }

  end(): void {
    this.#finish();
  }

  close(): void {
    this.#finish();
  }

  // A channel that is missing, or shorter than another, is silent.
  #columns(frame: DataFrame): Float64Array[] {
    const longest = Math.max(...[...frame.payload.values()].map(({ length }) => length));
    return this.#channels.map((name) => {
      const samples = frame.payload.get(name);
      if (samples?.length === longest) return samples;
      const filled = new Float64Array(longest);
      filled.set(samples ?? []);
      return filled;
    });
  }

  #finish(): void {
    if (this.#isDone || !this.#writer.isOpen) return;
    this.#isDone = true;
    this.#writer.close();
    const { path, format } = this.#config;
    if ((this.#files.stat(path)?.size ?? 0) > MAX_FINISHED_BYTES) {
      return this.#context.log.warn(`${path} is large: its header says that it goes to the end of the file`);
    }
    const samples = readFile(this.#files, path, MAX_FINISHED_BYTES)!.subarray(WAV_HEADER_BYTES);
    const head = encodeWavHeader({ format, channels: this.#channels.length, sampleRate: this.#rate }, samples.length);
    this.#files.replace(
      path,
      new ByteWriter(head.length + samples.length + 1).bytes(head).bytes(samples).align(2).take(),
    );
  }
}
