import type { Sampler } from "../sampler.ts";
import { sourceOf } from "../context.ts";
import type { SourceSummary } from "../snapshot.ts";
import type { AddRoutes } from "./mod.ts";

/** What there is to look at, and how it is now. */
export const sourceRoutes: AddRoutes = (app, context, { plugins }) => {
  app.get("/api/sources", (c) => {
    const { version, isReadOnly, sources } = context;
    return c.json({
      version,
      isReadOnly,
      sources: [...sources.values()].map((each) => summarize(each, plugins !== undefined)),
    });
  });
  app.get("/api/sources/:source", (c) => {
    const json = sourceOf(context, c.req.param("source")).json as Uint8Array<ArrayBuffer>;
    return c.body(json, 200, { "content-type": "application/json" });
  });
};

function summarize({ id, observed }: Sampler, hasPlugins: boolean): SourceSummary {
  const { name, kind, startedNs } = observed;
  const parts: Record<SourceSummary["parts"][number], boolean> = {
    tail: kind !== "recording",
    history: observed.history !== undefined,
    timeline: observed.timeline !== undefined,
    verdict: observed.verdict !== undefined,
    replay: observed.replay !== undefined,
    pipeline: observed.pipeline !== undefined,
    broker: observed.broker !== undefined,
    mesh: observed.mesh !== undefined,
    plugins: hasPlugins && kind !== "broker" && kind !== "mesh",
  };
  const has = (Object.keys(parts) as SourceSummary["parts"][number][]).filter((part) => parts[part]);
  return { id, name, kind, startedNs: `${startedNs}`, parts: has };
}
