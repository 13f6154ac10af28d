import type { DataFrame, PluginStage } from "tinman/plugin";
import { mapChannels } from "./channels.ts";

/**
 * The exponentially weighted mean of each channel: y += (x - y)(1 - e^(-1/over)). It begins with the first sample. Where a
 * sample is NaN it keeps what it has; a channel that is missing from a frame begins anew when it comes back.
 */
export function createSmooth({ over }: { readonly over: number }): PluginStage {
  const weight = 1 - Math.exp(-1 / over);
  let means = new Map<string, number>();
  return {
    process(frame: DataFrame) {
      const next = new Map<string, number>();
      const smoothed = mapChannels(frame, (samples, channel) => {
        let mean = means.get(channel) ?? NaN;
        const output = samples.map((x) => {
          if (Number.isNaN(mean)) mean = x;
          else if (!Number.isNaN(x)) mean += (x - mean) * weight;
          return mean;
        });
        next.set(channel, mean);
        return output;
      });
      means = next;
      return smoothed;
    },
  };
}
