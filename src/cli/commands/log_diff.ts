import { type ChannelDiff, decodeFrame, diffRecordings, type Frame, type Recording } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { count } from "../output.ts";
import { LongJob } from "../progress.ts";
import {
  boundsOf,
  channelsFlag,
  chooseAmong,
  openDecodedArgument,
  rangeFlags,
  rangeOf,
  recordingArgument,
} from "../recordings.ts";
import { clean } from "../style.ts";
import { formatTime } from "../time.ts";
import { formatValue } from "../value.ts";

/** `tinman log diff` */
export const logDiff = defineCommand({
  name: "log diff",
  summary: "Compare two recordings, and show where each channel parts",
  about:
    "The n-th frame of a channel is compared with the n-th in the other, byte by byte; --from and --to count in each " +
    "from its own beginning. What was recorded is compared with what today's code makes of it by replay --verify.",
  args: [{ ...recordingArgument, name: "A" }, { ...recordingArgument, name: "B", summary: "another one" }],
  flags: {
    channels: channelsFlag,
    ...rangeFlags,
    times: { type: "boolean", summary: "The times of frames, too: a copy has the same, another run has not" },
  },
  examples: [
    ["tinman log diff recordings/before recordings/after", "what did the change change?"],
    ["tinman log diff latest /media/usb/run.mcap --times", "is it a copy?"],
  ],
  exits: {
    3: "a recording or a channel is not there",
    5: "bytes are damaged",
    6: "they differ",
    130: "ended by Ctrl-C",
  },
  json: "object",
  async run(context) {
    const { args: [nameA, nameB], flags } = context;
    const all = context as Context;
    using a = await openDecodedArgument(nameA!, context);
    using b = await openDecodedArgument(nameB!, context);
    const channels = flags.channels.length === 0
      ? undefined
      : chooseAmong([a, b], flags.channels).map(({ name }) => name);
    const ranges = { a: rangeOf(a, flags), b: rangeOf(b, flags) };
    using job = new LongJob(all, { verb: "comparing", bounds: boundsOf(a) });
    try {
      const diffs = await job.finish("comparing", diffRecordings(a, b, { channels, ranges, times: flags.times }));
      if (context.settings.json) context.out.json({ v: 1, ...toObject(diffs, { a, b }) });
      else print(diffs, { a, b }, all);
      return diffs.some(({ kind }) => kind !== undefined) ? 6 : 0;
    } catch (error) {
      const exit = error === job.signal.reason ? job.exitCode("not compared to the end") : undefined;
      if (exit === undefined) throw error;
      return exit;
    }
  },
});

const verdicts: Readonly<Record<NonNullable<ChannelDiff["kind"]>, string>> = {
  channel: "",
  codec: "another codec",
  value: "differs",
  time: "another time",
  length: "one ends early",
};

interface Pair {
  readonly a: Recording;
  readonly b: Recording;
}

function print(diffs: readonly ChannelDiff[], pair: Pair, { out }: Context): void {
  const text = (frames: number | undefined) => frames?.toLocaleString("en-US") ?? "–";
  const rows = diffs.map(({ name, frames, equal, kind }) => {
    const where = `only in ${frames.a === undefined ? "B" : "A"}`;
    const verdict = kind === undefined ? "same" : kind === "channel" ? where : verdicts[kind];
    return [name, text(frames.a), text(frames.b), text(equal), verdict];
  });
  out.table(["channel", "A", "B", "equal", "verdict"], rows, { right: ["A", "B", "equal"] });
  for (const { name, kind, equal, first } of diffs) {
    if (kind === undefined || kind === "channel") continue;
    out.line();
    const red = out.paint("red", "first difference");
    if (kind === "codec") {
      out.line(`${red}: channel "${clean(name)}": ${codecName(pair.a, name)} and ${codecName(pair.b, name)}`);
      continue;
    }
    out.line(`${red}: channel "${clean(name)}", after ${count(equal, "equal frame")}`);
    out.line(`  A  ${frameText(first.a, pair.a)}`);
    out.line(`  B  ${frameText(first.b, pair.b)}`);
  }
  const parted = diffs.filter(({ kind }) => kind !== undefined).length;
  out.note(
    parted === 0
      ? `the same, ${count(diffs.length, "channel")}`
      : `${parted} of ${count(diffs.length, "channel")} differ`,
  );
}

function toObject(diffs: readonly ChannelDiff[], pair: Pair): Record<string, unknown> {
  const frame = (side: Frame | undefined, recording: Recording) =>
    side && { index: side.index, timeNs: side.timeNs, time: formatTime(side.timeNs), value: valueOf(side, recording) };
  return {
    same: diffs.every(({ kind }) => kind === undefined),
    a: pair.a.folder,
    b: pair.b.folder,
    channels: diffs.map(({ name, frames, equal, kind, first }) => {
      const parted = kind !== undefined && { kind, first: { a: frame(first.a, pair.a), b: frame(first.b, pair.b) } };
      return { name, same: kind === undefined, frames, equal, ...parted };
    }),
  };
}

function frameText(frame: Frame | undefined, recording: Recording): string {
  if (frame === undefined) return "nothing more";
  return `frame ${frame.index}, ${formatTime(frame.timeNs)}  ${formatValue(valueOf(frame, recording))}`;
}

/** What a frame says; its bytes where they do not decode. */
function valueOf(frame: Frame, recording: Recording): unknown {
  try {
    return decodeFrame(frame, recording.codec(frame.channel));
  } catch {
    return frame.data;
  }
}

function codecName(recording: Recording, name: string): string {
  return clean(recording.channels.find((each) => each.name === name)?.codec?.codec ?? "none");
}
