import { TinmanError } from "../../errors/mod.ts";
import { createRecordingSource } from "../../inspector/mod.ts";
import { openRecording, type Recording } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { recordingChecks } from "../inspector_checks.ts";
import { readOnlySummary, readPort } from "../inspect_flags.ts";
import { isDataset, openDataset } from "../inspect_dataset.ts";
import type { Observed } from "../../telemetry/mod.ts";
import { openDecodedArgument, recordingArgument } from "../recordings.ts";
import { openInspector } from "../run_inspector.ts";
import { clean } from "../style.ts";

/** `tinman inspect` */
export const inspect = defineCommand({
  name: "inspect",
  summary: "Show a recording, or what runs with --inspect, in a browser",
  about:
    "The page is for this machine alone, and needs the address as it is printed: with its token. With several recordings\n" +
    "one is chosen on the page. A URL is the address that a run with --inspect has printed: it is opened in the browser.",
  args: [{
    ...recordingArgument,
    summary:
      `${recordingArgument.summary}. Or the folder of a dataset of the mesh, or the address of a run with --inspect`,
    repeat: true,
  }],
  flags: {
    port: { type: "string", value: "PORT", default: "0", summary: "Where to listen; 0 takes a port that is free" },
    "read-only": { type: "boolean", summary: readOnlySummary },
    "no-open": { type: "boolean", summary: "Print the address and open no browser" },
  },
  examples: [
    ["tinman inspect latest", "the newest recording"],
    ["tinman inspect runs/7 runs/8 --no-open", "two of them; open the address yourself"],
    ["tinman inspect mesh", "the records of a dataset, also while tinman mesh start has it"],
  ],
  exits: {
    3: "the recording is not there",
    4: "the port is not allowed",
    5: "it is not a recording",
    7: "the port is taken",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "none",
  async run(context) {
    const { args, flags, io, out } = context;
    if (args.some((arg) => /^[a-z]+:\/\//.test(arg))) return showOther(args, context as Context);
    using open = new DisposableStack();
    const recordings: Recording[] = [];
    await using datasets = new AsyncDisposableStack();
    const sources: Observed[] = [];
    for (const name of args) {
      if (isDataset(context.path(name), context as Context)) {
        sources.push(await openDataset(context.path(name), context as Context, datasets));
      } else recordings.push(open.use(await openDecodedArgument(name, context)));
    }
    for (const { folder, problems } of recordings) {
      for (const problem of problems) {
        out.note(out.paintError("yellow", `warning: ${clean(folder)}: ${clean(problem)}`));
      }
    }
    const { files, environment: { clock } } = io;
    await using served = await openInspector(context, {
      sources: [
        ...sources,
        ...recordings.map((recording) => {
          const reopen = () => openRecording(files, recording.folder);
          const source = open.use(createRecordingSource(recording, { files, clock, reopen }));
          return Object.assign(source, { checks: [recordingChecks(recording.folder, context as Context)] });
        }),
      ],
      port: readPort(flags.port ?? "0", "--port"),
      isReadOnly: flags["read-only"] ?? false,
    });
    const ended = Promise.withResolvers<number>();
    using _signals = io.environment.onSignals?.((signal) => ended.resolve(signal === "SIGTERM" ? 143 : 130)) ??
      { [Symbol.dispose]() {} };
    if (!flags["no-open"] && io.stderr.isTerminal && !io.inspector.openPage(served.url)) {
      out.note("no browser was found: open the address yourself");
    }
    return await ended.promise;
  },
});

/** The page of somebody else on this machine. */
function showOther(args: readonly string[], { io, out, flags }: Context): number {
  const [text] = args;
  const url = URL.canParse(text!) ? new URL(text!) : undefined;
  const isOurs = url?.protocol === "http:" && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname);
  if (args.length > 1 || !isOurs) {
    throw new TinmanError("USAGE", `Cannot inspect ${clean(text!)}: it is no address of this machine`, {
      argument: "RECORDING",
      hint: "it is what tinman run --inspect has printed: http://127.0.0.1:PORT/#t=…; broker start has --inspect, too",
    });
  }
  if (flags["no-open"] || !io.inspector.openPage(text!)) out.note("open the address yourself, it is on this machine");
  return 0;
}
