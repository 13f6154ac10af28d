import { formatPrometheus, type MetricFamily, PROMETHEUS_CONTENT_TYPE } from "../../telemetry/mod.ts";
import type { InspectorContext } from "../context.ts";
import type { AddRoutes } from "./mod.ts";

/** For Prometheus, with the token as `Authorization: Bearer`. */
export const metricRoutes: AddRoutes = (app, context, { metrics }) => {
  app.get("/metrics", (c) => {
    const text = metrics?.() ?? formatPrometheus(families(context));
    return c.body(text, 200, { "content-type": PROMETHEUS_CONTENT_TYPE });
  });
};

function families({ sources }: InspectorContext): MetricFamily[] {
  const looked = [...sources.values()].flatMap(({ observed }) => {
    return observed.look().channels.map((channel) => ({
      ...channel,
      labels: { source: observed.name, channel: channel.name },
    }));
  });
  const counter = (name: string, help: string, of: (each: typeof looked[number]) => number): MetricFamily => ({
    ...{ name, help, type: "counter" },
    samples: looked.map((each) => ({ labels: each.labels, value: of(each) })),
  });
  return [
    counter("tinman_channel_messages_total", "Values that went through a channel.", ({ count }) => count),
    counter("tinman_channel_bytes_total", "Bytes of a channel, as they are recorded.", ({ bytes = 0 }) => bytes),
    counter(
      "tinman_channel_unrecorded_messages_total",
      "Values that should be recorded and are not.",
      ({ drops }) => drops,
    ),
  ];
}
