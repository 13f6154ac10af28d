import { defineStage, type StageType } from "../stage.ts";
import { mapChannels } from "./_channels.ts";

/** Every sample plus a number. */
export const offset: StageType = defineStage({
  type: "Offset",
  title: "Every sample plus a number",
  category: "math",
  parameters: { offset: { type: "number", title: "What is added", default: 0 } },
  updates: ["offset"],
  create(config, { pool }) {
    let added = config.offset as number;
    const fill = (input: Float64Array, output: Float64Array) => {
      for (let i = 0; i < input.length; i++) output[i] = input[i]! + added;
    };
    const update = (next: typeof config) => void (added = next.offset as number);
    return { process: (frame) => mapChannels(frame, pool, fill), update, reset() {} };
  },
});
