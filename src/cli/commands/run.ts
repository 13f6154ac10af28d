import { type Context, defineCommand } from "../command.ts";
import { compressFlag, readCompress } from "../compress_flag.ts";
import { inspectFlags, readInspectFlags } from "../inspect_flags.ts";
import { loadGraph } from "../load.ts";
import { LivePlugins } from "../live_plugins.ts";
import type { Observe } from "../load_pipeline.ts";
import { Asker } from "../plugin_ask.ts";
import { readLimits } from "../part_limit.ts";
import { checkRecorded } from "../recorded_channels.ts";
import { RECORDINGS } from "../recordings.ts";
import { RunEvents } from "../run_events.ts";
import { RunEditor } from "../run_editor.ts";
import { RunInspector } from "../run_inspector.ts";
import { openRunMetrics } from "../run_metrics.ts";
import { RunWatch } from "../run_watch.ts";
import { chooseNodes, liveLine, printStats, recordingSummary, Session, summary } from "../session.ts";

/** What the help says about the argument FILE. */
export const fileArgument = {
  name: "FILE",
  summary:
    "a module that exports nodes, a list of nodes, a Graph, an event pipeline, or a function that returns one; FILE:a,b " +
    "picks exports. Or a pipeline.json",
  repeat: true,
} as const;

/** `--record`, the same for every command that has it. */
export const recordFlag = {
  type: "optional",
  value: "DIR",
  summary: `Record into a new folder below DIR (default ./${RECORDINGS}), or into one file: --record=run.mcap`,
} as const;

/** `--grace`, the same for every command that has it. */
export const graceFlag = {
  type: "duration",
  value: "TIME",
  default: "5s",
  summary: "How long nodes may take to end once they were asked",
} as const;

/** `tinman run` */
export const run = defineCommand({
  name: "run",
  summary: "Run the nodes in a file until they end, time is up, or Ctrl-C",
  about:
    "Ctrl-C ends the sources and lets the rest drain, within --grace; once more ends at once. Both exit with 130. " +
    "What nodes print goes to stdout, or to stderr when --stats or --json print data there. The sources of a " +
    "pipeline.json are triggered once, or as its pipeline_config says: trigger_every_ms, trigger_count. With OTEL_DENO=true " +
    "what --metrics shows is sent by OTLP, too.",
  args: [fileArgument],
  flags: {
    record: recordFlag,
    compress: compressFlag,
    channels: { type: "list", short: "c", value: "GLOB", summary: "Record only these channels" },
    exclude: { type: "list", value: "GLOB", summary: "Do not record these channels" },
    split: {
      type: "string",
      value: "LIMIT",
      summary: "Record in parts of this time or size: 1h, 500MB; each is whole when the next begins (-2, -3 …)",
    },
    keep: {
      type: "string",
      value: "LIMIT",
      summary: "With --split: delete the oldest parts of this run beyond it: 24h, 10GB",
    },
    duration: { type: "duration", short: "d", value: "TIME", summary: "End after this time: 10s, 5m, 1.5h" },
    grace: graceFlag,
    only: { type: "list", value: "NODE", summary: "Run only these nodes" },
    seed: { type: "string", value: "TEXT", summary: "Where the chance of the nodes comes from (default a new one)" },
    metrics: {
      type: "optional",
      value: "PORT",
      summary: "Show what is counted at http://127.0.0.1:PORT/metrics, for Prometheus (default a free port)",
    },
    ...inspectFlags,
    watch: { type: "boolean", short: "w", summary: "Change the pipeline whenever its pipeline.json is saved" },
    stats: {
      type: "boolean",
      summary: "Print a table of what went through each channel; of a pipeline, how its stages did",
    },
    cache: { type: "string", value: "FILE", summary: "Keep what processors of events build in this file" },
    explain: { type: "boolean", summary: "Say why each artifact was built, or taken from the cache" },
  },
  examples: [
    ["tinman run nodes.ts", "until Ctrl-C"],
    ["tinman run nodes.ts --record --duration 30s", `record half a minute into ./${RECORDINGS}`],
    ["tinman run nodes.ts --record --split 10s --keep 60s", "the last minute, at any time"],
    ["tinman run nodes.ts:sensor,planner --stats", "two of its exports, and how much they sent"],
    ["tinman run pipeline.json --record", "a pipeline from a configuration"],
    ["tinman run build.ts --cache cache.db --explain", "an event pipeline: build what changed, and say why"],
    ["tinman run pipeline.json --watch", "edit it while it runs: no frame is lost"],
    ["tinman run pipeline.json --inspect", "look at it in a browser while it runs"],
    ["tinman run pipeline.json --metrics=9464", "let Prometheus see how its stages do"],
  ],
  exits: {
    1: "a node failed",
    3: "the file, an export, a node or a channel is not there",
    4: "a permission is missing",
    7: "the port of --metrics or --inspect is taken",
    124: "a node did not end in time",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { args, flags, io, out, path, settings } = context;
    const compress = readCompress(flags.compress, { place: flags.record, fix: "--record=run.mcap --compress" });
    const limits = readLimits(flags);
    if (limits.keep !== undefined) {
      out.note(`parts of this run beyond ${flags.keep} are deleted, the oldest first (--keep)`);
    }
    using session = new Session(context as Context, flags.stats || flags.explain || settings.json, {
      asker: Asker.at(context as Context),
    });
    const wish = readInspectFlags(flags);
    const isInspected = wish !== undefined;
    await using metrics = await openRunMetrics({ ...flags, stats: flags.stats || isInspected }, context as Context);
    await using inspector = await RunInspector.open(wish, context as Context, {
      ...{ name: args.join(" "), kind: "run", metrics },
    });
    using watch = flags.watch ? new RunWatch(context as Context) : undefined;
    // Where the file is watched, it is the file that says what the pipeline is.
    using editor = flags.watch || flags.only.length > 0 ? undefined : new RunEditor(isInspected);
    const observe: Observe = (...file) => ({
      ...metrics.observe(file[0], file[1]),
      ...(watch ?? editor)?.observe(...file),
    });
    const graph = chooseNodes(await loadGraph(args, context, observe), flags.only);
    checkRecorded(graph, flags, { out, mayChange: flags.watch || isInspected });
    watch?.start(args.join(" "), flags.only);
    inspector.edit(editor?.start());
    LivePlugins.of(io).run = { pipeline: (watch ?? editor)?.pipeline, isRecorded: flags.record !== undefined };
    const { clock } = session.environment;
    const startNs = clock.elapsedNs();
    const events = new RunEvents(flags.cache, context as Context);
    const running = graph.run(inspector.within(events.within(session.environment)), {
      ...inspector.options(),
      stats: flags.stats || settings.json || metrics.isWanted,
      ...(flags.duration !== undefined && { durationMs: flags.duration }),
      ...(flags.grace !== undefined && { graceMs: flags.grace }),
      ...(flags.seed !== undefined && { seed: flags.seed }),
      ...(flags.record !== undefined && {
        record: {
          folder: path(flags.record === true ? RECORDINGS : flags.record),
          ...(flags.channels.length > 0 && { channels: flags.channels }),
          exclude: flags.exclude,
          ...compress,
          ...limits,
        },
      }),
      statsEveryMs: 500,
      onStats: (channels) => {
        metrics.see(channels);
        if (io.stderr.isTerminal) out.live(liveLine(channels, (clock.elapsedNs() - startNs) / 1e6));
      },
    });
    const report = await inspector.until(running);
    inspector.end("ended");
    metrics.see(report.channels);
    if (settings.json) out.json({ v: 1, ...report, ...(flags.explain && { events }) });
    else if (flags.stats) {
      printStats(report.channels, context as Context);
      metrics.report(context as Context);
    }
    if (flags.explain && !settings.json) events.explain(context as Context);
    events.warnUnused(context as Context);
    out.note(summary(report));
    const dropped = metrics.dropped();
    if (dropped !== undefined) out.note(dropped);
    const recorded = recordingSummary(report);
    if (recorded !== undefined) out.note(recorded);
    return session.exitCode(report);
  },
});
