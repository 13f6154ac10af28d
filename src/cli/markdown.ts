import type { Command } from "./command.ts";
import { commandHelp, topics, usageOf } from "./help.ts";
import { createPaint } from "./style.ts";

/** COMMANDS.md: every command and flag, made from the table. A test compares it with the file. */
export function markdown(commands: readonly Command[]): string {
  const plain = createPaint(false);
  const block = (text: string) => ["```text", text, "```"].join("\n");
  return [
    "# The commands of tinman",
    [
      "Made from the command table by `tinman help --markdown`. What stands on stdout is data; progress, summaries and errors",
      "stand on stderr. Nothing is asked and nothing is coloured where no terminal is.",
    ].join("\n"),
    table([
      ["command", "what it does"],
      ...commands.map((each) => [`\`${usageOf(each, { flags: false })}\``, each.summary]),
    ]),
    ...commands.flatMap((each) => [`## tinman ${each.name}`, block(commandHelp(each, plain))]),
    "## Topics",
    ...Object.values(topics).map((text) => block(text())),
  ].join("\n\n") + "\n";
}

// Padded as `deno fmt` pads it, so that the file needs no formatting.
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, at) => text.padEnd(widths[at]!)).join(" | ")} |`;
  const [head, ...body] = rows.map(line);
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}
