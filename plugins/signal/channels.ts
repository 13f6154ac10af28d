import type { DataFrame } from "tinman/plugin";

/** A frame like `frame`, with other samples in its channels. */
export function mapChannels(
  frame: DataFrame,
  change: (samples: Float64Array, channel: string) => Float64Array,
): DataFrame {
  const channels = [...frame.payload].map(([name, samples]) => [name, change(samples, name)] as const);
  return { ...frame, payload: new Map(channels) };
}
