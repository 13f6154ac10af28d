import { In } from "../channel/mod.ts";
import { TRIGGER } from "./config.ts";
import type { DataFrame } from "./frame.ts";

/** Where frames come from. */
export interface Source {
  readonly from: string;
  readonly input: string;
  readonly frames: AsyncIterable<DataFrame>;
}

/** Who is handed the frames. */
export interface Sink {
  /** A promise where it takes its time; the next frame comes when that has settled. */
  take(frame: DataFrame, source: Source): Promise<void> | undefined;
  isFor(trigger: DataFrame): boolean;
}

/** Hands over the frames of all sources, one at a time, each source in its order, until all have ended. */
export async function consume(sources: readonly Source[], { take, isFor }: Sink): Promise<void> {
  const [only] = sources;
  if (sources.length === 1) {
    const { from, frames } = only!;
    const hand = (frame: DataFrame) => from !== TRIGGER || isFor(frame) ? take(frame, only!) : undefined;
    if (frames instanceof In) return await drain(frames, hand);
    for await (const frame of frames) await hand(frame);
    return;
  }
  let last: Promise<void> = Promise.resolve();
  await Promise.all(sources.map(async (source) => {
    for await (const frame of source.frames) await (last = last.then(() => take(frame, source)));
  }));
}

/**
 * Frames that one stage works on before others get their turn. A queue full of frames of 32 kB is more than the cache of a
 * core, and then each stage reads from memory what the one before it wrote: half as fast. Fewer than 4 cost turns.
 */
const MAX_AT_ONCE = 8;

/** A loop over `input` that makes no promise for a frame which is there already, where the last one took no time. */
async function drain(input: In<DataFrame>, hand: (frame: DataFrame) => Promise<void> | undefined): Promise<void> {
  try {
    for (;;) {
      for (let left = MAX_AT_ONCE; left > 0 && input.free > 0; left--) {
        const wait = hand(input.take());
        if (wait !== undefined) await wait;
      }
      const { value, done } = await input.next();
      if (done) return;
      const wait = hand(value);
      if (wait !== undefined) await wait;
    }
  } catch (error) {
    input.close();
    throw error;
  }
}
