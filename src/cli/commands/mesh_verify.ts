import {
  type BlobsReport,
  repairFolder,
  type RepairReport,
  type Tally,
  verifyFolder,
  type VerifyReport,
  writeOwn,
} from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { meshFlags, meshPath } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh verify` */
export const meshVerify = defineCommand({
  name: "mesh verify",
  summary: "Check every checksum, chain, signature and file of a dataset",
  about:
    "Changes nothing, and may be run while the dataset is in use. A file that has not come yet is no damage. An encrypted dataset needs its passphrase.",
  args: [],
  flags: meshFlags,
  examples: [["tinman mesh verify", "is it what its devices have signed?"]],
  exits: { 3: "there is no dataset", 4: "nobody has said the passphrase", 5: "something is not what was written" },
  json: "object",
  run(context) {
    const report = verifyFolder(meshPath(context), context.io.mesh.machine);
    print(report, context as Context);
    return report.problems.length > 0 ? 5 : 0;
  },
});

/** `tinman mesh fsck` */
export const meshFsck = defineCommand({
  name: "mesh fsck",
  summary: "Find damage in a dataset and its files, and repair it",
  about:
    "A repair keeps what is whole, saves the old log beside the new one, and moves damaged files beside their places. What is left out comes back from any peer that has it.",
  args: [],
  flags: {
    ...meshFlags,
    repair: { type: "boolean", summary: "Write the log anew from what is whole, and move damaged files away" },
    forget: { type: "boolean", summary: "Write on without own events that were lost, where no peer has them" },
  },
  examples: [["tinman mesh fsck", "look"], ["tinman mesh fsck --repair", "and mend; then tinman mesh sync"]],
  exits: {
    3: "there is no dataset",
    4: "nobody has said the passphrase",
    5: "there is damage, and --repair was not given or cannot mend it",
    7: "another process has the dataset",
  },
  json: "object",
  run(context) {
    const { flags, io } = context;
    const { machine } = io.mesh;
    const path = meshPath(context);
    const repaired = flags.repair ? repairFolder(path, machine) : undefined;
    const report = repaired ?? verifyFolder(path, machine);
    if (flags.forget) writeOwn(path, machine.files, undefined);
    print(report, context as Context);
    if (!flags.repair && report.problems.length > 0) context.out.note("tinman mesh fsck --repair keeps what is whole");
    return (repaired?.left ?? report.problems.length) > 0 ? 5 : 0;
  },
});

function printRepair({ saved, dropped, aside }: RepairReport, out: Context["out"]): void {
  if (saved !== undefined) out.line(`repaired: ${dropped} bytes left out; the old log is ${clean(saved)}`);
  for (const each of aside) out.line(`moved: the damaged file is ${clean(each)}`);
  if (saved === undefined && aside.length === 0) return;
  out.line("what is missing comes back from a peer: tinman mesh sync");
}

/** What there is of attached files; nothing where there are none. */
function fileLines({ whole, coming, missing, carried, unnamed, aside, damaged, strange }: BlobsReport): string[] {
  const said = ([what, { count, bytes }]: readonly [string, Tally]) =>
    count === 0 ? [] : [`${count.toLocaleString("en-US")} ${what} (${formatBytes(bytes)})`];
  const counts = [
    ["whole", whole],
    ["on the way", coming],
    ["not here yet", missing],
    ["kept for others", carried],
    ["that nothing names", unnamed],
  ] as const;
  const all = counts.flatMap(said);
  if (damaged.length > 0) all.push(`${damaged.length} damaged`);
  const lines = all.length === 0 ? [] : [`files: ${all.join(", ")}`];
  for (const each of said(["damaged, which a repair has set aside", aside])) {
    lines.push(`beside: ${each}: delete blobs/*.damaged-* when they have come again`);
  }
  if (strange.length > 0) lines.push(`beside: ${strange.slice(0, 5).join(", ")}: no file of this dataset`);
  if (strange.length > 5) lines.push(`beside: ${strange.length - 5} more of these`);
  return lines;
}

function print(report: VerifyReport | RepairReport, { out, settings }: Context): void {
  if (settings.json) return out.json({ v: 1, ...report });
  const { events, feeds, runs, bytes, cutOff, problems, files } = report;
  for (const problem of problems) out.line(`${out.paint("red", "damage")}  ${clean(problem)}`);
  if (cutOff > 0) out.line(`cut off  ${cutOff} bytes at the end: a write that was never promised to anybody`);
  const held = `${count(events, "event")} of ${count(feeds, "feed")}, ${count(runs, "signature")}, ${
    formatBytes(bytes)
  }`;
  out.line(problems.length === 0 ? `ok: ${held}` : `whole: ${held}`);
  for (const line of files === undefined ? [] : fileLines(files)) out.line(clean(line));
  if ("aside" in report) printRepair(report, out);
  if ("ownMissing" in report && report.ownMissing > 0) {
    out.line(
      `this device writes nothing until its own ${
        count(report.ownMissing, "event")
      } have come back, so that it does not fork`,
    );
    out.line("if no peer has them: tinman mesh fsck --forget");
  }
}
