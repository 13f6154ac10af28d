import { defineCommand } from "../command.ts";
import { queryTables } from "../mesh_ask_tables.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh search` */
export const meshSearch = defineCommand({
  name: "mesh search",
  summary: "Find records by the words in their texts and notes",
  about: "All of the words have to be there, the last one perhaps cut short; accents and capitals do not count.",
  args: [{ name: "WORD", summary: "What to look for", repeat: true, completes: "nothing" }],
  flags: { ...meshFlags, limit: { type: "number", short: "n", value: "N", summary: "At most so many (default 100)" } },
  examples: [["tinman mesh search broken pump", "in fields and notes"]],
  exits: meshExits,
  json: "stream",
  async run(context) {
    const { args, flags, out, settings } = context;
    await using mesh = await openMesh(context);
    const { hits } = await mesh.ask("search", { words: args.join(" "), limit: flags.limit });
    if (settings.json) { for (const hit of hits) out.json(hit); }
    else if (hits.length > 0) {
      const rows = hits.map(({ record, field, excerpt }) => [clean(record), clean(field ?? "note"), clean(excerpt)]);
      out.table(["record", "where", "text"], rows);
    }
    out.note(hits.length === 0 ? "Nothing was found." : count(hits.length, "place"));
    return 0;
  },
});

/** `tinman mesh query` */
export const meshQuery = defineCommand({
  name: "mesh query",
  summary: "Ask the tables of a dataset in SQL",
  about: "Tables: records, fields, notes, attachments, history, conflicts, texts, search (FTS5); times end in _ms, " +
    "milliseconds since 1970. They are a copy: nothing can be changed by a query.",
  args: [{ name: "SQL", summary: "One statement of SQLite that reads", completes: "nothing" }],
  flags: meshFlags,
  examples: [["tinman mesh query 'SELECT form, count(*) FROM records GROUP BY form'", "records of each form"]],
  exits: meshExits,
  json: "stream",
  async run(context) {
    const { args: [sql], io, out, settings } = context;
    await using mesh = await openMesh(context);
    const rows = await queryTables(mesh, sql!, io.mesh.tables);
    if (settings.json) { for (const row of rows) out.json(row); }
    else if (rows.length > 0) {
      const names = Object.keys(rows[0]!);
      out.table(names.map(clean), rows.map((row) => names.map((name) => clean(`${row[name] ?? ""}`))));
    }
    out.note(count(rows.length, "row"));
    return 0;
  },
});
