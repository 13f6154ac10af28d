import { basename, join } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { projectFiles, sourceRoot } from "../project.ts";

/** `tinman init` */
export const init = defineCommand({
  name: "init",
  summary: "Make a small project that runs at once, offline",
  args: [{ name: "DIR", summary: "the folder to make; it is empty or not there yet", completes: "folder" }],
  flags: { force: { type: "boolean", summary: "Write into a folder with files; files of the same name are replaced" } },
  examples: [["tinman init demo", "nodes.ts, deno.json with tasks, README.md, .gitignore"]],
  exits: { 1: "the disk is full or not to be written" },
  json: "object",
  run({ args: [folder], flags, io, out, path, settings }) {
    const target = path(folder!);
    if (io.files.stat(target)?.kind === "file") {
      throw new TinmanError("EXISTS", `Cannot make a project in ${target}: it is a file`, { path: target });
    }
    const there = io.files.list(target);
    if (there.length > 0 && !flags.force) {
      throw new TinmanError("EXISTS", `Cannot make a project in ${target}: it has ${there[0]} in it`, {
        path: target,
        hint: "name an empty folder, or add --force",
      });
    }
    io.files.makeFolder(target);
    const files = projectFiles({ name: basename(target), root: sourceRoot() });
    for (const [name, text] of Object.entries(files)) {
      io.files.replace(join(target, name), new TextEncoder().encode(text));
    }
    if (settings.json) out.json({ v: 1, folder: target, files: Object.keys(files) });
    else for (const name of Object.keys(files)) out.line(join(folder!, name));
    out.note(`\nNext:\n  cd ${folder}\n  deno task record --duration 3s\n  deno task verify`);
    return 0;
  },
});
