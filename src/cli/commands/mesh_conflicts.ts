import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { formatValue } from "../value.ts";
import { clean } from "../style.ts";
import { say } from "./mesh_write.ts";

/** `tinman mesh conflicts` */
export const meshConflicts = defineCommand({
  name: "mesh conflicts",
  summary: "List what was written apart and differs",
  about:
    "Choice 1 is what is shown. Nobody has to do anything: whoever writes next settles it, and so does tinman mesh resolve.",
  args: [{ name: "ID", summary: "Only of this record", optional: true, completes: "nothing" }],
  flags: meshFlags,
  examples: [["tinman mesh conflicts", "then tinman mesh resolve R-1 status 2"]],
  exits: { ...meshExits, 6: "there are conflicts" },
  json: "object",
  async run(context) {
    const { args: [record], out, settings } = context;
    await using mesh = await openMesh(context);
    const conflicts = await mesh.ask("conflicts", { record });
    if (settings.json) out.json({ v: 1, conflicts });
    else if (conflicts.length === 0) out.note("no conflicts");
    else {
      const rows = conflicts.flatMap(({ record, what, choices }) =>
        choices.map(({ choice, value, by, at }) => [
          choice === 1 ? record : "",
          choice === 1 ? what : "",
          String(choice),
          formatValue(value),
          by,
          at.slice(0, 19).replace("T", " "),
        ])
      );
      out.table(["record", "what", "choice", "value", "by", "when (UTC)"], rows, { right: ["choice"] });
      const { record: id, what } = conflicts[0]!;
      out.note(clean(`to settle one: tinman mesh resolve ${id} ${what} 1`));
    }
    return conflicts.length > 0 ? 6 : 0;
  },
});

/** `tinman mesh resolve` */
export const meshResolve = defineCommand({
  name: "mesh resolve",
  summary: "Settle a conflict by one of its choices",
  args: [
    { name: "ID", summary: "The record", completes: "nothing" },
    { name: "WHAT", summary: "The field, or what tinman mesh conflicts calls it", completes: "nothing" },
    { name: "CHOICE", summary: "The number of the choice; 1 is what is shown", completes: "nothing" },
  ],
  flags: meshFlags,
  examples: [["tinman mesh resolve R-1 status 2", "the other one was right"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record, what, text] } = context;
    const choice = Number(text);
    if (!/^[1-9]\d{0,4}$/.test(text!)) {
      throw new TinmanError("USAGE", `Cannot read CHOICE ${JSON.stringify(text)}: expected a number from 1 up`, {
        argument: "CHOICE",
      });
    }
    await using mesh = await openMesh(context);
    return say(
      await mesh.ask("resolve", { record: record!, what: what!, choice }),
      `settled ${what} of ${record}`,
      context as Context,
    );
  },
});
