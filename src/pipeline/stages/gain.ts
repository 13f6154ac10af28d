import { defineStage, type StageType } from "../stage.ts";
import { mapChannels } from "./_channels.ts";

/** Every sample times a number. */
export const gain: StageType = defineStage({
  type: "Gain",
  title: "Every sample times a number",
  category: "math",
  parameters: { gain: { type: "number", title: "Factor; 0.5 halves", default: 1 } },
  create(config, { pool }) {
    const factor = config.gain as number;
    const fill = (input: Float64Array, output: Float64Array) => {
      for (let i = 0; i < input.length; i++) output[i] = input[i]! * factor;
    };
    return { process: (frame) => mapChannels(frame, pool, fill), reset() {} };
  },
});
