import { TinmanError } from "../../errors/mod.ts";
import { createRecordingSource } from "../../inspector/mod.ts";
import type { Recording } from "../../log/mod.ts";
import { Graph, type ReplayOptions, type ReplayReport } from "../../runtime/mod.ts";
import type { Observed } from "../../telemetry/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { Flags, FlagValues } from "../flags.ts";
import { inspectFlags, readInspectFlags } from "../inspect_flags.ts";
import { isKafkaUrl } from "../kafka_url.ts";
import { keysHelp } from "../keys.ts";
import { loadGraph } from "../load.ts";
import { count, type Output } from "../output.ts";
import { createPrinter } from "../printer.ts";
import {
  boundsOf,
  channelsFlag,
  chooseChannels,
  openDecoded,
  openRecordingArgument,
  rangeFlags,
  rangeOf,
  recordingArgument,
  RECORDINGS,
} from "../recordings.ts";
import { replayedChanges } from "../replay_changes.ts";
import { replayToKafka } from "../replay_to_kafka.ts";
import { ReplayView } from "../replay_view.ts";
import { RunInspector } from "../run_inspector.ts";
import { chooseNodes, printStats, recordingSummary, Session } from "../session.ts";
import { clean } from "../style.ts";
import { formatDuration, parseTime, type TimeSpec } from "../time.ts";
import { printVerdict } from "../verdict.ts";
import { fileArgument, graceFlag, recordFlag } from "./run.ts";

const flags = {
  speed: {
    type: "string",
    short: "s",
    value: "X",
    summary: "A multiple of the recorded pace, or max (default max; 1 without FILE)",
  },
  ...rangeFlags,
  to: {
    type: "each",
    value: "TIME|URL",
    summary: "End before this time; or kafka://HOST:PORT[/PREFIX]: send the channels to topics (give both for both)",
  },
  loop: { type: "optional", value: "N", summary: "Play it N times, or for ever" },
  channels: channelsFlag,
  remap: { type: "list", value: "A=B", summary: "Feed recorded channel A into channel B of the graph" },
  verify: { type: "boolean", summary: "Compare with what was recorded; exit 6 at the first difference" },
  record: recordFlag,
  grace: graceFlag,
  only: { type: "list", value: "NODE", summary: "Run only these nodes" },
  sources: { type: "boolean", summary: "Run nodes without inputs too" },
  stats: { type: "boolean", summary: "Print a table of what went through each channel" },
  ...inspectFlags,
} as const satisfies Flags;

/** `tinman replay` */
export const replay = defineCommand({
  name: "replay",
  summary: "Run nodes on a recording; --verify compares what comes out",
  about:
    "Channels that none of the nodes produces come from the recording. Nodes without inputs (sensors) are left out if the " +
    "recording has what they produce, unless --sources is given. Without FILE the recording is printed as it plays, with --json as one object a line. " +
    keysHelp,
  args: [recordingArgument, { ...fileArgument, optional: true }],
  flags,
  examples: [
    ["tinman replay latest nodes.ts --verify", "does today's code do what it did then?"],
    ["tinman replay latest nodes.ts:planner --speed 1", "one node, at the pace of life"],
    ["tinman replay runs/7 --from 50% --speed 2", "print the second half, twice as fast"],
    ["tinman replay runs/7 --to kafka://127.0.0.1:9092 --speed max", "send its channels to topics"],
  ],
  exits: {
    1: "a node failed",
    3: "the recording, a channel, the file or a node is not there",
    5: "the recording is damaged, or a frame does not decode",
    6: "--verify found a difference",
    124: "a node did not end in time",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { args: [name, ...files], flags, out, settings } = context;
    const all = context as Context;
    using recording = openRecordingArgument(name!, context);
    for (const problem of recording.problems) out.note(out.paintError("yellow", `warning: ${clean(problem)}`));
    const url = flags.to.find(isKafkaUrl);
    if (url !== undefined) return await sendTo(url, recording, context);
    const printing = files.length === 0;
    using session = new Session(all, printing || flags.verify || flags.stats || settings.json);
    const options = readOptions(recording, context);
    const observe = replayedChanges(recording, all);
    const { graph, remap } = files.length === 0 ? createPrinter(chooseChannels(recording, flags.channels), all) : {
      graph: withoutSources(chooseNodes(await loadGraph(files, context, observe), flags.only), recording, context),
      remap: undefined,
    };
    if (flags.verify) checkVerify(graph, recording);
    using view = new ReplayView(all, boundsOf(recording));
    const wish = readInspectFlags(flags);
    using recorded = wish === undefined ? undefined : await openRecorded(recording.folder, all);
    await using inspector = await RunInspector.open(wish, all, {
      ...{ name: recording.folder, kind: "replay", recorded: recorded?.source },
    });
    const report = await graph.replay(recording.folder, inspector.within(session.environment), {
      ...options,
      ...inspector.options(remap),
      ...(remap !== undefined && { remap }),
      ...(options.speed === undefined && { speed: printing ? 1 : "max" as const }),
      onVerify: inspector.compare,
      onControl: (control) => {
        inspector.steer(control, boundsOf(recording));
        view.start(control);
      },
      onProgress: (timeNs, frames) => view.progress(timeNs, frames),
    });
    out.settle();
    if (settings.json && !printing) out.json({ v: 1, ...report });
    else if (flags.stats && !printing) printStats(report.channels, all);
    if (report.verify !== undefined && !settings.json) printVerdict(report.verify, boundsOf(recording).firstNs, out);
    note(report, out);
    if (wish !== undefined && report.stopped === "ended") {
      view[Symbol.dispose]();
      await lookOn(all);
    }
    const exit = session.exitCode(report);
    return exit === 0 && report.verify?.divergence !== undefined ? 6 : exit;
  },
});

/** What is replayed, to look at beside it. */
async function openRecorded(folder: string, context: Context): Promise<{ readonly source: Observed } & Disposable> {
  const { files, environment: { clock } } = context.io;
  const opened = await openDecoded(folder, context);
  return { source: createRecordingSource(opened, { files, clock }), [Symbol.dispose]: () => opened.close() };
}

/** Who looks at the page of a replay that is over goes on looking. Without a terminal nobody could end it, so it ends. */
async function lookOn({ io, out }: Context): Promise<void> {
  const ended = Promise.withResolvers<void>();
  if (!io.stderr.isTerminal || io.environment.onSignals === undefined) return;
  using _signals = io.environment.onSignals(() => ended.resolve());
  out.note("it is over; the page stays until Ctrl-C");
  await ended.promise;
}

type ReplayFlags = FlagValues<typeof flags>;

function readOptions(recording: Recording, { flags, path }: Context<ReplayFlags>): ReplayOptions {
  const { from, loop, channels, remap, verify, record, stats } = flags;
  return {
    verify,
    stats,
    ...rangeOf(recording, { from, to: endOf(flags) }),
    ...(flags.speed !== undefined && { speed: readSpeed(flags.speed) }),
    ...(flags.grace !== undefined && { graceMs: flags.grace }),
    ...(loop !== undefined && { loop: loop === true ? true : readLoop(loop) }),
    ...(channels.length > 0 && { channels }),
    ...(remap.length > 0 && { remap: readRemap(remap) }),
    ...(record !== undefined && { record: path(record === true ? RECORDINGS : record) }),
  };
}

/** The time that `--to` names, if it names one. */
function endOf({ to }: ReplayFlags): TimeSpec | undefined {
  const times = to.filter((text) => !isKafkaUrl(text));
  if (times.length > 1) throw new TinmanError("USAGE", "Cannot replay to two times: --to is given twice", {});
  return times.length === 0 ? undefined : parseTime(times[0]!);
}

/** `--to kafka://…` */
async function sendTo(url: string, recording: Recording, context: Context<ReplayFlags>): Promise<number> {
  const { args: [, ...files], flags } = context;
  if (files.length > 0 || flags.verify || flags.loop !== undefined || flags.record !== undefined) {
    throw new TinmanError(
      "USAGE",
      "Cannot send to a Kafka and run nodes: leave out FILE, --verify, --loop and --record",
      {
        argument: "--to",
      },
    );
  }
  const range = rangeOf(recording, { from: flags.from, to: endOf(flags) });
  const speed = flags.speed === undefined ? 1 : readSpeed(flags.speed);
  return await replayToKafka(recording, context, { url, channels: flags.channels, range, speed });
}

function readSpeed(text: string): number | "max" {
  if (text === "max") return text;
  const speed = Number(text.replace(/x$/, ""));
  if (text.trim() !== "" && speed > 0 && Number.isFinite(speed)) return speed;
  throw new TinmanError("USAGE", `Cannot replay at speed "${text}": it is a number above 0, or max`, {
    hint: "--speed 1 is the pace of life, --speed 0.5 half of it",
  });
}

function readLoop(text: string): number {
  const times = Number(text);
  if (Number.isSafeInteger(times) && times > 0) return times;
  throw new TinmanError("USAGE", `Cannot loop "${text}" times: it is a whole number from 1 up`, {
    hint: "--loop alone plays for ever",
  });
}

function readRemap(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [recorded, channel, ...rest] = pair.split("=");
    if (recorded && channel && rest.length === 0) return [channel, recorded];
    throw new TinmanError("USAGE", `Cannot read --remap "${pair}": it is RECORDED=CHANNEL`, {
      hint: "--remap camera_left=camera feeds the recorded camera_left into the channel camera",
    });
  }));
}

/** The graph without the nodes that have no inputs, where the recording has what they produce. */
function withoutSources(graph: Graph, recording: Recording, { out, flags }: Context<ReplayFlags>): Graph {
  if (flags.sources) return graph;
  const recorded = new Set(recording.channels.map(({ name }) => name));
  const { nodes } = graph.toJSON();
  // What goes into a pipeline of events stands in its file: it is no sensor, and does the same again.
  const replaced = nodes.filter(({ inputs, outputs, parts }) =>
    inputs.length === 0 && outputs.length > 0 && outputs.every((name) => recorded.has(name)) && parts === undefined
  );
  if (replaced.length === 0) return graph;
  for (const { name, outputs } of replaced) {
    out.note(`${clean(name)} does not run: ${clean(outputs.join(", "))} comes from the recording`);
  }
  if (replaced.length === nodes.length) {
    throw new TinmanError("USAGE", "Cannot replay: all that these nodes do is in the recording already", {
      hint: "add --sources to run nodes without inputs, or name a node that reads a channel",
    });
  }
  return Graph.of(...graph.nodes.filter(({ name }) => !replaced.some((each) => each.name === name)));
}

function checkVerify(graph: Graph, recording: Recording): void {
  const recorded = new Set(recording.channels.map(({ name }) => name));
  if (graph.toJSON().nodes.some(({ outputs }) => outputs.some((name) => recorded.has(name)))) return;
  throw new TinmanError("USAGE", "Cannot verify: no node publishes to a channel that was recorded", {
    hint: "name the file with the nodes that ran when it was recorded",
  });
}

function note({ frames, elapsedMs, played, ...report }: ReplayReport, out: Output): void {
  const from = played.length === 0
    ? ": these nodes take nothing from the recording,"
    : ` of ${played.map(clean).join(", ")}`;
  out.note(`played ${count(frames, "frame")}${from} in ${formatDuration(elapsedMs)}`);
  const recorded = recordingSummary({ ...report, elapsedMs });
  if (recorded !== undefined) out.note(recorded);
}
