import { defineStage, type StageType } from "../stage.ts";
import { mapChannels } from "./_channels.ts";

/** Every sample times a number. */
export const gain: StageType = defineStage({
  type: "Gain",
  title: "Every sample times a number",
  category: "math",
  parameters: { gain: { type: "number", title: "Factor; 0.5 halves", default: 1 } },
  updates: ["gain"],
  create(config, { pool }) {
    let factor = config.gain as number;
    const fill = (input: Float64Array, output: Float64Array) => {
      for (let i = 0; i < input.length; i++) output[i] = input[i]! * factor;
    };
    const update = (next: typeof config) => void (factor = next.gain as number);
    return { process: (frame) => mapChannels(frame, pool, fill), update, reset() {} };
  },
});
