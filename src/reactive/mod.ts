/**
 * Events, and processors that hear of them: patterns, phases, and an order that depends on the input alone.
 *
 * @module
 */
export type { Archive, Archives } from "./archive.ts";
export { type Attributes, defineEvent, type Event, type EventKind, isEvent } from "./event.ts";
export {
  createEventPipeline,
  type EventPipeline,
  type EventPipelineOptions,
  type EventRunOptions,
  type EventRunReport,
  type ProcessorReport,
} from "./event_pipeline.ts";
export type { FeedOptions } from "./feeds.ts";
export { Init, Phase, Poison } from "./lifecycle.ts";
export { eventNode, type EventNodeContext, type EventNodeOptions, type Gift, gives } from "./node_body.ts";
export { type HandleEvent, on } from "./on.ts";
export { describeProcessors, type ProcessorPart } from "./parts.ts";
export type { EventOf, EventPattern, ReadsOf } from "./pattern.ts";
export type { PatternProblem } from "./pattern_problems.ts";
export { any, anyEvent, bind, each, either, oneOf, when, where } from "./where.ts";
export type { ErrorRule, EventContext, Handler, Processor } from "./processor.ts";
