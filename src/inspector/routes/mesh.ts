import { TinmanError } from "../../errors/mod.ts";
import type { MeshParts, MeshRecord } from "../../telemetry/mod.ts";
import { readJson } from "../body.ts";
import { allowChange, type InspectorContext, sourceOf, wholeNumber } from "../context.ts";
import { parseFilter } from "../filter.ts";
import type { AddRoutes } from "./mod.ts";

const MAX_ROWS = 500;
/** Where there is a filter: records that are asked for at once, each time from the first on, and those that one answer looks at. */
const STEP = 4000;
const MAX_LOOKED = 20_000;

/** A dataset of the mesh: peers, feeds, records, their past, and what was written apart. */
export const meshRoutes: AddRoutes = (app, context) => {
  app.get("/api/sources/:source/mesh", async (c) => {
    return c.json(await meshOf(context, c.req.param("source")).look());
  });

  /** Up to `limit` records behind `after` that match. */
  app.get("/api/sources/:source/mesh/records", async (c) => {
    const mesh = meshOf(context, c.req.param("source"));
    const match = parseFilter(c.req.query("filter") ?? "");
    const limit = Math.max(1, wholeNumber(c.req.query("limit"), { name: "limit", max: MAX_ROWS, or: 100 }));
    const found: MeshRecord[] = [];
    let after = c.req.query("after");
    for (let looked = 0; looked < MAX_LOOKED; looked += STEP) {
      const step = { limit: match === undefined ? limit : STEP, ...(after !== undefined && { after }) };
      const { records, next } = await mesh.records(step);
      for (const record of records) {
        if (match !== undefined && !match(searchable(record))) continue;
        found.push(record);
        if (found.length === limit) {
          const isLast = record === records.at(-1) && next === undefined;
          return c.json({ records: found, ...(!isLast && { next: record.id }) });
        }
      }
      if (next === undefined) return c.json({ records: found });
      after = next;
    }
    return c.json({ records: found, next: after });
  });
  app.get("/api/sources/:source/mesh/record", async (c) => {
    return c.json(await meshOf(context, c.req.param("source")).record(c.req.query("record") ?? ""));
  });

  app.post("/api/sources/:source/mesh/restore", async (c) => {
    allowChange(context);
    const mesh = meshOf(context, c.req.param("source"));
    const { record, device, seq } = await readRecord(c.req.raw);
    if (typeof device !== "string" || !Number.isInteger(seq)) throw odd("{ record, device, seq }");
    const events = await mesh.restore(record, { device, seq: seq as number });
    context.audit(`${said(record)}: what ${device.slice(0, 8)} wrote in event ${seq} was restored`);
    return c.json({ events });
  });
  app.post("/api/sources/:source/mesh/resolve", async (c) => {
    allowChange(context);
    const mesh = meshOf(context, c.req.param("source"));
    const { record, what, choice } = await readRecord(c.req.raw);
    if (typeof what !== "string" || !Number.isInteger(choice)) throw odd("{ record, what, choice }");
    const events = await mesh.resolve(record, { what, choice: choice as number });
    context.audit(`${said(record)}: ${said(what)} was settled by choice ${choice}`);
    return c.json({ events });
  });
};

function meshOf(context: InspectorContext, id: string): MeshParts {
  const { mesh } = sourceOf(context, id).observed;
  if (mesh !== undefined) return mesh;
  throw new TinmanError("NOT_FOUND", "Cannot show records: this is no dataset of the mesh", { kind: "mesh", id });
}

/** What a filter looks at: fields by their names, beside `id`, `form` and `by`. */
function searchable({ id, form, fields, notes, deleted }: MeshRecord): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value])),
    ...{ id, form, isDeleted: deleted !== undefined, notes: notes.map(({ text }) => text) },
    isContested: Object.values(fields).some(({ others }) => others > 0),
    by: [...new Set([...Object.values(fields), ...notes].map(({ by }) => by))],
  };
}

async function readRecord(request: Request): Promise<Record<string, unknown> & { record: string }> {
  const body = Object(await readJson(request, 65_536)) as Record<string, unknown>;
  if (typeof body.record !== "string") throw odd("{ record, … }");
  return body as Record<string, unknown> & { record: string };
}

function odd(shape: string): TinmanError<"USAGE"> {
  return new TinmanError("USAGE", `Cannot read the body: it is ${shape}`, {});
}

function said(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
