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
  take(frame: DataFrame, source: Source): Promise<void>;
  isFor(trigger: DataFrame): boolean;
}

/** Hands over the frames of all sources, one at a time, each source in its order, until all have ended. */
export async function consume(sources: readonly Source[], { take, isFor }: Sink): Promise<void> {
  const [only] = sources;
  if (sources.length === 1) {
    for await (const frame of only!.frames) {
      if (only!.from !== TRIGGER || isFor(frame)) await take(frame, only!);
    }
    return;
  }
  let last: Promise<void> = Promise.resolve();
  await Promise.all(sources.map(async (source) => {
    for await (const frame of source.frames) await (last = last.then(() => take(frame, source)));
  }));
}
