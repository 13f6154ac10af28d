import { defineStage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels } from "./_channels.ts";

/** 1 while a channel is above a level and 0 while it is below; between the two edges of the hysteresis it stays. */
export const threshold: StageType = defineStage({
  type: "Threshold",
  title: "1 above a level, 0 below",
  category: "analysis",
  parameters: {
    level: { type: "number", title: "From here up it is 1", default: 0.5 },
    hysteresis: { type: "number", title: "How far below the level it becomes 0 again", default: 0, min: 0 },
  },
  create(config, { pool }) {
    const [level, hysteresis] = [config.level as number, config.hysteresis as number];
    const states = new ChannelStates(() => ({ isAbove: 0 }));
    const compare = (input: Float64Array, output: Float64Array, channel: string) => {
      const state = states.of(channel);
      let { isAbove } = state;
      for (let i = 0; i < input.length; i++) {
        // What is no number is neither, and changes nothing.
        if (input[i]! >= level) isAbove = 1;
        else if (input[i]! < level - hysteresis) isAbove = 0;
        output[i] = isAbove;
      }
      state.isAbove = isAbove;
    };
    return {
      process(frame) {
        states.follow(frame);
        return mapChannels(frame, pool, compare);
      },
      reset: () => states.clear(),
    };
  },
});
