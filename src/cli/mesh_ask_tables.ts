import { TinmanError } from "../errors/mod.ts";
import type { SearchHit, SqlRow, SqlView } from "../mesh/mod.ts";
import type { MeshHost } from "./mesh_host.ts";
import { isDatabaseLost } from "./mesh_tables.ts";

/** Most rows of an answer. */
const MAX_ROWS = 100_000;

/** What is asked of the tables of a dataset. */
export const askTables = {
  query({ tables }: MeshHost, { sql }: { readonly sql: string }): { readonly rows: readonly SqlRow[] } {
    const rows = tables.ask((view) => run(view, sql));
    if (rows.length <= MAX_ROWS) return { rows };
    throw new TinmanError("TOO_LARGE", `Cannot show ${rows.length} rows: at most ${MAX_ROWS}`, {
      limit: MAX_ROWS,
      actual: rows.length,
      hint: "ask for fewer with LIMIT",
    });
  },

  search(
    { tables }: MeshHost,
    { words, limit = 100 }: { readonly words: string; readonly limit?: number | undefined },
  ): { readonly hits: readonly SearchHit[] } {
    return { hits: tables.ask((view) => view.search(words, { limit })) };
  },
};

function run(view: SqlView, sql: string): readonly SqlRow[] {
  const fail = (why: string, cause?: unknown) =>
    new TinmanError("USAGE", `Cannot run the query: ${why}`, {
      argument: "SQL",
      cause,
      hint: "it can only read: records, fields, notes, attachments, history, conflicts, texts, search",
    });
  // Others would change how the next one is answered: BEGIN, ATTACH, PRAGMA.
  if (!/^(?:\s|--.*\n|\/\*[^]*?\*\/|\()*(?:SELECT|WITH|VALUES|EXPLAIN)\b/i.test(sql)) {
    throw fail("it begins with none of SELECT, WITH, VALUES, EXPLAIN");
  }
  view.flush();
  try {
    return view.query(sql);
  } catch (cause) {
    if (isDatabaseLost(cause)) throw cause;
    throw fail(String((cause as Error).message).replace(/^Cannot read .*?(?:tables\.sqlite|:memory:): /, ""));
  }
}
