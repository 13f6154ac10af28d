import openapi from "../openapi.json" with { type: "json" };
import type { AddRoutes } from "./mod.ts";

/** What there is to ask for, for programs. */
export const openapiRoutes: AddRoutes = (app) => {
  app.get("/api/openapi.json", (c) => c.json(openapi));
};
