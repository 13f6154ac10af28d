import type { Decoded } from "../../codec/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { type Frame, groupFrames, type Recording } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { ChannelTable } from "../export_table.ts";
import { type ExportFormat, type ExportTarget, exportTargets, ExportTexts, formatOf } from "../export_targets.ts";
import { FrameDecoder, toFrameJson } from "../frame_decoder.ts";
import { count, toJson } from "../output.ts";
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
import { formatTime } from "../time.ts";

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
    const work = new Export(recording, { job, texts, read: { channels, ...range } });
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

/** What went to one target. */
interface Written extends ExportTarget {
  readonly rows: number;
}

interface ExportOptions {
  readonly job: LongJob;
  readonly texts: ExportTexts;
  readonly read: { readonly channels: readonly string[]; readonly fromNs?: bigint; readonly toNs?: bigint };
}

class Export {
  /** How many frames do not decode, and why the first one does not. */
  undecoded = 0;
  problem: Error | undefined;
  readonly #recording: Recording;
  readonly #options: ExportOptions;
  readonly #decoder: FrameDecoder;

  constructor(recording: Recording, options: ExportOptions) {
    [this.#recording, this.#options] = [recording, options];
    this.#decoder = new FrameDecoder((channel) => recording.codec(channel));
  }

  /** A table for each target. */
  async tables(targets: readonly ExportTarget[]): Promise<Written[]> {
    const tables = new Map(targets.map(({ channels: [name] }) => {
      const info = this.#recording.channels.find((each) => each.name === name);
      return [name!, new ChannelTable({ isTable: info?.codec?.codec === "table" })];
    }));
    await this.#each({ part: 0, of: 0.4 }, ({ channel }, decoded) => tables.get(channel)!.see(decoded));
    [this.undecoded, this.problem] = [0, undefined];
    const outputs = new Map(targets.map((target) => [target.channels[0]!, this.#options.texts.open(target)]));
    for (const [name, table] of tables) outputs.get(name)!(table.header());
    await this.#each({ part: 0.4, of: 0.6 }, (frame, decoded) => {
      outputs.get(frame.channel)!(tables.get(frame.channel)!.lines(frame, decoded));
    });
    return targets.map((target) => ({ ...target, rows: tables.get(target.channels[0]!)!.rows }));
  }

  /** Lines of JSON. */
  async lines(targets: readonly ExportTarget[]): Promise<Written[]> {
    const counts = targets.map((target) => ({ ...target, rows: 0 }));
    const byChannel = new Map(counts.flatMap((target) => {
      const write = this.#options.texts.open(target);
      return target.channels.map((name) => [name, { target, write }] as const);
    }));
    await this.#each({}, (frame, decoded) => {
      const { target, write } = byChannel.get(frame.channel)!;
      target.rows++;
      write(`${toJson(toFrameJson(frame, { time: formatTime(frame.timeNs), decoded }))}\n`);
    });
    return counts;
  }

  async #each(
    share: { readonly part?: number; readonly of?: number },
    take: (frame: Frame, decoded: Decoded<unknown>) => void,
  ): Promise<void> {
    const { job, read } = this.#options;
    if (read.channels.length === 0) return;
    let [frames, since] = [0, 0];
    for (const group of groupFrames(this.#recording.frames(read))) {
      const decoded = await this.#decoder.decode(group);
      for (const [i, frame] of group.entries()) {
        const { error } = decoded[i]!;
        if (error !== undefined) this.#notice(error);
        take(frame, decoded[i]!);
      }
      frames += group.length;
      if (frames - since < TURN_FRAMES) continue;
      since = frames;
      await job.step(frames, group.at(-1)!.timeNs, share);
      job.signal.throwIfAborted();
    }
  }

  #notice(error: Error): void {
    this.undecoded++;
    this.problem ??= error;
  }
}

const TURN_FRAMES = 4096;

function report(
  written: readonly Written[],
  { undecoded, problem }: Export,
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
