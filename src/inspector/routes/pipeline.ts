import { TinmanError } from "../../errors/mod.ts";
import { readJson } from "../body.ts";
import { allowChange, sourceOf } from "../context.ts";
import type { InspectorContext } from "../context.ts";
import type { AddRoutes } from "./mod.ts";

/** The configuration of a pipeline that runs: what it is, what another would change, and to change it. */
export const pipelineRoutes: AddRoutes = (app, context) => {
  app.get("/api/sources/:source/pipeline", (c) => {
    return c.json({ text: editingOf(context, c.req.param("source")).text() });
  });
  app.post("/api/sources/:source/pipeline/diff", async (c) => {
    const editing = editingOf(context, c.req.param("source"));
    return c.json({ lines: editing.diff(await readText(c.req.raw)) });
  });
  app.post("/api/sources/:source/pipeline", async (c) => {
    allowChange(context);
    const editing = editingOf(context, c.req.param("source"));
    const text = await readText(c.req.raw);
    const lines = editing.diff(text);
    await editing.apply(text);
    context.audit(`pipeline changed: ${lines.length === 0 ? "nothing" : lines.join("; ")}`);
    return c.json({ lines });
  });
};

function editingOf(context: InspectorContext, id: string) {
  const { observed } = sourceOf(context, id);
  if (observed.pipeline !== undefined) return observed.pipeline;
  throw new TinmanError("NOT_FOUND", "Cannot edit this: no pipeline of a configuration runs here", {
    kind: "pipeline",
    id,
  });
}

async function readText(request: Request): Promise<string> {
  const said = await readJson(request) as { readonly text?: unknown } | null;
  if (typeof said?.text === "string") return said.text;
  throw new TinmanError("USAGE", "Cannot read the body: it is { text }", { argument: "text" });
}
