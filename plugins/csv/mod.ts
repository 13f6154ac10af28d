/**
 * Messages to a table and back, as RFC 4180 has it.
 *
 * @module
 */
import { definePlugin, type PluginContext } from "tinman/plugin";
import { Appender, failure, readPieces } from "./file.ts";
import { type Row, RowParser, valueOf } from "./parse.ts";
import { cellOf, columnsOf, formatRow } from "./row.ts";

export default definePlugin({ nodes: { sink, source } });

/** Writes a row for each message. The columns stand in the first row, and do not change after it. */
async function sink(context: PluginContext): Promise<void> {
  const { append = false, bom = false, guard = true } = context.config as Record<string, boolean>;
  const [path, delimiter] = [pathOf(context), delimiterOf(context)];
  const { values } = context.in;
  if (values === undefined) throw failure("CONFIG", 'Cannot write: the input "values" is not connected');
  // Before the file is opened: one that is there with other columns is left as it is.
  const header = append ? await readHeader(path, delimiter) : undefined;
  let columns = columnsFrom(context);
  if (columns !== undefined) checkColumns(columns);
  await using file = await Appender.open(path, { append });
  if (columns !== undefined) await begin(columns);
  let others = 0;
  for await (const value of values) {
    if (columns === undefined) await begin(columns = columnsOf(value));
    noticeOthers(value, columns);
    await file.push(formatRow(columns.map((column) => cellOf(value, column)), { delimiter, guard }));
  }
  await file.close();
  if (others > 0) context.log.warn(`${others} messages had fields without a column in ${path}`);

  async function begin(columns: readonly string[]): Promise<void> {
    checkColumns(columns);
    if (header === undefined) await file.push((bom ? "\ufeff" : "") + formatRow(columns, { delimiter, guard }));
  }

  function checkColumns(wanted: readonly string[]): void {
    if (header === undefined) return;
    if (formatRow(header, { delimiter, guard: false }) === formatRow(wanted, { delimiter, guard })) return;
    throw failure("CONFIG", `Cannot write ${path}: its columns are ${header.join(", ")}, not ${wanted.join(", ")}`);
  }

  function noticeOthers(value: unknown, known: readonly string[]): void {
    const unknown = columnsOf(value).find((column) => !known.includes(column) && !hasOuter(column, known));
    if (unknown === undefined) return;
    if (++others === 1) context.log.warn(`The field "${unknown}" has no column in ${path} and is left out`);
  }
}

/** Publishes an object for each row, then ends. */
async function source(context: PluginContext): Promise<void> {
  const { maxRow = 1 << 20, types = "auto" } = context.config as { maxRow?: number; types?: string };
  const path = pathOf(context);
  let columns = columnsFrom(context);
  for await (const row of readRows(path, { delimiter: delimiterOf(context), maxRow }, context.signal)) {
    if (columns === undefined) {
      columns = namesOf(row, path);
      continue;
    }
    if (row.cells.length !== columns.length) {
      const counts = `${row.cells.length} cells, there are ${columns.length} columns`;
      throw failure("CODEC", `Cannot read ${path}, line ${row.line}: ${counts}`);
    }
    const cells = row.cells.map((cell) => types === "text" ? cell.text : valueOf(cell));
    await context.out.values?.publish(Object.fromEntries(columns.map((column, i) => [column, cells[i]])));
  }
}

async function* readRows(
  path: string,
  options: { readonly delimiter: string; readonly maxRow: number },
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const parser = new RowParser(options);
  try {
    for await (const piece of readPieces(path, signal)) yield* parser.push(decoder.decode(piece, { stream: true }));
    if (signal.aborted) return;
    yield* parser.push(decoder.decode());
    yield* parser.end();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RangeError) throw failure("TOO_LARGE", `Cannot read ${path}: ${message}`, error);
    if (error instanceof SyntaxError) throw failure("CODEC", `Cannot read ${path}: ${message}`, error);
    if (error instanceof TypeError) throw failure("CODEC", `Cannot read ${path}: it is not UTF-8`, error);
    throw error;
  }
}

/** The columns of a file that is there; undefined when it is not, or is empty. */
async function readHeader(path: string, delimiter: string): Promise<readonly string[] | undefined> {
  try {
    for await (const row of readRows(path, { delimiter, maxRow: 1 << 20 }, new AbortController().signal)) {
      return row.cells.map(({ text }) => text);
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== "NOT_FOUND") throw error;
  }
  return undefined;
}

function namesOf({ cells, line }: Row, path: string): readonly string[] {
  const names = cells.map(({ text }) => text);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw failure("CODEC", `Cannot read ${path}, line ${line}: two columns are named "${twice}"`);
  }
  return names;
}

function hasOuter(column: string, known: readonly string[]): boolean {
  return known.some((each) => column.startsWith(`${each}.`));
}

function columnsFrom({ config: { columns } }: PluginContext): readonly string[] | undefined {
  if (columns === undefined || Array.isArray(columns) && columns.length === 0) return undefined;
  const isNames = Array.isArray(columns) && columns.every((each) => typeof each === "string");
  if (!isNames || new Set(columns).size < columns.length) {
    throw failure("CONFIG", "Cannot use columns: they are not a list of different names");
  }
  return columns;
}

function delimiterOf({ config: { delimiter = "," } }: PluginContext): string {
  if (typeof delimiter === "string" && /^[^"\r\n]$/.test(delimiter)) return delimiter;
  throw failure(
    "CONFIG",
    `Cannot use delimiter ${JSON.stringify(delimiter)}: it is not one character, or a quote or line end`,
  );
}

function pathOf({ config: { path } }: PluginContext): string {
  if (typeof path !== "string" || path === "") {
    throw failure("CONFIG", `Cannot open the file: path is ${path}, not text`);
  }
  return path;
}
