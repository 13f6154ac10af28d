import { didYouMean, TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { commandHelp, groupHelp, overview, topics } from "../help.ts";
import { commands, groups } from "../table.ts";
import { markdown } from "../markdown.ts";

/** `tinman help` */
export const help = defineCommand({
  name: "help",
  summary: "Show the help of a command or a topic",
  args: [{
    name: "TOPIC",
    summary: `a command, or ${Object.keys(topics).join(", ")}`,
    optional: true,
    repeat: true,
    completes: Object.keys(topics),
  }],
  flags: { markdown: { type: "boolean", summary: "Print the help of all commands as COMMANDS.md" } },
  examples: [["tinman help log cat", "one command"], ["tinman help exit-codes", "one topic"]],
  exits: { 3: "there is no such command or topic" },
  json: "none",
  run({ args, flags, out }) {
    const name = args.join(" ");
    const command = commands().find((each) => each.name === name);
    if (flags.markdown) out.line(markdown(commands()).trimEnd());
    else if (name === "") out.line(overview(commands(), out.paint));
    else if (command !== undefined) out.line(commandHelp(command, out.paint));
    else if (groups().includes(name)) out.line(groupHelp(name, commands(), out.paint));
    else if (Object.hasOwn(topics, name)) out.line(topics[name]!());
    else {
      const all = [...commands().map((each) => each.name), ...groups(), ...Object.keys(topics)];
      throw new TinmanError("NOT_FOUND", `Cannot help with "${name}": there is no such command or topic`, {
        kind: "help",
        id: name,
        hint: didYouMean(name, all) ?? `tinman help lists the commands; topics are ${Object.keys(topics).join(", ")}`,
      });
    }
    return 0;
  },
});
