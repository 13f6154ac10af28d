import { catalogue, didYouMean, findEntry, TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { wrapText } from "../help.ts";

/** `tinman explain` */
export const explain = defineCommand({
  name: "explain",
  summary: "Say what an error code means and what to do",
  args: [{
    name: "CODE",
    summary: "what stands in error[…]: E2104 or GRAPH; all of them when left out",
    optional: true,
    completes: Object.values(catalogue).map((each) => each.number),
  }],
  flags: {},
  examples: [["tinman explain E2104", "what a graph needs to start"], ["tinman explain", "list all codes"]],
  exits: { 3: "there is no such code" },
  json: "object",
  run({ args: [code], out, settings }) {
    const entries = Object.entries(catalogue).map(([name, each]) => ({ code: name, ...each }));
    if (code === undefined) {
      if (settings.json) out.json({ v: 1, codes: entries });
      else {out.table(
          ["number", "code", "exit", "what"],
          entries.map((each) => [each.number, each.code, `${each.exit}`, each.title]),
        );}
      return 0;
    }
    const found = findEntry(code);
    if (found === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot explain "${code}": there is no such error code`, {
        kind: "error code",
        id: code,
        hint: didYouMean(code, entries.flatMap((each) => [each.code, each.number])) ?? "tinman explain lists all codes",
      });
    }
    if (settings.json) out.json({ v: 1, ...found });
    else {
      out.line(out.paint("bold", `${found.number} ${found.code}: ${found.title}`));
      out.line();
      for (const line of wrapText(found.explanation, 100)) out.line(line);
      out.line();
      out.line(
        `Exit code ${found.exit}. ${
          found.retriable ? "The same call can work later." : "Trying again without a change does not help."
        }`,
      );
    }
    return 0;
  },
});
