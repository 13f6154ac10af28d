import { TinmanError } from "../../errors/mod.ts";
import { KEEP_DAYS } from "../../mesh/mod.ts";
import { defineCommand } from "../command.ts";
import type { CompactAnswer } from "../mesh_ask_compact.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh compact` */
export const meshCompact = defineCommand({
  name: "mesh compact",
  summary: "Put a snapshot in place of old events that all members have",
  about: "On the device of any admin. Histories begin behind the snapshot then, here and for who joins " +
    "later: what stands stays, what was replaced is gone. A sealed dataset stays sealed. It saves where most of what was " +
    "written was replaced. What a device holds is known from what it said when it was last met.",
  args: [],
  flags: {
    ...meshFlags,
    "keep-days": { type: "string", value: "N", summary: `Keep what is younger than this [${KEEP_DAYS}]` },
    from: {
      type: "string",
      value: "FILE",
      summary: "Use the snapshot in this bundle, which an admin has packed; for any device",
    },
    "dry-run": { type: "boolean", summary: "Only say what would be dropped, and who holds it up" },
  },
  examples: [
    ["tinman mesh compact --dry-run", "what could go, and who has to be met first"],
    ["tinman mesh compact --from survey.tmesh", "as an admin did who packed that afterwards"],
  ],
  exits: { ...meshExits, 4: "this device is no admin, and there is no --from" },
  json: "object",
  async run(context) {
    const { flags, out, path, settings } = context;
    const keepDays = Number(flags["keep-days"] ?? KEEP_DAYS);
    if (!Number.isFinite(keepDays) || keepDays < 0) {
      throw new TinmanError("CONFIG", "Cannot use --keep-days: expected a number of days, 0 or more", {});
    }
    await using mesh = await openMesh(context);
    const from = flags.from === undefined ? undefined : path(flags.from);
    const answer = await mesh.ask("compact", { keepDays, isDry: flags["dry-run"] === true, from });
    if (settings.json) {
      out.json({ v: 1, ...answer });
      return 0;
    }
    const { events, isDone, bytesBefore, bytesAfter, heldUpBy } = answer;
    const what = count(events, "event");
    if (isDone) {
      out.note(`${what} are in a snapshot now: ${formatBytes(bytesBefore)} became ${formatBytes(bytesAfter)}`);
    } else {out.line(
        events === 0 ? `nothing can be compacted${whyNot(answer)}` : `${what} would go into a snapshot, for good`,
      );}
    for (const { by, device, events: lacks, last } of heldUpBy) {
      const met = last === undefined ? "never met" : `last met ${last}`;
      out.line(`${clean(by)} (${device.slice(0, 8)}, ${met}) is not known to have ${count(lacks, "old event")}`);
    }
    return 0;
  },
});

/** What holds it up is listed; else there is nothing, or nothing that is old enough. */
function whyNot({ keepDays, heldUpBy }: CompactAnswer): string {
  if (heldUpBy.length > 0) return "";
  return keepDays > 0 ? `: no event that is older than ${count(keepDays, "day")} is left to compact (--keep-days)` : "";
}
