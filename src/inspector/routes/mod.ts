import type { App, InspectorContext } from "../context.ts";
import type { InspectorOptions } from "../inspector.ts";
import { brokerRoutes } from "./broker.ts";
import { checkRoutes } from "./checks.ts";
import { compareRoutes } from "./compare.ts";
import { frameRoutes } from "./frames.ts";
import { meshRoutes } from "./mesh.ts";
import { metricRoutes } from "./metrics.ts";
import { openapiRoutes } from "./openapi.ts";
import { pipelineRoutes } from "./pipeline.ts";
import { pluginRoutes } from "./plugins.ts";
import { plotRoutes } from "./plots.ts";
import { replayRoutes } from "./replay.ts";
import { sourceRoutes } from "./sources.ts";
import { timelineRoutes } from "./timeline.ts";

/** Adds the routes of one subject. Each stands in openapi.json, which a test holds against them. */
export type AddRoutes = (app: App, context: InspectorContext, options: InspectorOptions) => void;

/** All of them. */
export const routes: readonly AddRoutes[] = [
  sourceRoutes,
  frameRoutes,
  replayRoutes,
  timelineRoutes,
  plotRoutes,
  compareRoutes,
  pipelineRoutes,
  brokerRoutes,
  meshRoutes,
  pluginRoutes,
  checkRoutes,
  metricRoutes,
  openapiRoutes,
];
