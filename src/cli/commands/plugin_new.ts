import { basename, dirname, join } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import { isPluginId } from "../../plugin/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { pluginFiles, type PluginKind, pluginKinds } from "../plugin_template.ts";

/** `tinman plugin new` */
export const pluginNew = defineCommand({
  name: "plugin new",
  summary: "Make a plugin that passes its own test at once, offline",
  about:
    "A folder with plugin.jsonc (what it is and what it asks for), mod.ts, and fixtures: what goes in and what has " +
    "to come out. An editor knows the types of tinman/plugin where the folder is inside of a project of tinman init.",
  args: [{
    name: "NAME",
    summary: "the folder to make; its last part names what is in the plugin",
    completes: "folder",
  }],
  flags: {
    kind: { type: "string", value: "KIND", choices: pluginKinds, default: "node", summary: "What it brings" },
    id: { type: "string", value: "ID", default: "org.example.NAME", summary: "Its id, such as org.example.nmea" },
  },
  examples: [
    ["tinman plugin new smooth", "a node: a stage of a graph"],
    ["tinman plugin new soften --kind stage", "a kind of stage for a pipeline.json: frames of samples in and out"],
    ["tinman plugin new plugins/position --kind codec --id org.example.position", "a codec: values to bytes"],
  ],
  exits: { 1: "the disk is full or not to be written" },
  json: "object",
  run(context) {
    const { args: [given], flags, io, out, path, settings } = context;
    const folder = path(given!);
    const name = basename(folder);
    const id = flags.id ?? `org.example.${name.toLowerCase()}`;
    checkNames(name, id);
    if (io.files.stat(folder)?.kind === "file" || io.files.list(folder).length > 0) {
      throw new TinmanError("EXISTS", `Cannot make a plugin in ${folder}: something is there`, {
        path: folder,
        hint: "name a folder that is not there yet",
      });
    }
    const files = pluginFiles({ kind: (flags.kind ?? "node") as PluginKind, name, id });
    for (const [file, text] of Object.entries(files)) {
      io.files.makeFolder(dirname(join(folder, file)));
      io.files.replace(join(folder, file), new TextEncoder().encode(text));
    }
    if (settings.json) out.json({ v: 1, id, folder, files: Object.keys(files) });
    else for (const file of Object.keys(files).filter((each) => !each.startsWith("."))) out.line(join(given!, file));
    printNext(given!, context as Context);
    if (!knowsTypes(folder, context as Context)) {
      out.note("\nThere is no project around it, so the editor has no types: tinman init makes one");
    }
    return 0;
  },
});

function printNext(folder: string, { out }: Context): void {
  const steps = [
    [`tinman plugin test ${folder}`, "passes at once"],
    [`edit ${join(folder, "mod.ts")}`, ""],
    [`tinman plugin test ${folder} --update`, "writes what comes out now to its fixtures; read what changed"],
    [`tinman plugin add ${folder}`, "into this project, with nothing granted"],
  ] as const;
  const width = Math.max(...steps.map(([step]) => step.length));
  out.note("\nNext:");
  for (const [step, what] of steps) out.note(`  ${what === "" ? step : `${step.padEnd(width)}  # ${what}`}`);
}

function checkNames(name: string, id: string): void {
  if (!/^[A-Za-z][\w-]{0,63}$/.test(name)) {
    throw new TinmanError("USAGE", `Cannot name a plugin "${name}": expected letters, digits, - and _`, {
      hint: "tinman plugin new smooth",
    });
  }
  if (isPluginId(id) && !id.startsWith("tinman.")) return;
  throw new TinmanError("USAGE", `Cannot use the id "${id}": expected a-z 0-9 - in parts with dots`, {
    hint: "--id org.example.name; ids that begin with tinman. are those of tinman itself",
  });
}

/** Whether a file of a project around the folder says where `tinman/plugin` is. */
function knowsTypes(folder: string, { io }: Context): boolean {
  for (let at = dirname(folder);; at = dirname(at)) {
    if (["deno.json", "deno.jsonc", "tsconfig.json"].some((name) => io.files.stat(join(at, name)) !== undefined)) {
      return true;
    }
    if (at === dirname(at)) return false;
  }
}
