import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { Exporter, type Written } from "../exporter.ts";
import { type ExportFormat, exportTargets, ExportTexts, formatOf } from "../export_targets.ts";
import { count } from "../output.ts";
import { LongJob } from "../progress.ts";
import {
  boundsOf,
  channelsFlag,
  chooseChannels,
  openDecodedArgument,
  rangeFlags,
  rangeOf,
  recordingArgument,
} from "../recordings.ts";
import { clean } from "../style.ts";

/** `tinman log export` */
export const logExport = defineCommand({
  name: "log export",
  summary: "Write values as tables for a spreadsheet, or as lines of JSON",
  about:
    "A table (CSV) has a row for each frame: time_ns, time, and a column for each field, those inside others with dots " +
    "(pose.x). Lists of one length up to 16 are a column for each item (pose.0), other lists JSON in one cell, bytes " +
    "are hex; a frame of codec table is a row for each of its own. Text that a spreadsheet would take for a formula gets " +
    "a ' in front. Frames are read twice, because the columns are known when all were seen; memory is for a few of them. " +
    "A line of JSON is what log cat --json prints. Frames that do not decode are there as bytes, and the exit code is 5.",
  args: [recordingArgument],
  flags: {
    output: {
      type: "string",
      short: "o",
      value: "PLACE",
      default: "-",
      summary: "A file (.csv, .jsonl), a folder that gets a file for each channel, or - for stdout",
    },
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      choices: ["csv", "jsonl"],
      summary: "csv or jsonl (default as PLACE ends, else csv)",
    },
    channels: channelsFlag,
    ...rangeFlags,
    force: { type: "boolean", summary: "Write files anew that are there" },
  },
  examples: [
    ["tinman log export latest -c gps -o gps.csv", "one channel as a table"],
    ["tinman log export latest -o tables --from 50%", "a table for each channel, of the second half"],
    ["tinman log export latest -f jsonl | jq .value", "all channels by time, a line for each frame"],
  ],
  exits: {
    1: "the disk is full",
    3: "the recording or a channel is not there",
    5: "a frame did not decode, or bytes are damaged",
    130: "ended by Ctrl-C: no file is left",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { args: [name], flags, settings } = context;
    const all = context as Context;
    const { output = "-" } = flags;
    const format = (flags.format ?? formatOf(output) ?? "csv") as ExportFormat;
    if (settings.json && output === "-") {
      throw new TinmanError("USAGE", "Cannot print values and --json at once: both go to stdout", {
        hint: "name a file with -o, or leave out --json; lines of JSON are --format jsonl",
      });
    }
    using recording = await openDecodedArgument(name!, context);
    const channels = chooseChannels(recording, flags.channels).map((each) => each.name);
    const targets = exportTargets(channels, { output, format, force: flags.force }, context);
    const range = rangeOf(recording, flags);
    const { firstNs, lastNs } = boundsOf(recording);
    const bounds = { firstNs: range.fromNs ?? firstNs, lastNs: range.toNs ?? lastNs };
    using job = new LongJob(all, { verb: "exporting", bounds });
    using texts = new ExportTexts(all);
    const work = new Exporter(recording, { job, texts, read: { channels, ...range } });
    try {
      const written = format === "csv" ? await work.tables(targets) : await work.lines(targets);
      texts.close();
      job[Symbol.dispose]();
      report(written, work, { format, context: all });
      return work.undecoded > 0 ? 5 : 0;
    } catch (error) {
      const exit = error === job.signal.reason ? job.exitCode("no file is left") : undefined;
      if (exit === undefined) throw error;
      return exit;
    }
  },
});

function report(
  written: readonly Written[],
  { undecoded, problem }: Exporter,
  { format, context: { out, settings } }: { readonly format: ExportFormat; readonly context: Context },
): void {
  if (settings.json) {
    out.json({ v: 1, format, undecoded, files: written.map(({ path, channels, rows }) => ({ path, channels, rows })) });
  }
  const noun = format === "csv" ? "row" : "line";
  for (const { path, rows } of written) {
    if (path !== undefined && !settings.json) out.note(`${clean(path)}: ${count(rows, noun)}`);
  }
  if (written.length === 0) out.note("no channels");
  if (undecoded > 0) {
    const why = problem instanceof TinmanError && problem.hint !== undefined ? ` (${problem.hint})` : "";
    out.problem(`${count(undecoded, "frame")} did not decode: ${clean((problem?.message ?? "") + why)}`);
  }
}
