import { defineStage, type Parameter, type StageType } from "../stage.ts";
import { type BlockKernel, createBlockStage } from "./_blocks.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";

/** `window` of stages that make one number from many. */
export const blockParameter: Parameter = {
  type: "integer",
  title: "Samples for one value, also over several frames; 0: each frame gives one",
  default: 0,
  min: 0,
  max: MAX_FRAME_SIZE,
};

const kernel: BlockKernel<{ squares: number }> = {
  perBlock: 1,
  begin: () => ({ squares: 0 }),
  add(sum, samples, from, to) {
    let squares = 0;
    for (let i = from; i < to; i++) squares += samples[i]! * samples[i]!;
    sum.squares += squares;
  },
  write: ({ squares }, count, output, at) => void (output[at] = Math.sqrt(squares / count)),
};

/** The root of the mean square of each frame, or of every so many samples. */
export const rms: StageType = defineStage({
  type: "RMS",
  title: "Root of the mean square",
  category: "analysis",
  parameters: { window: blockParameter },
  create: (config, { pool }) => createBlockStage({ size: config.window as number, kernel, pool }),
});
