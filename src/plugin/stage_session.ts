import type { DataFrame, FramePool } from "../pipeline/mod.ts";
import { failed } from "./failures.ts";
import type { GuestStageStart, StageCall, WireFrame } from "./protocol.ts";
import type { Coded } from "./session_options.ts";

/** What {@linkcode StageSession} needs. */
export interface StageSessionOptions {
  /** The id of the plugin, for messages. */
  readonly plugin: string;
  /** Asks the plugin; rejects when it is no more, or when what is asked cannot cross the border. */
  readonly ask: (what: StageCall) => Promise<Coded>;
}

/** One stage of a plugin, seen from the pipeline: frames go in and out as bytes. */
export class StageSession {
  readonly #id: number;
  readonly #options: StageSessionOptions;

  constructor(id: number, options: StageSessionOptions) {
    [this.#id, this.#options] = [id, options];
  }

  /** Has the plugin make it. */
  async make(start: GuestStageStart): Promise<void> {
    await this.#ask(["make", this.#id, start]);
  }

  /** What follows from one frame. Arrays are taken from `pool`. */
  async process(frame: DataFrame, input: string, pool: FramePool): Promise<readonly DataFrame[]> {
    return readFrames(await this.#ask(["process", this.#id, toWire(frame), input]), pool);
  }

  /** No frame comes any more. */
  async end(pool: FramePool): Promise<readonly DataFrame[]> {
    return readFrames(await this.#ask(["end", this.#id]), pool);
  }

  /** Nobody asks for it any more. */
  async drop(): Promise<void> {
    await this.#ask(["drop", this.#id]);
  }

  async #ask(what: StageCall): Promise<unknown> {
    const [ok, result] = await this.#options.ask(what);
    if (ok) return result;
    throw failed(this.#options.plugin, "it failed in", result);
  }
}

function toWire({ timestampUs, sequenceId, payload, metadata }: DataFrame): WireFrame {
  const channels = [...payload].map(([name, samples]) => [name, bytesOf(samples)] as const);
  return [timestampUs, sequenceId, channels, metadata];
}

/** What is in here may be made by anybody; what is wrong with a frame as such, whoever gets it looks for. */
function readFrames(value: unknown, pool: FramePool): readonly DataFrame[] {
  if (!Array.isArray(value)) throw new TypeError("it gave no list of frames");
  return value.map((each) => readFrame(each, pool));
}

function readFrame(value: unknown, pool: FramePool): DataFrame {
  if (!Array.isArray(value) || !Array.isArray(value[2])) throw new TypeError("it gave no frame");
  const [timestampUs, sequenceId, channels, metadata] = value as unknown as WireFrame;
  const payload = new Map(channels.map((channel) => {
    const [name, bytes] = Array.isArray(channel) ? channel : [];
    if (typeof name !== "string" || !(bytes instanceof Uint8Array) || bytes.length % 8 !== 0) {
      throw new TypeError("it gave a channel that is no samples");
    }
    const samples = pool.take(bytes.length / 8);
    bytesOf(samples).set(bytes);
    return [name, samples] as const;
  }));
  return { timestampUs, sequenceId, payload, metadata };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
