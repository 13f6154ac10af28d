import { repairFolder, type RepairReport, verifyFolder, type VerifyReport, writeOwn } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { meshFlags, meshPath } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh verify` */
export const meshVerify = defineCommand({
  name: "mesh verify",
  summary: "Check every checksum, chain and signature of a dataset",
  about: "Changes nothing, and may be run while the dataset is in use.",
  args: [],
  flags: meshFlags,
  examples: [["tinman mesh verify", "is it what its devices have signed?"]],
  exits: { 3: "there is no dataset", 5: "something is not what was written" },
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
  summary: "Find damage in the log of a dataset, and repair it",
  about:
    "A repair keeps what is whole and saves the old log beside the new one. What is left out comes back from any peer that has it.",
  args: [],
  flags: {
    ...meshFlags,
    repair: { type: "boolean", summary: "Write the log anew from what is whole" },
    forget: { type: "boolean", summary: "Write on without own events that were lost, where no peer has them" },
  },
  examples: [["tinman mesh fsck", "look"], ["tinman mesh fsck --repair", "and mend; then tinman mesh sync"]],
  exits: {
    3: "there is no dataset",
    5: "there is damage, and --repair was not given",
    7: "another process has the dataset",
  },
  json: "object",
  run(context) {
    const { flags, io } = context;
    const { machine } = io.mesh;
    const path = meshPath(context);
    const report = flags.repair ? repairFolder(path, machine) : verifyFolder(path, machine);
    if (flags.forget) writeOwn(path, machine.files, undefined);
    print(report, context as Context);
    if (!flags.repair && report.problems.length > 0) context.out.note("tinman mesh fsck --repair keeps what is whole");
    return report.problems.length > 0 && !flags.repair ? 5 : 0;
  },
});

function print(report: VerifyReport | RepairReport, { out, settings }: Context): void {
  if (settings.json) return out.json({ v: 1, ...report });
  const { events, feeds, runs, bytes, cutOff, problems } = report;
  for (const problem of problems) out.line(`${out.paint("red", "damage")}  ${clean(problem)}`);
  if (cutOff > 0) out.line(`cut off  ${cutOff} bytes at the end: a write that was never promised to anybody`);
  const held = `${count(events, "event")} of ${count(feeds, "feed")}, ${count(runs, "signature")}, ${
    formatBytes(bytes)
  }`;
  out.line(problems.length === 0 ? `ok: ${held}` : `whole: ${held}`);
  if ("saved" in report && report.saved !== undefined) {
    out.line(`repaired: ${report.dropped} bytes left out; the old log is ${clean(report.saved)}`);
    out.line("what is missing comes back from a peer: tinman mesh sync");
  }
  if ("ownMissing" in report && report.ownMissing > 0) {
    out.line(
      `this device writes nothing until its own ${
        count(report.ownMissing, "event")
      } have come back, so that it does not fork`,
    );
    out.line("if no peer has them: tinman mesh fsck --forget");
  }
}
