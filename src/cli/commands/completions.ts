import { didYouMean, TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { completionScript, shells } from "../completions.ts";
import { commands } from "../table.ts";

/** `tinman completions` */
export const completions = defineCommand({
  name: "completions",
  summary: "Print the script that completes commands in a shell",
  args: [{ name: "SHELL", summary: shells.join(", "), completes: shells }],
  flags: {},
  examples: [
    ["source <(tinman completions bash)", "for this shell"],
    ["tinman completions fish > ~/.config/fish/completions/tinman.fish", "for good"],
  ],
  exits: {},
  json: "none",
  run({ args: [name], out }) {
    const shell = shells.find((each) => each === name);
    if (shell === undefined) {
      throw new TinmanError("USAGE", `Cannot complete for "${name}": the shells are ${shells.join(", ")}`, {
        hint: didYouMean(name!, shells),
      });
    }
    out.line(completionScript(shell, commands()).trimEnd());
    return 0;
  },
});
