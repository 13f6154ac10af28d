import { defineStage, type StageType } from "../stage.ts";
import { type BlockKernel, createBlockStage } from "./_blocks.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";

const kernels = {
  min_max: {
    perBlock: 2,
    begin: () => ({ least: Infinity, most: -Infinity, leastAt: 0, mostAt: 0, seen: 0 }),
    add(sum, samples, from, to) {
      for (let i = from; i < to; i++, sum.seen++) {
        const each = samples[i]!;
        if (each < sum.least) [sum.least, sum.leastAt] = [each, sum.seen];
        if (each > sum.most) [sum.most, sum.mostAt] = [each, sum.seen];
      }
    },
    write({ least, most, leastAt, mostAt }, _count, output, at) {
      const isEmpty = least > most;
      [output[at], output[at + 1]] = isEmpty ? [NaN, NaN] : leastAt <= mostAt ? [least, most] : [most, least];
    },
  } satisfies BlockKernel<{ least: number; most: number; leastAt: number; mostAt: number; seen: number }>,
  mean: {
    perBlock: 1,
    begin: () => ({ total: 0 }),
    add(sum, samples, from, to) {
      for (let i = from; i < to; i++) sum.total += samples[i]!;
    },
    write: ({ total }, count, output, at) => void (output[at] = total / count),
  } satisfies BlockKernel<{ total: number }>,
  first: {
    perBlock: 1,
    begin: () => ({ value: NaN, isSet: false }),
    add(sum, samples, from) {
      if (!sum.isSet) [sum.value, sum.isSet] = [samples[from]!, true];
    },
    write: ({ value }, _count, output, at) => void (output[at] = value),
  } satisfies BlockKernel<{ value: number; isSet: boolean }>,
};

/**
 * Few samples for many, for plots: of every `factor` the least and the greatest in the order in which they came, so that
 * no spike is lost, or their mean, or the first. Nothing is filtered; for samples to compute with there is Resample.
 */
export const decimate: StageType = defineStage({
  type: "Decimate",
  title: "Few samples for many, ready to plot",
  category: "analysis",
  parameters: {
    factor: { type: "integer", title: "Samples that become one, or two", default: 16, min: 1, max: MAX_FRAME_SIZE },
    keep: {
      type: "choice",
      title: "Least and greatest (two numbers), mean, or first",
      default: "min_max",
      choices: Object.keys(kernels),
    },
  },
  create(config, { pool }) {
    const kernel = kernels[config.keep as keyof typeof kernels] as BlockKernel<unknown>;
    return createBlockStage({ size: config.factor as number, kernel, pool });
  },
});
