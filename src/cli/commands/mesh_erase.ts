import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { EraseAnswer } from "../mesh_ask_erase.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count } from "../output.ts";
import { clean } from "../style.ts";
import { formatValue } from "../value.ts";

/** `tinman mesh erase` */
export const meshErase = defineCommand({
  name: "mesh erase",
  summary: "Drop what was said about a record, for good and on all machines",
  about: "A field goes with its whole history, a note with its edits, a file with its content. That something was " +
    "written, by whom and when, stays, with a hash that confirms what somebody guesses. Other machines drop it when they hear of it, from their " +
    "disks within half a minute, files within a week or so. Bundles, sticks, backups, exports " +
    "and machines that nobody meets again keep what they have; so do snapshots until the next `tinman mesh compact`. " +
    "Everybody may erase what their device wrote, an admin all.",
  args: [
    { name: "ID", summary: "The name of the record", completes: "nothing" },
    { name: "FIELD", summary: "A field", optional: true, repeat: true, completes: "nothing" },
  ],
  flags: {
    ...meshFlags,
    note: { type: "each", value: "NAME", summary: "This note, as tinman mesh record names it: 3f2a91b0.17" },
    file: { type: "each", value: "NAME", summary: "This file" },
    all: { type: "boolean", summary: "The record, and all that was ever said about it" },
    reason: { type: "string", value: "TEXT", summary: "Why; all can read it, for ever" },
    yes: { type: "boolean", short: "y", summary: "Do it: nothing brings it back" },
    "dry-run": { type: "boolean", summary: "Only list what would be erased" },
  },
  examples: [
    ["tinman mesh erase R-1 phone --dry-run", "each value that this field ever had"],
    ["tinman mesh erase R-1 phone --yes --reason 'asked for'", "gone, with its history"],
    ["tinman mesh erase R-1 --note 3f2a91b0.17 --file door.jpg --yes", "a note and a file"],
    ["tinman mesh erase R-1 --all --yes", "as if it had never been"],
  ],
  exits: { ...meshExits, 4: "others wrote some of it, and this device is no admin: that is still there" },
  json: "object",
  async run(context) {
    const { args: [record, ...fields], flags, out, settings } = context;
    const { note: notes, file: files, all, reason } = flags;
    const isDry = flags["dry-run"];
    const isNamed = fields.length + notes.length + files.length > 0;
    if (isNamed === all) {
      throw new TinmanError(
        "USAGE",
        all ? "Cannot erase --all and a part of it at once" : `Cannot erase ${record}: nobody said what of it`,
        { argument: all ? "--all" : "FIELD", hint: "name fields, --note, --file, or --all of it alone" },
      );
    }
    if (!isDry && !flags.yes) {
      throw new TinmanError("USAGE", "Cannot erase without --yes: nothing brings it back", {
        argument: "--yes",
        hint: "see what would go: --dry-run",
      });
    }
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("erase", { record: record!, fields, notes, files, all, reason, isDry });
    if (settings.json) out.json({ v: 1, record, ...answer });
    else if (isDry) list(answer, context as Context);
    else tell(record!, answer, context as Context);
    if (!settings.json) { for (const line of leftLines(answer)) out.note(clean(line)); }
    return answer.left.length > 0 ? 4 : 0;
  },
});

function list({ events, inSnapshot }: EraseAnswer, { out }: Context): void {
  const rows = events.map(({ at, by, what, field, name, value, mayErase }) => [
    at.slice(0, 19).replace("T", " "),
    by,
    what === "field" ? field! : [what.replace("Gone", " removed"), name].filter(Boolean).join(" "),
    formatValue(value),
    mayErase ? "" : "stays",
  ]);
  out.table(["when (UTC)", "by", "what", "value", ""], rows);
  out.note(`${count(events.filter((each) => each.mayErase).length, "event")} would be erased`);
  if (inSnapshot > 0) out.note(inSnapshotLine(inSnapshot));
}

function tell(record: string, { erased, inSnapshot, contents }: EraseAnswer, { out }: Context): void {
  const files = contents === 0 ? "" : ` and ${count(contents, "file")}`;
  out.note(`erased ${count(erased, "event")}${files} of ${clean(record)}; other machines do when they hear of it`);
  if (inSnapshot > 0) out.note(inSnapshotLine(inSnapshot));
  out.note("bundles, sticks and machines that are never met again keep what they have");
}

function inSnapshotLine(events: number): string {
  return `${events} of these came by a snapshot, and stay on disks until the next one: tinman mesh compact`;
}

function leftLines({ left, admins }: EraseAnswer): string[] {
  if (left.length === 0) return [];
  const whose = left.map(({ by, events }) => `${count(events, "event")} of ${by}`).join(", ");
  return [`not erased: ${whose}; an admin can: ${admins.join(", ")}`];
}
