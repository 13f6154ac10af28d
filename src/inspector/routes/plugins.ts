import { plainText, TinmanError } from "../../errors/mod.ts";
import type { PluginParts } from "../../telemetry/mod.ts";
import { readJson } from "../body.ts";
import { allowChange } from "../context.ts";
import type { AddRoutes } from "./mod.ts";

/** The plugins of the project: what they ask for, were granted, and used; to take something back, and to begin anew. */
export const pluginRoutes: AddRoutes = (app, context, { plugins }) => {
  app.get("/api/plugins", (c) => c.json({ plugins: partsOf(plugins).look() }));
  app.post("/api/plugins/revoke", async (c) => {
    allowChange(context);
    const parts = partsOf(plugins);
    const { id, capability, value } = Object(await readJson(c.req.raw, 4096)) as Record<string, unknown>;
    if (
      typeof id !== "string" || typeof capability !== "string" || !(value === undefined || typeof value === "string")
    ) {
      throw new TinmanError("USAGE", "Cannot read the body: it is { id, capability, value }", {});
    }
    parts.revoke(id, { capability, ...(value !== undefined && { value }) });
    const what = value === undefined ? capability : `${capability} ${JSON.stringify(value.slice(0, 200))}`;
    context.audit(`${what} was taken back from ${id}`);
    // Whoever cannot do without may end the run, and this with it.
    const said = await parts.withdraw(id, capability);
    for (const line of said) context.audit(line);
    return c.json({ plugins: parts.look(), said });
  });
  app.post("/api/plugins/restart", async (c) => {
    allowChange(context);
    const parts = partsOf(plugins);
    const { id, name } = Object(await readJson(c.req.raw, 4096)) as Record<string, unknown>;
    if (typeof id !== "string" || !(name === undefined || typeof name === "string")) {
      throw new TinmanError("USAGE", "Cannot read the body: it is { id, name }", {});
    }
    const as = name === undefined ? "" : ` as ${JSON.stringify(name.slice(0, 200))}`;
    try {
      await parts.restart(id, name);
    } catch (error) {
      const reason = plainText(error instanceof Error ? error.message : String(error), 500);
      context.audit(`plugin ${id} was not restarted${as}: ${reason}`);
      throw error;
    }
    context.audit(`plugin ${id} was restarted${as}`);
    return c.json({ plugins: parts.look() });
  });
};

function partsOf(plugins: PluginParts | undefined): PluginParts {
  if (plugins !== undefined) return plugins;
  throw new TinmanError("NOT_FOUND", "Cannot show plugins: there is no project here", { kind: "plugins", id: "" });
}
