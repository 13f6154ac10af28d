import { TinmanError } from "../../errors/mod.ts";
import {
  type CopyFrom,
  copyRecording,
  type CopyReport,
  openRecording,
  type Recording,
  type VerifyReport,
  verifySteps,
} from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { compressFlag, readCompress } from "../compress_flag.ts";
import { printFindings, readFinding } from "../findings.ts";
import { count, formatBytes } from "../output.ts";
import { LongJob } from "../progress.ts";
import {
  boundsOf,
  channelsFlag,
  chooseAmong,
  findRecordingFolder,
  rangeFlags,
  rangeIn,
  recordingArgument,
} from "../recordings.ts";
import { clean } from "../style.ts";

/** `tinman log copy` */
export const logCopy = defineCommand({
  name: "log copy",
  summary: "Copy recordings: a part, some channels, merged, as .mcap",
  about:
    "Several FROM are merged by time. Frames and their times stay as they are; TO is verified before this ends, and " +
    "nothing of it is left when it fails or is ended by Ctrl-C. A copy of the whole time can be replayed as exactly as " +
    "its source by all nodes whose channels are in it, replay --verify too. A part of the time begins with the last " +
    "values of latched channels, and its replay goes by the recorded times alone: what nodes observed counts from the " +
    "beginning of a run and is left out, as it is when runs are merged. Parts of one run (run --split) are put together: " +
    "from the first on they are the whole run again.",
  args: [
    { ...recordingArgument, name: "FROM", repeat: true },
    {
      name: "TO",
      summary: "the new recording, where nothing is yet: a folder, or one MCAP file when it ends in .mcap",
      completes: "folder",
    },
  ],
  flags: {
    channels: channelsFlag,
    ...rangeFlags,
    compress: compressFlag,
    rename: {
      type: "list",
      value: "A=B",
      summary: "Call channel A B; 2:A=B only in the second FROM",
    },
  },
  examples: [
    ["tinman log copy latest run.mcap", "one file for Foxglove and other tools; and back: log copy run.mcap folder"],
    ["tinman log copy latest run.mcap --compress", "a smaller one, which these tools read as well"],
    ["tinman log copy latest crash --from -30s", "the last half minute"],
    ["tinman log copy latest small -c 'gps*,imu' --to 50%", "some channels of the first half"],
    ["tinman log copy run.mcap run-2.mcap run-3.mcap whole", "the parts of a run (run --split) as one again"],
    ["tinman log copy boat shore both --rename 2:gps=gps_shore", "two recordings as one"],
  ],
  exits: {
    1: "the disk is full",
    3: "a recording or a channel is not there",
    5: "a recording is damaged (see log recover), or the copy does not verify",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { args, flags, io, out, path } = context;
    const names = args.slice(0, -1);
    if (/\.(csv|jsonl|ndjson)$/i.test(args.at(-1)!)) {
      throw new TinmanError("USAGE", `Cannot copy to ${args.at(-1)}: a recording is a folder or an .mcap file`, {
        argument: "TO",
        hint: "tinman log export writes tables and lines of JSON",
      });
    }
    const compress = readCompress(flags.compress, {
      place: args.at(-1)!,
      fix: `name a file: ${args.at(-1)!.replace(/\/+$/, "")}.mcap`,
    });
    const to = path(args.at(-1)!);
    const { from, channels, range, bounds } = look(names, context as Context, flags);
    using job = new LongJob(context as Context, { verb: "copying", bounds });
    let report: CopyReport | undefined;
    let verify: VerifyReport;
    try {
      report = await copyRecording(io.files, withNames(from, flags.rename), {
        to,
        channels,
        ...range,
        ...compress,
        signal: job.signal,
        onProgress: ({ frames, timeNs }) => job.step(frames, timeNs),
      });
      verify = await job.finish("reading it again", verifySteps(io.files, to));
    } catch (error) {
      const left = report === undefined ? "nothing is left of the copy" : "the copy is whole, and was not read again";
      const exit = error === job.signal.reason ? job.exitCode(left) : undefined;
      if (exit === undefined) throw error;
      return exit;
    }
    print(report, verify, context as Context);
    if (report.moved > 0) {
      out.note(`${count(report.moved, "frame")} had the time of another one: now a nanosecond later`);
    }
    for (const name of report.plain) {
      out.note(
        out.paintError("yellow", `warning: ${clean(name)}: a folder cannot say its encoding; an .mcap keeps it`),
      );
    }
    return verify.ok ? 0 : 5;
  },
});

/** What the flags mean in these recordings. */
function look(names: readonly string[], context: Context, { channels: globs, from, to }: {
  readonly channels: readonly string[];
  readonly from: Parameters<typeof rangeIn>[1]["from"];
  readonly to: Parameters<typeof rangeIn>[1]["to"];
}) {
  const { io, out } = context;
  using opened = new DisposableStack();
  const recordings: Recording[] = names.map((name) =>
    opened.use(openRecording(io.files, findRecordingFolder(name, context)))
  );
  for (const { problems, folder } of recordings) {
    for (const problem of problems) out.note(out.paintError("yellow", `warning: ${clean(folder)}: ${clean(problem)}`));
  }
  const all = recordings.map((each) => boundsOf(each));
  const bounds = {
    firstNs: all.map(({ firstNs }) => firstNs).reduce((a, b) => a < b ? a : b),
    lastNs: all.map(({ lastNs }) => lastNs).reduce((a, b) => a > b ? a : b),
  };
  const range = rangeIn(bounds, { from, to });
  const { fromNs = bounds.firstNs, toNs = bounds.lastNs } = range;
  return {
    from: recordings.map(({ folder }) => folder),
    channels: globs.length === 0 ? undefined : chooseAmong(recordings, globs).map(({ name }) => name),
    range,
    bounds: { firstNs: fromNs, lastNs: toNs },
  };
}

/** `--rename A=B` in all recordings that have A, `--rename 2:A=B` in the second one. */
function withNames(from: readonly string[], renames: readonly string[]): CopyFrom[] {
  const read = renames.map((text) => {
    const [, number, old, name] = /^(?:(\d+):)?([^=]+)=(.+)$/.exec(text) ?? [];
    const which = number === undefined ? undefined : Number(number);
    if (old !== undefined && name !== undefined && (which === undefined || which >= 1 && which <= from.length)) {
      return { which, old, name };
    }
    throw new TinmanError("USAGE", `Cannot read --rename "${text}": it is OLD=NEW, or N:OLD=NEW for the N-th FROM`, {
      argument: "--rename",
      hint: `--rename gps=gps_boat${from.length > 1 ? `; N is from 1 to ${from.length}` : ""}`,
    });
  });
  return from.map((path, i) => {
    const own = read.filter(({ which }) => which === undefined || which === i + 1);
    return { path, rename: Object.fromEntries(own.map(({ old, name }) => [old, name])) };
  });
}

function print(report: CopyReport, verify: VerifyReport, context: Context): void {
  const { out, settings } = context;
  const { channels, to } = report;
  if (settings.json) return out.json({ v: 1, ...report, verify });
  const rows = channels.map(({ name, frames, bytes }) => [name, frames.toLocaleString("en-US"), formatBytes(bytes)]);
  out.table(["channel", "frames", "bytes"], rows, { right: ["frames", "bytes"] });
  const wrong = verify.findings.filter(({ severity }) => severity !== "info").map(readFinding);
  if (wrong.length > 0) printFindings(wrong, context);
  const frames = channels.reduce((sum, each) => sum + each.frames, 0);
  out.line(`${verify.ok ? "whole" : "damaged"}: ${count(frames, "frame")} in ${clean(to)}, read again`);
}
