/**
 * Stages for values that come now and then, such as counters of a machine: `smooth` and `rate`. They compute, and may
 * nothing else.
 *
 * @module
 */
import { definePlugin } from "tinman/plugin";
import { createRate } from "./rate.ts";
import { createSmooth } from "./smooth.ts";

export default definePlugin({
  stages: {
    smooth: (config) => createSmooth({ over: Number(config.over) }),
    rate: ({ counter, channels }) => createRate({ counter: counter === true, channels: namesOf(channels) }),
  },
});

function namesOf(channels: unknown): readonly string[] {
  if (Array.isArray(channels) && channels.every((each) => typeof each === "string")) return channels;
  throw new TypeError("Cannot use channels: it is not a list of names");
}
