/**
 * Graphs of nodes: validate, run, record, replay, verify. No I/O of its own; a {@linkcode RunEnvironment} is passed in.
 *
 * @module
 */
export type { RunEnvironment, Services } from "./environment.ts";
export { describeGraph, type GraphDescription } from "./draw.ts";
export { failedNode } from "./execution.ts";
export { Graph, type GraphInput } from "./graph.ts";
export { missingInputs, nameNodes } from "./graph_plan.ts";
export { type Growth, growthOf, type JoinPorts } from "./growth.ts";
export { matchesAny } from "./glob.ts";
export { createDiagnostics, type Diagnostics, formatLogEntry, type LogEntry, type LogLevel, logs } from "./logs.ts";
export {
  type AnyChannel,
  type ChannelMap,
  filter,
  type Input,
  type Inputs,
  type IsAny,
  isNode,
  isReplay,
  map,
  type Node,
  node,
  type NodeBody,
  type NodeContext,
  type NodeFunction,
  type NodeHandlers,
  type NodePorts,
  type Outputs,
  type PurePorts,
  SERVICES,
  STOPPING,
} from "./node.ts";
export type { ChannelStats, RecordOptions, RunOptions, RunReport } from "./options.ts";
export { type NodePart, PARTS } from "./parts.ts";
export type { ReplayControl } from "./pace.ts";
export type { ProbedChannel, ProbedNode, RunProbe } from "./probe.ts";
export { replayGraph } from "./replay.ts";
export type { ReplayOptions, ReplayReport } from "./replay_options.ts";
export { runGraph } from "./run.ts";
export { validate, type ValidateOptions } from "./validate.ts";
export { JOURNAL_CHANNEL } from "./journal.ts";
export type { Divergence, VerifyLook, VerifyReport } from "./verify.ts";
