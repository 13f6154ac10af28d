import { defineStage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels, needSampleRate } from "./_channels.ts";

/** Lets a channel through while it is loud: opens within `attack`, stays open for `hold`, closes within `release`. */
export const gate: StageType = defineStage({
  type: "Gate",
  title: "Lets through what is loud",
  category: "filter",
  parameters: {
    threshold: { type: "number", title: "Least magnitude that opens it", default: 0.01, min: 0 },
    attack: { type: "number", title: "Time to open", default: 0, min: 0, max: 3600, unit: "s" },
    hold: { type: "number", title: "Time to stay open", default: 0, min: 0, max: 3600, unit: "s" },
    release: { type: "number", title: "Time to close", default: 0, min: 0, max: 3600, unit: "s" },
  },
  create(config, { pool }) {
    const { threshold, attack, hold, release } = config as unknown as Record<string, number>;
    const isTimed = attack! > 0 || hold! > 0 || release! > 0;
    const states = new ChannelStates((rate = 0) => ({
      up: attack! > 0 ? 1 / (attack! * rate) : 1,
      down: release! > 0 ? 1 / (release! * rate) : 1,
      holding: Math.round(hold! * rate),
      gain: 0,
      left: 0,
    }));
    const pass = (input: Float64Array, output: Float64Array, channel: string) => {
      const state = states.of(channel);
      for (let i = 0; i < input.length; i++) {
        const isLoud = Math.abs(input[i]!) >= threshold!;
        if (isLoud) state.left = state.holding;
        if (isLoud || state.left > 0) state.gain = Math.min(1, state.gain + state.up);
        else state.gain = Math.max(0, state.gain - state.down);
        if (!isLoud && state.left > 0) state.left--;
        // What is no number does not come through a closed gate either.
        output[i] = state.gain === 0 ? 0 : input[i]! * state.gain;
      }
    };
    return {
      process(frame) {
        if (isTimed && frame.payload.size > 0) needSampleRate(frame, "open and close in time");
        states.follow(frame);
        return mapChannels(frame, pool, pass);
      },
      reset: () => states.clear(),
    };
  },
});
