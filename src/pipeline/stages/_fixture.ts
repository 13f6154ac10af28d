import { VirtualClock } from "../../clock/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { createFrame, type DataFrame, type FrameFields, MAIN_CHANNEL } from "../frame.ts";
import type { Stage, StageContext, StageResult, StageType } from "../stage.ts";

/** A stage under test, with everything it said. */
export interface StageFixture {
  readonly stage: Stage;
  readonly said: readonly string[];
  /** All frames that follow from `frame`. */
  process(frame: DataFrame, input?: string): Promise<readonly DataFrame[]>;
  /** The frame that follows from `frame`; an error unless it is exactly one. */
  one(frame?: DataFrame, input?: string): Promise<DataFrame>;
  /** What is left at the end. */
  end(): Promise<readonly DataFrame[]>;
}

/** Makes a stage with its defaults. Arrays come filled with NaN, so that a sample which is not written shows. */
export async function openStage(
  type: StageType,
  config: Readonly<Record<string, unknown>> = {},
  seed = "test",
): Promise<StageFixture> {
  const unknown = Object.keys(config).filter((key) => !Object.hasOwn(type.parameters, key));
  if (unknown.length > 0) throw new TypeError(`${type.type} has no parameter ${unknown}`);
  const defaults = Object.fromEntries(Object.entries(type.parameters).map(([key, each]) => [key, each.default]));
  const said: string[] = [];
  const stage = await type.create({ ...defaults, ...config }, createContext(said, seed));
  const process = async (frame: DataFrame, input = "in") => listOf(await stage.process(frame, input));
  return {
    stage,
    said,
    process,
    async one(frame = createFrame(), input = "in") {
      const frames = await process(frame, input);
      if (frames.length !== 1) throw new Error(`${type.type} gave ${frames.length} frames, not one`);
      return frames[0]!;
    },
    end: async () => listOf(await stage.end?.()),
  };
}

function createContext(said: string[], seed: string): StageContext {
  const say = (message: string) => void said.push(message);
  return {
    id: "stage",
    clock: new VirtualClock(),
    random: createRandom(seed),
    log: { debug: say, info: say, warn: say, error: say },
    pool: { take: (length) => new Float64Array(length).fill(NaN) },
    inputs: ["in"],
    signal: new AbortController().signal,
    emit: () => Promise.reject(new Error("nobody takes it")),
    hold: (work) => work,
  };
}

/** All frames of what a stage gave. */
export function listOf(result: StageResult): readonly DataFrame[] {
  return result === undefined ? [] : Array.isArray(result) ? result : [result as DataFrame];
}

/** A frame of the main channel or of named ones, at 48 kHz. */
export function frameOf(
  payload: readonly number[] | Float64Array | Readonly<Record<string, readonly number[]>>,
  fields: Omit<FrameFields, "payload"> = {},
): DataFrame {
  const channels = payload instanceof Float64Array || Array.isArray(payload) ? { [MAIN_CHANNEL]: payload } : payload;
  return createFrame({
    metadata: { sample_rate: 48_000 },
    ...fields,
    payload: Object.fromEntries(Object.entries(channels).map(([name, values]) => [name, Float64Array.from(values)])),
  });
}

/** The samples of one channel as plain numbers. */
export function samplesOf(frame: DataFrame, channel = MAIN_CHANNEL): number[] {
  return [...frame.payload.get(channel) ?? []];
}

/** `length` samples of `wave` at sample `i`. */
export function waveOf(length: number, wave: (i: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, i) => wave(i));
}

/** The samples of all frames joined, for one channel. */
export function joined(frames: readonly DataFrame[], channel = MAIN_CHANNEL): number[] {
  return frames.flatMap((frame) => samplesOf(frame, channel));
}

/** The same samples cut into frames of the lengths of `sizes`, over and over. */
export function cut(samples: Float64Array, sizes: readonly number[]): DataFrame[] {
  const frames: DataFrame[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = Math.max(sizes[i % sizes.length]!, i >= sizes.length && sizes.every((each) => each === 0) ? 1 : 0);
    frames.push(frameOf(samples.slice(at, at + size), { sequenceId: i }));
    at += size;
  }
  return frames;
}

/** The greatest difference between two runs of numbers; NaN counts as equal to NaN, another length as infinite. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue;
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = Number.isNaN(difference) ? Infinity : difference;
  }
  return most;
}
