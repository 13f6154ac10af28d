import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { SearchHit, SqlRow } from "../mesh/mod.ts";
import type { Mesh } from "./mesh_asks.ts";
import type { MeshHost } from "./mesh_host.ts";
import type { TablesPlace } from "./mesh_io.ts";
import { isDatabaseLost } from "./mesh_tables.ts";

/** Most bytes of tables that are given to another process: as text they take a third more, and have to fit an answer. */
const MAX_COPY_BYTES = 180 * 1024 * 1024;

/** What is asked of the tables of a dataset. */
export const askTables = {
  query({ tables }: MeshHost, { sql }: { readonly sql: string }): { readonly rows: readonly SqlRow[] } {
    return { rows: tables.ask((view) => run(view, sql)) };
  },

  copyTables({ tables }: MeshHost, _: Readonly<Record<string, never>>): { readonly base64: string } {
    const bytes = tables.ask((view) => view.copy());
    if (bytes.length <= MAX_COPY_BYTES) return { base64: bytes.toBase64() };
    throw new TinmanError("TOO_LARGE", "Cannot ask these tables while another process has the dataset: they are long", {
      limit: MAX_COPY_BYTES,
      actual: bytes.length,
      hint: "stop `tinman mesh start`, and ask again",
    });
  },

  search(
    { tables }: MeshHost,
    { words, limit = 100 }: { readonly words: string; readonly limit?: number | undefined },
  ): { readonly hits: readonly SearchHit[] } {
    return { hits: tables.ask((view) => view.search(words, { limit })) };
  },
};

/**
 * Rows of a query. It runs in this process, on a copy when another one has the dataset: SQLite cannot be stopped from
 * inside, so a query without an end would hold that one up for ever.
 */
export async function queryTables(mesh: Mesh, sql: string, tables: TablesPlace): Promise<readonly SqlRow[]> {
  if (!mesh.isRemote) return (await mesh.ask("query", { sql })).rows;
  refuseChange(sql);
  const { base64 } = await mesh.ask("copyTables", {});
  using database = tables.openCopy(Uint8Array.fromBase64(base64));
  return run(database, sql);
}

function run(tables: { query(sql: string): readonly SqlRow[] }, sql: string): readonly SqlRow[] {
  refuseChange(sql);
  try {
    return tables.query(sql);
  } catch (cause) {
    if (isDatabaseLost(cause) || isTinmanError(cause, "USAGE") || isTinmanError(cause, "TOO_LARGE")) throw cause;
    throw fail(String((cause as Error).message).replace(/^Cannot read .*?(?:tables\.sqlite|:memory:): /, ""), cause);
  }
}

// Others would change how the next one is answered: BEGIN, ATTACH, PRAGMA.
function refuseChange(sql: string): void {
  if (/^(?:\s|--.*\n|\/\*[^]*?\*\/|\()*(?:SELECT|WITH|VALUES|EXPLAIN)\b/i.test(sql)) return;
  throw fail("it begins with none of SELECT, WITH, VALUES, EXPLAIN");
}

function fail(why: string, cause?: unknown): TinmanError {
  return new TinmanError("USAGE", `Cannot run the query: ${why}`, {
    argument: "SQL",
    cause,
    hint: "it can only read: records, fields, notes, attachments, history, conflicts, texts, search",
  });
}
