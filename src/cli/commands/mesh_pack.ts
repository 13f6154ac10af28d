import { TinmanError } from "../../errors/mod.ts";
import { type FeedHead, readBundleAbout } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { readNamed } from "../form_file.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh pack` */
export const meshPack = defineCommand({
  name: "mesh pack",
  summary: "Write all that is here into one file, to be carried",
  args: [{ name: "FILE", summary: "Where to, such as survey.tmesh" }],
  flags: {
    ...meshFlags,
    for: {
      type: "string",
      value: "FILE",
      summary: "Only what a peer lacks: what tinman mesh frontier -m printed there, or a bundle of it",
    },
    "no-files": { type: "boolean", summary: "Without what the files of records contain" },
  },
  examples: [
    ["tinman mesh pack /media/usb/survey.tmesh", "there: tinman mesh unpack /media/usb/survey.tmesh"],
    ["tinman mesh pack news.tmesh --for base.frontier", "small enough for a mail"],
  ],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [file], flags, out, path, settings } = context;
    const known = flags.for === undefined ? undefined : readFrontier(flags.for, context as Context);
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("pack", { file: path(file!), known, withFiles: !flags["no-files"] });
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      const files = answer.files === 0 ? "" : ` and ${count(answer.files, "file")}`;
      out.note(`packed ${count(answer.events, "event")}${files} into ${clean(file!)}, ${formatBytes(answer.bytes)}`);
      if (answer.filesLeft > 0) out.problem(`${count(answer.filesLeft, "file")} had no room in it`);
    }
    return 0;
  },
});

/** `tinman mesh unpack` */
export const meshUnpack = defineCommand({
  name: "mesh unpack",
  summary: "Take in what a bundle holds, after all of it was checked",
  args: [{ name: "FILE", summary: "What tinman mesh pack wrote" }],
  flags: meshFlags,
  examples: [["tinman mesh unpack /media/usb/survey.tmesh", "twice is as good as once"]],
  exits: { ...meshExits, 5: "the bundle was cut off or changed; nothing of it was used", 6: "not all of it counts" },
  json: "object",
  async run(context) {
    const { args: [file], out, path, settings } = context;
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("unpack", { file: path(file!) });
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      const files = answer.files === 0 ? "" : `, ${count(answer.files, "file")}`;
      out.note((answer.applied === 0 ? "nothing new" : count(answer.applied, "new event")) + files);
      for (const each of answer.warnings) out.problem(out.paintError("yellow", `warning: ${clean(each)}`));
    }
    return answer.warnings.length > 0 ? 6 : 0;
  },
});

/** How far a peer is: lines of `mesh frontier -m`, or what a bundle of it says. */
export function readFrontier(name: string, context: Context): FeedHead[] {
  const bytes = readNamed(name, context);
  if (name.endsWith(".tmesh")) return [...readBundleAbout(bytes, name).frontier];
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/).filter((line) => line.trim() !== "");
  return lines.map((line, i) => {
    const found = /^([0-9a-f]{64}(?:~[0-9a-f]{16})?)\t(\d{1,10})\t([0-9a-f]{8})$/.exec(line);
    if (found !== null) return { feed: found[1]!, seq: Number(found[2]), check: parseInt(found[3]!, 16) };
    throw new TinmanError("CONFIG", `Cannot read frontier ${name}, line ${i + 1}: expected feed, event and check`, {
      path: name,
      hint: "there: tinman mesh frontier -m > FILE",
    });
  });
}
