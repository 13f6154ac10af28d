import { basename } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import { verifySteps } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { compressFlag, readCompress } from "../compress_flag.ts";
import { linesOf, rowsOf, textOf } from "../import_lines.ts";
import { framesOfLines, framesOfTable, type ImportedRow } from "../import_rows.ts";
import type { TimeFormat } from "../import_time.ts";
import { ImportWriter } from "../import_writer.ts";
import { count } from "../output.ts";
import { LongJob } from "../progress.ts";
import { clean } from "../style.ts";

/** `tinman log import` */
export const logImport = defineCommand({
  name: "log import",
  summary: "Make a recording of a table or of lines of JSON",
  about:
    "The file becomes one channel: each row a frame with the time of its time column, in the order of the file. A table " +
    "is read as log export writes it: pose.x is x in pose, numbers are numbers, 007 and guarded formulas are text. What " +
    "log export wrote, in either format, needs no flag. Rows of one time are a nanosecond apart.",
  args: [
    { name: "FILE", summary: "a .csv with a header (separated by , ; or tabs), or a .jsonl with an object a line" },
    { name: "TO", summary: "the new recording, where nothing is yet: a folder, or an .mcap file", completes: "folder" },
  ],
  flags: {
    channel: { type: "string", value: "NAME", summary: "What to call the channel (default as FILE is called)" },
    time: { type: "string", value: "FIELD", summary: "The field with the time (default time_ns, time, timestamp, …)" },
    "time-format": {
      type: "string",
      value: "FORMAT",
      choices: ["iso", "s", "ms", "us", "ns"],
      default: "iso",
      summary: "How it is written: as iso 2026-05-01T10:00Z, or a number since 1970",
    },
    text: { type: "list", value: "COLUMN", summary: "Columns of a table that stay text, such as versions" },
    codec: {
      type: "string",
      value: "CODEC",
      choices: ["msgpack", "json"],
      default: "msgpack",
      summary: "What to write it in",
    },
    compress: compressFlag,
    "skip-bad": { type: "boolean", summary: "Leave out rows that cannot be read, and say which" },
  },
  examples: [
    ["tinman log import gps.csv trip --time timestamp --time-format ms", "a table of another program"],
    ["tinman log import notes.jsonl notes.mcap", "lines of JSON, as a file for Foxglove"],
  ],
  exits: {
    1: "the disk is full",
    2: "a row cannot be read; nothing is left of the recording",
    3: "the file is not there",
    6: "--skip-bad left rows out",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { args: [file, place], flags, io, path } = context;
    const all = context as Context;
    const { registry, tool } = io.environment;
    const to = path(place!);
    const compress = readCompress(flags.compress, { place, fix: `name a file: ${place!.replace(/\/+$/, "")}.mcap` });
    if (io.files.stat(to) !== undefined) {
      throw new TinmanError("EXISTS", `Cannot import to ${to}: something is there`, {
        path: to,
        hint: "name a folder or an .mcap file that is not there yet",
      });
    }
    const codec = registry.revive({ codec: flags.codec ?? "msgpack", version: 1 });
    const channel = flags.channel ?? channelOf(file!);
    using job = new LongJob(all, { verb: "importing" });
    const skipBad = flags["skip-bad"];
    using writer = new ImportWriter(io.files, { file: file!, to, channel, codec, tool, skipBad, ...compress });
    try {
      const rows = readRows(file!, all, codec.id === "msgpack");
      await writeRows(rows, writer, job);
      writer.close();
      const { ok } = await job.finish("reading it again", verifySteps(io.files, to));
      report(writer, { to, channel }, all);
      return ok ? writer.bad > 0 ? 6 : 0 : 5;
    } catch (error) {
      const exit = error === job.signal.reason ? job.exitCode("nothing is left of the recording") : undefined;
      if (exit === undefined) throw error;
      return exit;
    }
  },
});

/** The channel that `log export` names a file after. */
function channelOf(file: string): string {
  const stem = basename(file).replace(/\.[^.]*$/, "") || "rows";
  try {
    return decodeURIComponent(stem);
  } catch {
    return stem;
  }
}

function readRows(file: string, { io, path, flags }: Context, bigints: boolean): Iterable<ImportedRow> {
  const { time, "time-format": format, text } = flags as {
    readonly time: string | undefined;
    readonly "time-format": TimeFormat | undefined;
    readonly text: readonly string[];
  };
  const options = { time, format, text, bigints };
  if (/\.mcap$/i.test(file)) {
    throw new TinmanError("USAGE", `Cannot import ${file}: it is a recording already`, {
      argument: "FILE",
      hint: "every command takes it as it is; tinman log copy makes a folder of it",
    });
  }
  const pieces = textOf(io.files, path(file));
  return /\.(jsonl|ndjson|json)$/i.test(file)
    ? framesOfLines(linesOf(pieces), options)
    : framesOfTable(rowsOf(pieces), options);
}

const TURN_ROWS = 4096;

async function writeRows(rows: Iterable<ImportedRow>, writer: ImportWriter, job: LongJob): Promise<void> {
  let left = TURN_ROWS;
  for (const row of rows) {
    writer.write(row);
    if (--left > 0) continue;
    left = TURN_ROWS;
    await job.step(writer.frames);
    job.signal.throwIfAborted();
  }
}

const SHOWN = 10;

function report(
  { frames, bad, moved, problems }: ImportWriter,
  { to, channel }: { readonly to: string; readonly channel: string },
  { out, settings }: Context,
): void {
  if (settings.json) return out.json({ v: 1, to, channel, frames, bad, moved, problems });
  for (const { line, problem } of problems.slice(0, SHOWN)) {
    out.problem(out.paintError("yellow", `left out: line ${line}: ${clean(problem)}`));
  }
  if (bad > SHOWN) out.problem(out.paintError("yellow", `left out: ${count(bad, "row")} in all`));
  if (moved > 0) out.note(`${count(moved, "row")} had the time of the one before: now a nanosecond later`);
  out.note(`${count(frames, "frame")} of channel "${clean(channel)}" in ${clean(to)}, read again`);
}
