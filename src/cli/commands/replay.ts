import { TinmanError } from "../../errors/mod.ts";
import { createRecordingSource } from "../../inspector/mod.ts";
import type { Recording } from "../../log/mod.ts";
import { Graph, JOURNAL_CHANNEL, type ReplayOptions, type ReplayReport } from "../../runtime/mod.ts";
import type { Observed } from "../../telemetry/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { readInspectFlags } from "../inspect_flags.ts";
import { isKafkaUrl } from "../kafka_url.ts";
import { keysHelp } from "../keys.ts";
import { loadGraph } from "../load.ts";
import { count, type Output } from "../output.ts";
import { createPrinter } from "../printer.ts";
import {
  boundsOf,
  chooseChannels,
  openDecoded,
  openRecordingArgument,
  rangeOf,
  recordingArgument,
} from "../recordings.ts";
import { replayedChanges } from "../replay_changes.ts";
import { replayToKafka } from "../replay_to_kafka.ts";
import { endOf, readReplayOptions, readSpeed, type ReplayFlags, replayFlags } from "../replay_flags.ts";
import { ReplayRestarts } from "../replay_restarts.ts";
import { ReplayView } from "../replay_view.ts";
import { RunInspector } from "../run_inspector.ts";
import { chooseNodes, printStats, recordingSummary, Session } from "../session.ts";
import { clean } from "../style.ts";
import { formatDuration } from "../time.ts";
import { printVerdict } from "../verdict.ts";
import { fileArgument } from "./run.ts";

/** `tinman replay` */
export const replay = defineCommand({
  name: "replay",
  summary: "Run nodes on a recording; --verify compares what comes out",
  about:
    "Channels that none of the nodes produces come from the recording. Nodes without inputs (sensors) are left out if the " +
    "recording has what they produce, unless --sources is given. --verify compares the whole of a recording, as nodes keep state " +
    "from its beginning: not with --from, --to, --channels or --loop. When it is ended early, what came until then was compared. " +
    "Of a part of a run (log copy --from) it warns: nodes begin there without what they had kept; one of run --split, but the " +
    "first, is put together with those before it first (log copy). Without FILE the recording is printed as it plays, with --json as one object a line. " +
    keysHelp,
  args: [recordingArgument, { ...fileArgument, optional: true }],
  flags: replayFlags,
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
    const options = readReplayOptions(recording, context);
    let built = await build(recording, context);
    if (flags.verify) {
      checkVerify(built.graph, recording);
      if (!hasJournal(recording)) out.note(out.paintError("yellow", `warning: ${clean(unobserved(recording))}`));
    }
    const wish = readInspectFlags(flags);
    using recorded = wish === undefined ? undefined : await openRecorded(recording.folder, all);
    await using inspector = await RunInspector.open(wish, all, {
      ...{ name: recording.folder.replace(/.*\//, ""), kind: "replay", recorded: recorded?.source },
    });
    // What is compared or recorded is one replay, and not parts of two.
    const restarts = flags.verify || flags.record !== undefined ? undefined : new ReplayRestarts();
    for (let fromNs = options.fromNs;;) {
      const report = await play(recording, context, {
        ...{ built, session, inspector, restarts },
        options: { ...options, ...(fromNs !== undefined && { fromNs }) },
      });
      if (restarts?.isAsked !== true) {
        tell(report, recording, context);
        inspector.end("ended");
        if (wish !== undefined && report.stopped === "ended") await lookOn(all, restarts);
      }
      fromNs = restarts?.take();
      if (fromNs === undefined) {
        const exit = session.exitCode(report);
        return exit === 0 && report.verify?.divergence !== undefined ? 6 : exit;
      }
      built = await build(recording, context);
    }
  },
});

type Built = Pick<ReturnType<typeof createPrinter>, "graph"> & Partial<ReturnType<typeof createPrinter>>;

interface Playing {
  /** Made for this one time. */
  readonly built: Built;
  readonly session: Session;
  readonly inspector: RunInspector;
  readonly restarts: ReplayRestarts | undefined;
  readonly options: ReplayOptions;
}

/** Plays it once. */
async function play(
  recording: Recording,
  context: Context<ReplayFlags>,
  { built: { graph, remap }, session, inspector, restarts, options }: Playing,
): Promise<ReplayReport> {
  using view = new ReplayView(context as Context, boundsOf(recording));
  return await inspector.until(graph.replay(recording.folder, inspector.within(session.environment), {
    ...options,
    ...inspector.options(remap),
    ...(remap !== undefined && { remap }),
    ...(options.speed === undefined && { speed: remap !== undefined ? 1 : "max" as const }),
    onVerify: inspector.compare,
    onControl: (control) => {
      restarts?.begun(control);
      inspector.steer(control, { ...boundsOf(recording), restart: restarts?.restart });
      view.start(control);
    },
    onProgress: (timeNs, frames) => view.progress(timeNs, frames),
  }));
}

/** The graph that is played to: of the files, or one that prints. */
async function build(recording: Recording, context: Context<ReplayFlags>): Promise<Built> {
  const { args: [, ...files], flags } = context;
  const all = context as Context;
  if (files.length === 0) return createPrinter(chooseChannels(recording, flags.channels), all);
  const graph = chooseNodes(await loadGraph(files, context, replayedChanges(recording, all)), flags.only);
  return { graph: withoutSources(graph, recording, context) };
}

/** Says how it went. */
function tell(report: ReplayReport, recording: Recording, context: Context<ReplayFlags>): void {
  const { args: [, ...files], flags, out, settings } = context;
  const printing = files.length === 0;
  out.settle();
  if (settings.json && !printing) out.json({ v: 1, ...report });
  else if (flags.stats && !printing) printStats(report.channels, context as Context);
  if (report.verify !== undefined && !settings.json) printVerdict(report.verify, boundsOf(recording).firstNs, out);
  note(report, out);
}

/** What is replayed, to look at beside it. */
async function openRecorded(folder: string, context: Context): Promise<{ readonly source: Observed } & Disposable> {
  const { files, environment: { clock } } = context.io;
  const opened = await openDecoded(folder, context);
  return { source: createRecordingSource(opened, { files, clock }), [Symbol.dispose]: () => opened.close() };
}

/** Who looks at the page of a replay that is over goes on looking. Without a terminal nobody could end it, so it ends. */
async function lookOn({ io, out }: Context, restarts: ReplayRestarts | undefined): Promise<void> {
  const ended = Promise.withResolvers<void>();
  if (!io.stderr.isTerminal || io.environment.onSignals === undefined) return;
  using _signals = io.environment.onSignals(() => ended.resolve());
  out.note("it is over; the page stays until Ctrl-C");
  await Promise.race([ended.promise, ...restarts === undefined ? [] : [restarts.asked]]);
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

/** Whether a recording says what nodes observed, so that they do exactly the same. */
function hasJournal(recording: Recording): boolean {
  return recording.reservedChannels.some(({ name }) => name === JOURNAL_CHANNEL);
}

function unobserved({ folder }: Recording): string {
  const why = `${folder} does not say what nodes observed (it is a part of a run, or several in one)`;
  return `${why}: they begin without what they had kept, and a difference may come from that`;
}

function note({ frames, elapsedMs, played, ...report }: ReplayReport, out: Output): void {
  const from = played.length === 0
    ? ": these nodes take nothing from the recording,"
    : ` of ${played.map(clean).join(", ")}`;
  out.note(`played ${count(frames, "frame")}${from} in ${formatDuration(elapsedMs)}`);
  const recorded = recordingSummary({ ...report, elapsedMs });
  if (recorded !== undefined) out.note(recorded);
}
