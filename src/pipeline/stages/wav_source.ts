import type { Files, OpenFile } from "../../files/mod.ts";
import { type DataFrame, MAIN_CHANNEL } from "../frame.ts";
import { defineStage, type FramePool, type Stage, type StageType } from "../stage.ts";
import { pathParameter, readAt } from "./_files.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";
import { bytesOf, decodeWavSamples, readWavInfo, type WavInfo } from "./wav.ts";

interface WavSourceConfig {
  readonly path: string;
  readonly frame_size: number;
  readonly repeat: boolean;
}

/** The samples of a WAV file, one frame a trigger; the last may be short, and after it there are none. */
export function wavSource(files: Files): StageType {
  return defineStage({
    type: "WavSource",
    title: "The samples of a WAV file",
    category: "source",
    inputs: [],
    parameters: {
      path: pathParameter,
      frame_size: { type: "integer", title: "Samples in a frame", default: 1024, min: 1, max: MAX_FRAME_SIZE },
      repeat: { type: "boolean", title: "Whether it begins again at the end", default: false },
    },
    create: (config, { pool }) => new WavSource(files, config as unknown as WavSourceConfig, pool),
  });
}

class WavSource implements Stage {
  readonly #config: WavSourceConfig;
  readonly #pool: FramePool;
  readonly #file: OpenFile;
  readonly #info: WavInfo;
  #startUs = 0;
  #sequenceId = 0;
  /** Samples that were given, over all repeats. */
  #given = 0;

  constructor(files: Files, config: WavSourceConfig, pool: FramePool) {
    [this.#config, this.#pool] = [config, pool];
    this.#file = files.open(config.path, "read");
    try {
      this.#info = readWavInfo((at, length) => readAt(this.#file, at, length), this.#file.size());
    } catch (error) {
      this.#file.close();
      throw new TypeError(`Cannot use ${config.path}: ${(error as Error).message}`, { cause: error });
    }
  }

  process(trigger: DataFrame): DataFrame | undefined {
    const { length, sampleRate, channels, format, at } = this.#info;
    const { frame_size, repeat } = this.#config;
    const from = repeat && length > 0 ? this.#given % length : this.#given;
    const count = Math.min(frame_size, length - from);
    if (count <= 0) return undefined;
    if (this.#sequenceId === 0) this.#startUs = trigger.timestampUs;
    const block = channels * bytesOf(format);
    const bytes = readAt(this.#file, at + from * block, count * block);
    if (bytes.length < count * block) {
      throw new RangeError(`Cannot read ${this.#config.path}: it became shorter while it was read`);
    }
    const samples = decodeWavSamples(bytes, this.#info, count, (length) => this.#pool.take(length));
    const timestampUs = this.#startUs + Math.round(this.#given / sampleRate * 1e6);
    this.#given += count;
    return {
      timestampUs,
      sequenceId: this.#sequenceId++,
      payload: new Map(samples.map((each, i) => [channels === 1 ? MAIN_CHANNEL : `ch${i + 1}`, each])),
      metadata: { ...trigger.metadata, sample_rate: sampleRate },
    };
  }

  reset(): void {
    [this.#given, this.#sequenceId] = [0, 0];
  }

  close(): void {
    this.#file.close();
  }
}
