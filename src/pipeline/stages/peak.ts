import { defineStage, type StageType } from "../stage.ts";
import { type BlockKernel, createBlockStage } from "./_blocks.ts";
import { blockParameter } from "./rms.ts";

const kernel: BlockKernel<{ most: number }> = {
  perBlock: 1,
  begin: () => ({ most: 0 }),
  add(sum, samples, from, to) {
    // Math.max keeps NaN, so that it is seen.
    for (let i = from; i < to; i++) sum.most = Math.max(sum.most, Math.abs(samples[i]!));
  },
  write: ({ most }, _count, output, at) => void (output[at] = most),
};

/** The greatest magnitude in each frame, or in every so many samples. */
export const peak: StageType = defineStage({
  type: "Peak",
  title: "Greatest magnitude",
  category: "analysis",
  parameters: { window: blockParameter },
  create: (config, { pool }) => createBlockStage({ size: config.window as number, kernel, pool }),
});
