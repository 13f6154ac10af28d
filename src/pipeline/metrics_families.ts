import type { ChannelStats } from "../runtime/mod.ts";
import type { MetricFamily, MetricSample } from "../telemetry/mod.ts";
import type { BufferPoolStats } from "./buffer_pool.ts";
import type { EdgeMetrics, PipelineMetrics, StageMetrics } from "./metrics.ts";

/** A metric of which each stage, edge or pipeline has one. */
interface Kind<T> extends Omit<MetricFamily, "samples"> {
  value(of: T): MetricSample["value"];
}

const ofStages: readonly Kind<StageMetrics>[] = [
  {
    name: "tinman_stage_frames_total",
    help: "Frames that a stage was given and got done with.",
    type: "counter",
    value: ({ frames }) => frames,
  },
  {
    name: "tinman_stage_errors_total",
    help: "Frames on which a stage threw.",
    type: "counter",
    value: ({ errors }) => errors,
  },
  {
    name: "tinman_stage_restarts_total",
    help: "How often a stage was made anew after an error.",
    type: "counter",
    value: ({ restarts }) => restarts,
  },
  {
    name: "tinman_stage_dropped_frames_total",
    help: "Frames that a stage skipped after an error, or that were shed before it.",
    type: "counter",
    value: ({ drops }) => drops,
  },
  {
    name: "tinman_stage_blocked_seconds_total",
    help: "How long a stage waited for room for what it gave.",
    type: "counter",
    divisor: 1e9,
    value: ({ blockedNs }) => blockedNs,
  },
  {
    name: "tinman_stage_busy_seconds",
    help: "Own work of a stage for each frame.",
    type: "histogram",
    divisor: 1e9,
    value: ({ busy }) => busy,
  },
];

const ofEdges: readonly Kind<EdgeMetrics>[] = [
  {
    name: "tinman_edge_frames_total",
    help: "Frames that went into the queue between two stages.",
    type: "counter",
    value: ({ frames }) => frames,
  },
  {
    name: "tinman_edge_waiting_frames",
    help: "Frames that wait between two stages.",
    type: "gauge",
    value: ({ waiting }) => waiting,
  },
  {
    name: "tinman_edge_capacity_frames",
    help: "How many frames may wait between two stages.",
    type: "gauge",
    value: ({ capacity }) => capacity,
  },
  {
    name: "tinman_edge_dropped_frames_total",
    help: "Frames that were shed between two stages.",
    type: "counter",
    value: ({ drops }) => drops,
  },
];

const ofPipelines: readonly Kind<PipelineMetrics>[] = [
  {
    name: "tinman_pipeline_latency_seconds",
    help: "From trigger to result.",
    type: "histogram",
    divisor: 1e9,
    value: ({ runs }) => runs.latency,
  },
  {
    name: "tinman_pipeline_latency_target_seconds",
    help: "How long a run may take by the class of its pipeline.",
    type: "gauge",
    divisor: 1e3,
    value: ({ runs }) => runs.targetMs,
  },
  {
    name: "tinman_pipeline_missed_deadlines_total",
    help: "Runs that took longer than the class of their pipeline allows.",
    type: "counter",
    value: ({ runs }) => runs.missed,
  },
];

const ofChannels: readonly Kind<ChannelStats>[] = [
  {
    name: "tinman_channel_messages_total",
    help: "Values that went through a channel.",
    type: "counter",
    value: ({ count }) => count,
  },
  {
    name: "tinman_channel_recorded_bytes_total",
    help: "Bytes of a channel in the recording.",
    type: "counter",
    value: ({ bytes }) => bytes,
  },
  {
    name: "tinman_channel_unrecorded_messages_total",
    help: "Values of a channel that are not in the recording though they should be.",
    type: "counter",
    value: ({ drops }) => drops,
  },
];

const ofBuffers: readonly Kind<BufferPoolStats>[] = [
  {
    name: "tinman_buffer_taken_arrays_total",
    help: "Arrays that stages asked for.",
    type: "counter",
    value: ({ taken }) => taken,
  },
  {
    name: "tinman_buffer_new_arrays_total",
    help: "Arrays that were made because none was free: none while a pipeline streams steadily.",
    type: "counter",
    value: ({ allocated }) => allocated,
  },
  {
    name: "tinman_buffer_free_bytes",
    help: "Bytes of arrays that wait to be used again.",
    type: "gauge",
    value: ({ freeBytes }) => freeBytes,
  },
];

/** The metrics of the memory of pipelines for `formatPrometheus()`, by the name of the pipeline. */
export function bufferFamilies(pools: ReadonlyMap<string, BufferPoolStats>): MetricFamily[] {
  const owners = [...pools].map(([pipeline, of]) => ({ of, labels: { pipeline } }));
  return ofBuffers.map((kind) => collect(kind, owners));
}

/** The metrics of the channels of a run for `formatPrometheus()`. */
export function channelFamilies(channels: readonly ChannelStats[]): MetricFamily[] {
  const owners = channels.map((of) => ({ of, labels: { channel: of.name } }));
  return ofChannels.map((kind) => collect(kind, owners));
}

/** The metrics of pipelines for `formatPrometheus()`. Each pipeline needs a name of its own. */
export function metricFamilies(pipelines: readonly PipelineMetrics[]): MetricFamily[] {
  const looked = pipelines.map((pipeline) => ({
    pipeline,
    stages: pipeline.stages().map((of) => ({ of, labels: { pipeline: pipeline.name, stage: of.id } })),
    edges: pipeline.edges().map((of) => ({ of, labels: { pipeline: pipeline.name, from: of.from, to: of.to } })),
    own: { of: pipeline, labels: { pipeline: pipeline.name, priority: pipeline.runs.priority } },
  }));
  return [
    ...ofStages.map((kind) => collect(kind, looked.flatMap(({ stages }) => stages))),
    ...ofEdges.map((kind) => collect(kind, looked.flatMap(({ edges }) => edges))),
    ...ofPipelines.map((kind) => collect(kind, looked.map(({ own }) => own))),
  ];
}

function collect<T>(
  { value, ...family }: Kind<T>,
  owners: readonly { readonly of: T; readonly labels: Readonly<Record<string, string>> }[],
): MetricFamily {
  return { ...family, samples: owners.map(({ of, labels }) => ({ labels, value: value(of) })) };
}
