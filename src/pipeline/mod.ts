/**
 * Pipelines from a configuration: stages over frames of samples, on the runtime of graphs, so that they are recorded,
 * replayed and looked at as any graph is.
 *
 * @module
 */
export { createFrame, type DataFrame, type FrameFields, MAIN_CHANNEL } from "./frame.ts";
export {
  defineStage,
  type FramePool,
  type Parameter,
  type Stage,
  type StageContext,
  type StageResult,
  type StageType,
} from "./stage.ts";
