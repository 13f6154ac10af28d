import { definePlugin, type PluginStage } from "tinman/plugin";

export default definePlugin({ stages: { NAME: (config) => soften(Number(config.limit)) } });

/** Bends samples so that none is beyond the limit: those far below it stay nearly as they are. */
function soften(limit: number): PluginStage {
  const bend = (sample: number) => sample / (1 + Math.abs(sample) / limit);
  return {
    // Called with one frame at a time; it may keep something for the next one. What it throws is handled as the pipeline says.
    process(frame) {
      const channels = [...frame.payload].map(([name, samples]) => [name, samples.map(bend)] as const);
      return { ...frame, payload: new Map(channels) };
    },
  };
}
