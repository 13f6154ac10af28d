import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { WriteAnswer } from "../mesh_ask_records.ts";
import { type GivenValue, valueTypes } from "../mesh_forms.ts";
import { formFlags, keepForm, meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { clean } from "../style.ts";

const recordArgument = { name: "ID", summary: "The name of the record", completes: "nothing" } as const;

const writeFlags = {
  ...meshFlags,
  force: {
    type: "boolean",
    summary: "Also for a record that is not here yet, and for values that do not fit its form",
  },
} as const;

const typeFlag = {
  type: {
    type: "string",
    short: "t",
    value: "TYPE",
    choices: valueTypes,
    summary: "Read the value as this: json, or a type of forms such as integer (default what the form says, else text)",
  },
} as const;

const writeExits = { ...meshExits, 2: "the command line, or a value that does not fit its form" };

/** `tinman mesh create` */
export const meshCreate = defineCommand({
  name: "mesh create",
  summary: "Begin a record of a form",
  args: [
    recordArgument,
    { name: "FORM", summary: "The id of its form; any name where there is no form", completes: "nothing" },
    { name: "FIELD=VALUE", summary: "Values to begin with", optional: true, repeat: true, completes: "nothing" },
  ],
  flags: { ...writeFlags, ...formFlags },
  examples: [
    ["tinman mesh create R-1 site", "a record without values"],
    ["tinman mesh create W-7 well depth=12.5 status=OPEN", "with two; text, if no form says otherwise"],
  ],
  exits: writeExits,
  json: "object",
  async run(context) {
    const [record, form, ...pairs] = context.args;
    const values = pairs.map(readPair);
    await using mesh = await openMesh(context);
    await keepForm(mesh, context.flags.form, context);
    const answer = await mesh.ask("create", { record: record!, form: form!, values, force: context.flags.force });
    return say(answer, `created ${record}`, context as Context);
  },
});

/** `tinman mesh set` */
export const meshSet = defineCommand({
  name: "mesh set",
  summary: "Set a field of a record",
  about: "A value is what the form of the record says; without a form it is text, so 007 stays 007. An empty value " +
    "clears a field that its form knows; --type json with null clears any.",
  args: [
    recordArgument,
    { name: "FIELD", summary: "The field, such as status or household/member[2]/age", completes: "nothing" },
    { name: "VALUE", summary: "What it is to be; what begins with - stands behind --", completes: "nothing" },
  ],
  flags: { ...writeFlags, ...typeFlag, ...formFlags },
  examples: [
    ["tinman mesh set R-1 status OPEN", "text, or what its form says"],
    ["tinman mesh set R-1 depth 12.5 --type decimal", "a number"],
    ['tinman mesh set R-1 tags \'["a", "b"]\' --type json', "whatever JSON can say"],
    ["tinman mesh set R-1 level -- -3", "a value that begins with a minus"],
  ],
  exits: writeExits,
  json: "object",
  async run(context) {
    const { args: [record, field, text], flags } = context;
    const values: GivenValue[] = [{ field: field!, text: text!, type: flags.type }];
    await using mesh = await openMesh(context);
    await keepForm(mesh, flags.form, context);
    return say(
      await mesh.ask("set", { record: record!, values, force: flags.force }),
      `set ${field} of ${record}`,
      context as Context,
    );
  },
});

/** `tinman mesh note` */
export const meshNote = defineCommand({
  name: "mesh note",
  summary: "Add a note to a record",
  about:
    "An urgent one goes before all else that waits to be sent, also where others pass it on; what the same device " +
    "wrote before goes with it. In a sealed dataset those who have no key cannot see that, and pass it on like the rest.",
  args: [recordArgument, { name: "TEXT", summary: "What to remark", completes: "nothing" }],
  flags: {
    ...writeFlags,
    urgent: { type: "boolean", summary: "It must not wait for anything else" },
    edit: { type: "string", value: "NAME", summary: "Change this note, as tinman mesh record names it: 3f2a91b0.17" },
  },
  examples: [
    ["tinman mesh note R-1 'the pump is loose'", "notes of all are kept, in their order"],
    ["tinman mesh note R-1 'do not drink: arsenic' --urgent", "first at the next contact, whatever else is to be sent"],
  ],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record, text], flags: { force, urgent, edit } } = context;
    if (urgent && edit !== undefined) {
      throw new TinmanError("USAGE", "Cannot make an edit urgent: only new notes can be", {
        argument: "--urgent",
        hint: "add a note that says what has changed",
      });
    }
    await using mesh = await openMesh(context);
    return say(
      await mesh.ask("note", { record: record!, text: text!, force, urgent, edit }),
      edit === undefined ? `noted on ${record}` : `edited ${edit} of ${record}`,
      context as Context,
    );
  },
});

/** `tinman mesh delete` */
export const meshDelete = defineCommand({
  name: "mesh delete",
  summary: "Take a record out of the lists, or a note or a file of it",
  about: "A note or a file that was deleted does not come back. What was deleted can still be read by who looks for " +
    "it, in the history for one: what nobody is to read any more, `tinman mesh erase` drops.",
  args: [recordArgument],
  flags: {
    ...meshFlags,
    note: { type: "each", value: "NAME", summary: "Only this note, as tinman mesh record names it: 3f2a91b0.17" },
    file: { type: "each", value: "NAME", summary: "Only this file" },
    reason: { type: "string", value: "TEXT", summary: "Why" },
  },
  examples: [
    ["tinman mesh delete R-1 --reason 'entered twice'", "what others write to it meanwhile is kept"],
    ["tinman mesh delete R-1 --file door.jpg --reason blurred", "the record stays"],
  ],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record], flags: { note: notes, file: files, reason } } = context;
    await using mesh = await openMesh(context);
    const things = [...notes, ...files].join(", ");
    return say(
      await mesh.ask("delete", { record: record!, reason, notes, files }),
      things === "" ? `deleted ${record}` : `deleted ${things} of ${record}`,
      context as Context,
    );
  },
});

/** `tinman mesh restore` */
export const meshRestore = defineCommand({
  name: "mesh restore",
  summary: "Bring a deleted record back",
  args: [recordArgument],
  flags: meshFlags,
  examples: [["tinman mesh restore R-1", "with all that it had"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record] } = context;
    await using mesh = await openMesh(context);
    return say(await mesh.ask("restore", { record: record! }), `restored ${record}`, context as Context);
  },
});

/** Says what came of a write. */
export function say({ events, problems }: WriteAnswer, done: string, { out, settings }: Context): number {
  if (settings.json) out.json({ v: 1, events, problems });
  else {
    out.note(events === 0 ? "nothing to do: it is so already" : clean(done));
    for (const problem of problems.slice(0, 5)) out.note(`  still to do: ${clean(problem)}`);
    if (problems.length > 5) out.note(`  and ${problems.length - 5} more: tinman mesh record`);
  }
  return 0;
}

function readPair(text: string): GivenValue {
  const at = text.indexOf("=");
  if (at > 0) return { field: text.slice(0, at), text: text.slice(at + 1) };
  throw new TinmanError("USAGE", `Cannot read ${JSON.stringify(text)}: expected FIELD=VALUE`, {
    argument: "FIELD=VALUE",
  });
}
