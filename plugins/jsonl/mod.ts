/**
 * Messages to a file and back, one JSON text a line (https://jsonlines.org).
 *
 * @module
 */
import { definePlugin, type PluginContext } from "tinman/plugin";
import { Appender, failure, readPieces } from "./file.ts";
import { formatLine, parseLine } from "./json.ts";
import { type Line, Lines } from "./lines.ts";

export default definePlugin({ nodes: { sink, source } });

/** Writes each message to the file. */
async function sink(context: PluginContext): Promise<void> {
  const { values } = context.in;
  if (values === undefined) throw failure("CONFIG", 'Cannot write: the input "values" is not connected');
  await using file = await Appender.open(pathOf(context), { append: context.config.append === true });
  for await (const value of values) await file.push(`${formatLine(value)}\n`);
  await file.close();
}

/** Publishes each line of the file, then ends. Empty lines are passed over. */
async function source(context: PluginContext): Promise<void> {
  const path = pathOf(context);
  const { maxLineBytes = 1 << 20, skipBad = false } = context.config as { maxLineBytes?: number; skipBad?: boolean };
  const lines = new Lines(maxLineBytes);
  let skipped = 0;
  try {
    for await (const piece of readPieces(path, context.signal)) {
      for (const line of lines.push(piece)) await publish(line);
    }
    if (!context.signal.aborted) { for (const line of lines.end()) await publish(line); }
  } catch (error) {
    if (error instanceof RangeError) throw failure("TOO_LARGE", `Cannot read ${path}: ${error.message}`);
    throw error;
  }
  if (skipped > 0) context.log.warn(`${skipped} lines of ${path} are no JSON and were passed over`);

  async function publish({ number, bytes }: Line): Promise<void> {
    let value: unknown;
    try {
      // The first line may begin with a byte order mark, which the decoder leaves out.
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
      if (text.trim() === "") return;
      value = parseLine(text);
    } catch (error) {
      const message = `Cannot read ${path}, line ${number}: ${(error as Error).message}`;
      if (!skipBad) throw failure("CODEC", message, error);
      if (++skipped <= 10) context.log.warn(message);
      return;
    }
    await context.out.values?.publish(value);
  }
}

function pathOf({ config: { path } }: PluginContext): string {
  if (typeof path !== "string" || path === "") {
    throw failure("CONFIG", `Cannot open the file: path is ${path}, not text`);
  }
  return path;
}
