import { chainParts } from "./chain.ts";
import { fftParts } from "./fft.ts";
import { framePoolPart } from "./frame_pool.ts";
import type { Group } from "./harness.ts";

/** Frames and the stages that they go through. */
export const pipelineGroup: Group = {
  title: "Pipelines of frames",
  parts: [...chainParts, framePoolPart, ...fftParts],
};
