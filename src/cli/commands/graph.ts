import { defineCommand } from "../command.ts";
import { loadGraph } from "../load.ts";
import { keepConsoleApart } from "../session.ts";
import { fileArgument } from "./run.ts";

/** `tinman graph` */
export const graph = defineCommand({
  name: "graph",
  summary: "Draw the graph of a file: text, Mermaid, Graphviz, JSON",
  args: [fileArgument],
  flags: {
    format: {
      type: "string",
      short: "f",
      value: "FORMAT",
      choices: ["text", "mermaid", "dot", "json"],
      default: "text",
      summary: "How to draw it",
    },
  },
  examples: [
    ["tinman graph nodes.ts", "a line for each node"],
    ["tinman graph nodes.ts --format dot | dot -Tsvg > graph.svg", "a picture"],
  ],
  exits: { 3: "the file or an export is not there" },
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    using _console = keepConsoleApart(out, true);
    const loaded = await loadGraph(args, context);
    const format = settings.json ? "json" : flags.format ?? "text";
    if (format === "json") out.json({ v: 1, ...loaded.toJSON() });
    else if (format === "mermaid") out.line(loaded.toMermaid().trimEnd());
    else if (format === "dot") out.line(loaded.toDot().trimEnd());
    else out.line(loaded.toText().trimEnd());
    return 0;
  },
});
