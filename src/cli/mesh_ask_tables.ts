import { TinmanError } from "../errors/mod.ts";
import { type SearchHit, type SqlRow, SqlView } from "../mesh/mod.ts";
import { openMeshSql } from "../platform/mod.ts";
import type { MeshHost } from "./mesh_host.ts";

/** Most rows of an answer. */
const MAX_ROWS = 100_000;

/** What is asked of the tables that a dataset makes. They are made for the question: an encrypted dataset leaves none. */
export const askTables = {
  query({ replica }: MeshHost, { sql }: { readonly sql: string }): { readonly rows: readonly SqlRow[] } {
    using view = new SqlView(replica.view, openMeshSql(":memory:"));
    const rows = run(view, sql);
    if (rows.length <= MAX_ROWS) return { rows };
    throw new TinmanError("TOO_LARGE", `Cannot show ${rows.length} rows: at most ${MAX_ROWS}`, {
      limit: MAX_ROWS,
      actual: rows.length,
      hint: "ask for fewer with LIMIT",
    });
  },

  search(
    { replica }: MeshHost,
    { words, limit = 100 }: { readonly words: string; readonly limit?: number | undefined },
  ): { readonly hits: readonly SearchHit[] } {
    using view = new SqlView(replica.view, openMeshSql(":memory:"));
    return { hits: view.search(words, { limit }) };
  },
};

function run(view: SqlView, sql: string): readonly SqlRow[] {
  try {
    return view.query(sql);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^Cannot read [^:]*:memory:: /, "") : String(cause);
    throw new TinmanError("USAGE", `Cannot run the query: ${why}`, {
      argument: "SQL",
      cause,
      hint: "it can only read: records, fields, notes, attachments, history, conflicts, texts, search",
    });
  }
}
