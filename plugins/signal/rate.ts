import type { DataFrame, PluginStage } from "tinman/plugin";
import { mapChannels } from "./channels.ts";

/** How {@linkcode createRate} reads its channels. */
export interface RateOptions {
  /** Whether what goes down has begun anew. */
  readonly counter: boolean;
  /** Channels to change; none: all. */
  readonly channels: readonly string[];
}

interface Last {
  readonly value: number;
  readonly timeUs: number;
}

/**
 * How much each channel changes in a second: the difference from one sample to the one before, which may be in the frame
 * before, by the time between them. NaN for the first sample, and where no time has passed. Within a frame the time is that
 * of `sample_rate` in its metadata, between two frames that of the frames.
 */
export function createRate({ counter, channels }: RateOptions): PluginStage {
  let last = new Map<string, Last>();
  return {
    process(frame: DataFrame) {
      const next = new Map<string, Last>();
      const changed = mapChannels(frame, (samples, channel) => {
        if (channels.length > 0 && !channels.includes(channel)) return samples;
        const stepUs = samples.length > 1 ? stepOf(frame) : 0;
        let before = last.get(channel);
        const output = samples.map((value, i) => {
          const timeUs = frame.timestampUs + i * stepUs;
          const seconds = before === undefined ? 0 : (timeUs - before.timeUs) / 1e6;
          const rose = before === undefined ? NaN : value - before.value;
          before = { value, timeUs };
          return seconds <= 0 || (counter && rose < 0) ? NaN : rose / seconds;
        });
        if (before !== undefined) next.set(channel, before);
        return output;
      });
      last = next;
      return changed;
    },
  };
}

function stepOf({ metadata }: DataFrame): number {
  const rate = metadata.sample_rate;
  if (typeof rate === "number" && rate > 0) return 1e6 / rate;
  throw new RangeError(
    "Cannot tell how fast samples change: the frame has several, and no sample_rate in its metadata",
  );
}
