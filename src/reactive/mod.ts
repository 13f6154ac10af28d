/**
 * Events, and processors that hear of them: patterns, phases, and an order that depends on the input alone. Builders say
 * what they make of what, and caches keep what was made.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bind, createEventPipeline, defineEvent, on, where } from "tinman/reactive";
 *
 * const Start = defineEvent<{ who: string }>("start");
 * const Greet = defineEvent<{ who: string; loud: boolean }>("greet");
 * const heard: string[] = [];
 * const pipeline = createEventPipeline([
 *   { name: "greeter", handlers: [on(Start, ({ who }, context) => context.submit(Greet({ who, loud: true })))] },
 *   { name: "ear", handlers: [on(where(Greet, { loud: true, who: bind("name") }), ({ name }) => heard.push(name))] },
 * ]);
 * pipeline.submit(Start({ who: "world" }));
 * await pipeline.run();
 * assert.deepEqual(heard, ["world"]);
 * ```
 * @module
 */
export type { Archive, Archives } from "./archive.ts";
export type { ArchiveEntry } from "./archive_index.ts";
export {
  type ArchivesOptions,
  type ArchiveStatistics,
  createMemoryArchives,
  createStoreArchives,
  type StoreArchives,
} from "./archives.ts";
export { Aside } from "./aside.ts";
export type { BuildOutcome, BuildReason } from "./build_memo.ts";
export type { BuildReport, BuildStep } from "./build_report.ts";
export { builder, type BuilderDefinition } from "./builder.ts";
export { Built, type BuiltData, Resolve, type ResolveData } from "./builder_events.ts";
export type { BuilderOptions } from "./builder_options.ts";
export {
  type CacheReason,
  type CacheReport,
  type CacheStep,
  caching,
  type CachingOptions,
  type CachingProcessor,
} from "./caching.ts";
export { codeVersion } from "./code_version.ts";
export { describeKept } from "./describe_kept.ts";
export { Collector, type CollectorOptions } from "./collector.ts";
export { type Attributes, defineEvent, type Event, type EventKind, isEvent, type KindOfEvent } from "./event.ts";
export {
  createEventPipeline,
  type EventPipeline,
  type EventPipelineOptions,
  type EventRunOptions,
  type EventRunReport,
  isEventPipeline,
  type ProcessorReport,
} from "./event_pipeline.ts";
export { EVENT_SERVICES, type EventServices, type RanEvents } from "./event_services.ts";
export type { FeedOptions } from "./feeds.ts";
export { given } from "./given.ts";
export { Grouper, type GrouperOptions } from "./grouper.ts";
export type { Helper, HelperOptions } from "./helper.ts";
export type { Inputs, Join, Tagged } from "./join.ts";
export type { Orphan } from "./key_join.ts";
export { Init, Phase, Poison } from "./lifecycle.ts";
export { eventNode, type EventNodeContext, type EventNodeOptions, type Gift, gives } from "./node_body.ts";
export { type HandleEvent, on } from "./on.ts";
export { parallelize, type ParallelizeOptions, type WorkerWiring } from "./parallelize.ts";
export { describeProcessors, type ProcessorPart } from "./parts.ts";
export {
  type AnyPattern,
  type BindPattern,
  type EachPattern,
  type EitherPattern,
  type EventOf,
  type EventPattern,
  type KindName,
  type OneOfPattern,
  PATTERN,
  type ReadsOf,
  type WhenPattern,
  type WherePattern,
} from "./pattern.ts";
export type {
  Bound,
  LiteralValue,
  Narrowed,
  PartOf,
  PatternOf,
  Reads,
  StructurePattern,
  ValuePattern,
} from "./pattern_types.ts";
export type { PatternProblem } from "./pattern_problems.ts";
export { replayTranscript, type ReplayTranscriptOptions, type TranscriptReplay } from "./replay_transcript.ts";
export { compareTranscripts, type Transcript, type TranscriptDifference, type TranscriptEntry } from "./transcript.ts";
export { formatTranscript, formatTranscriptEntry, parseTranscript } from "./transcript_text.ts";
export { contentHash, decodeCbor, type DecodeCborOptions, encodeCbor, type EncodeCborOptions } from "../cbor/mod.ts";
export {
  createMemoryStore,
  type Store,
  type StoreEntry,
  type StoreKey,
  type StoreKeyPart,
  type StoreRange,
} from "../store/mod.ts";
export { any, anyEvent, bind, each, either, oneOf, when, where } from "./where.ts";
export type { ErrorRule, EventContext, Handler, Processor, Wiring } from "./processor.ts";
export { type BuildResult, ReactiveBuilder } from "./reactive_builder.ts";
export { type Rendezvous, rendezvous, type RendezvousOptions } from "./rendezvous.ts";
export { ReservoirSampler, type ReservoirSamplerOptions } from "./reservoir_sampler.ts";
export { StreamGrouper } from "./stream_grouper.ts";
export { StreamSampler, type StreamSamplerOptions } from "./stream_sampler.ts";
export { session, sliding, type Span, tumbling, type WindowShape } from "./window_shape.ts";
export { type Window, Windows, type WindowsOptions } from "./windows.ts";
