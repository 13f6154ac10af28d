import { defineStage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels, needSampleRate } from "./_channels.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";

/** Every sample later, with zeros before the first. What is still on its way at the end is not given. */
export const delay: StageType = defineStage({
  type: "Delay",
  title: "Every sample later",
  category: "timing",
  parameters: {
    samples: { type: "integer", title: "How many samples later", default: 0, min: 0, max: MAX_FRAME_SIZE },
    seconds: { type: "number", title: "And how long, to the nearest sample", default: 0, min: 0, max: 1e6, unit: "s" },
  },
  create(config, { pool }) {
    const [samples, seconds] = [config.samples as number, config.seconds as number];
    const states = new ChannelStates((rate) => ({ line: new Float64Array(lengthOf(samples, seconds, rate)), at: 0 }));
    const shift = (input: Float64Array, output: Float64Array, channel: string) => {
      const state = states.of(channel);
      const { line } = state;
      if (line.length === 0) return output.set(input);
      for (let i = 0; i < input.length; i++) {
        output[i] = line[state.at]!;
        line[state.at] = input[i]!;
        if (++state.at === line.length) state.at = 0;
      }
    };
    return {
      process(frame) {
        if (seconds > 0 && frame.payload.size > 0) needSampleRate(frame, "delay by seconds");
        states.follow(frame);
        return mapChannels(frame, pool, shift);
      },
      reset: () => states.clear(),
    };
  },
});

function lengthOf(samples: number, seconds: number, rate = 0): number {
  const length = samples + Math.round(seconds * rate);
  if (length <= MAX_FRAME_SIZE) return length;
  throw new RangeError(`Cannot delay by ${length} samples: ${MAX_FRAME_SIZE} is the most`);
}
