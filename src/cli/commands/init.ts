import { basename, dirname, join } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import { sourceRoot } from "../../platform/mod.ts";
import { defineCommand } from "../command.ts";
import { editorFiles, projectFiles } from "../project.ts";

/** `tinman init` */
export const init = defineCommand({
  name: "init",
  summary: "Make a small project that runs at once, offline",
  args: [{ name: "DIR", summary: "the folder to make; it is empty or not there yet", completes: "folder" }],
  flags: {
    force: { type: "boolean", summary: "Write into a folder with files; files of the same name are replaced" },
    types: { type: "boolean", summary: "Write only what an editor needs, anew: after an update of the executable" },
  },
  examples: [
    ["tinman init demo", "nodes.ts, deno.json with tasks, README.md, .gitignore"],
    ["tinman init --types .", "the types of this tinman for the editor"],
  ],
  exits: { 1: "the disk is full or not to be written" },
  json: "object",
  run({ args: [folder], flags, io, out, path, settings }) {
    const target = path(folder!);
    if (io.files.stat(target)?.kind === "file") {
      throw new TinmanError("EXISTS", `Cannot make a project in ${target}: it is a file`, { path: target });
    }
    const there = io.files.list(target);
    if (there.length > 0 && !flags.force && !flags.types) {
      throw new TinmanError("EXISTS", `Cannot make a project in ${target}: it has ${there[0]} in it`, {
        path: target,
        hint: "name an empty folder, or add --force",
      });
    }
    const files = flags.types ? editorFiles() : projectFiles({ name: basename(target) });
    io.files.makeFolder(target);
    io.files.remove(join(target, DERIVED));
    for (const [name, text] of Object.entries(files)) write(io.files, { path: join(target, name), text });
    if (settings.json) out.json({ v: 1, folder: target, files: Object.keys(files) });
    else for (const name of shown(Object.keys(files))) out.line(join(folder!, name));
    if (flags.types) {
      if (sourceRoot()) out.note("Nothing to write: from source, the imports in deno.json lead to the types");
      return 0;
    }
    const [record, test] = sourceRoot()
      ? ["deno task record", "deno task test"]
      : ["tinman run nodes.ts --record", "tinman replay latest nodes.ts --verify"];
    out.note(`\nNext:\n  cd ${folder}\n  ${record} --duration 3s\n  ${test}`);
    return 0;
  },
});

/** What can be made again at any time. */
const DERIVED = ".tinman/types";

function write(files: Files, { path, text }: { path: string; text: string }): void {
  const bytes = new TextEncoder().encode(text);
  if (!path.includes(DERIVED)) return files.replace(path, bytes);
  // A hundred small files: to wait for the disk after each would take seconds on a slow one.
  files.makeFolder(dirname(path));
  using file = files.open(path, "create");
  if (file.write(bytes) < bytes.length) {
    throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path, hint: "free some space" });
  }
}

/** A hundred files of types are one line. */
function shown(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.startsWith(`${DERIVED}/`) ? DERIVED : name))];
}
