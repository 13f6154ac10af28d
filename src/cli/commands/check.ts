import { defineCommand } from "../command.ts";
import { loadGraph } from "../load.ts";
import { count } from "../output.ts";
import { openRecordingArgument } from "../recordings.ts";
import { keepConsoleApart } from "../session.ts";
import { clean } from "../style.ts";
import { fileArgument } from "./run.ts";

/** `tinman check` */
export const check = defineCommand({
  name: "check",
  summary: "Check that a graph can run, without running it",
  about: "Producers, inputs, codecs, capacities and cycles. What is wrong is an error that names the node and the fix.",
  args: [fileArgument],
  flags: {
    on: { type: "string", value: "RECORDING", summary: "Take missing inputs from this recording, as a replay does" },
  },
  examples: [
    ["tinman check nodes.ts", "before you drive out"],
    ["tinman check nodes.ts:planner --on latest", "would it replay?"],
  ],
  exits: { 2: "the graph cannot run", 3: "the file, an export or the recording is not there" },
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    using _console = keepConsoleApart(out, true);
    const graph = await loadGraph(args, context);
    const provided: string[] = [];
    if (flags.on !== undefined) {
      using recording = openRecordingArgument(flags.on, context);
      provided.push(...recording.channels.map(({ name }) => name));
    }
    graph.validate({ provided });
    const { nodes, channels } = graph.toJSON();
    if (settings.json) {
      out.json({ v: 1, ok: true, nodes, channels });
      return 0;
    }
    // A part that takes nothing by itself is the node, in another place.
    const isWhole = ({ takes, provides }: { takes: readonly string[]; provides: readonly string[] }) =>
      takes.length + provides.length === 0;
    const places = new Map(nodes.map(({ name, parts = [] }) => [name, parts.find(isWhole)?.name]));
    const from = (producer: string) => places.get(producer) ? `${producer} (${places.get(producer)})` : producer;
    const rows = channels.map(({ name, producer, readers, codec }) => [
      name,
      producer === null ? "the recording" : from(producer),
      readers.join(", ") || "nobody",
      codec ?? "default",
    ]);
    out.table(["channel", "from", "to", "codec"], rows);
    for (const problem of nodes.flatMap(({ parts = [] }) => parts.flatMap(({ problems = [] }) => problems))) {
      out.problem(out.paintError("yellow", `warning: ${clean(problem)}`));
    }
    out.note(`ok: ${count(nodes.length, "node")}, ${count(channels.length, "channel")}`);
    return 0;
  },
});
