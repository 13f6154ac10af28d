import { basename } from "node:path";
import { TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { formatBytes } from "../output.ts";
import { clean } from "../style.ts";
import { fileLines } from "./mesh_status.ts";

/** `tinman mesh attach` */
export const meshAttach = defineCommand({
  name: "mesh attach",
  summary: "Attach a file to a field of a record",
  about: "At most 64 MiB. Its content goes to peers after all that was written, and goes on where it stopped.",
  args: [
    { name: "ID", summary: "The name of the record", completes: "nothing" },
    { name: "FIELD", summary: "The field that it belongs to", completes: "nothing" },
    { name: "FILE", summary: "The file" },
  ],
  flags: {
    ...meshFlags,
    type: { type: "string", short: "t", value: "TYPE", summary: "Its media type (default by its name)" },
  },
  examples: [["tinman mesh attach R-1 photo door.jpg", "a picture"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [record, field, file], flags, out, path, settings } = context;
    await using mesh = await openMesh(context);
    const options = { record: record!, field: field!, file: path(file!), type: flags.type };
    const answer = await mesh.ask("attach", options);
    if (settings.json) out.json({ v: 1, ...answer });
    else out.note(clean(`attached ${file} to ${field} of ${record}: ${answer.type}, ${formatBytes(answer.size)}`));
    return 0;
  },
});

/** `tinman mesh save` */
export const meshSave = defineCommand({
  name: "mesh save",
  summary: "Write an attached file of a record to this machine",
  args: [
    { name: "ID", summary: "The name of the record", completes: "nothing" },
    { name: "NAME", summary: "The name of the file, or its field", completes: "nothing" },
  ],
  flags: {
    ...meshFlags,
    output: { type: "string", short: "o", value: "FILE", summary: "Where to (default its name, here)" },
  },
  examples: [["tinman mesh save R-1 photo -o door.jpg", "the newest of the field photo"]],
  exits: { ...meshExits, 3: "there is no such record or file, or it has not come yet" },
  json: "object",
  async run(context) {
    const { args: [record, name], flags, io, out, path, settings } = context;
    if (flags.output === "-" || flags.output === "") {
      throw new TinmanError("USAGE", "Cannot save a file to stdout: a file is written whole or not at all", {
        argument: "--output",
        hint: "name one: -o FILE; one that is called - is ./-",
      });
    }
    await using mesh = await openMesh(context);
    const found = (await mesh.ask("files", { record: record! })).findLast((each) =>
      each.name === name || each.field === name
    );
    // The name comes from somebody else and must not lead elsewhere.
    const safe = basename((found?.name ?? name!).replaceAll("\\", "/")).replace(/^\.+/, "") || "file";
    const to = flags.output ?? safe;
    if (flags.output === undefined && io.files.stat(path(to)) !== undefined) {
      throw new TinmanError("EXISTS", `Cannot save ${to}: there is such a file`, {
        path: path(to),
        hint: "name one: -o FILE",
      });
    }
    const answer = await mesh.ask("save", { record: record!, name: name!, to: path(to) });
    if (settings.json) out.json({ v: 1, ...answer, file: path(to) });
    else out.note(clean(`saved ${answer.name} as ${to}, ${formatBytes(answer.size)}`));
    return 0;
  },
});

/** `tinman mesh room` */
export const meshRoom = defineCommand({
  name: "mesh room",
  summary: "Show how much room attached files have here, or give them more",
  about: "What is here stays when there is less room than it takes, and nothing more is fetched then.",
  args: [{ name: "MIB", summary: "Most of it, in MiB", optional: true, completes: "nothing" }],
  flags: meshFlags,
  examples: [["tinman mesh room", "look"], ["tinman mesh room 4096", "4 GiB, for good, on this machine"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { args: [mib], out, settings } = context;
    if (mib !== undefined && !/^\d{1,9}$/.test(mib)) {
      throw new TinmanError("CONFIG", `Cannot make room for files: ${mib} is no number of MiB`, {
        hint: "`tinman mesh room 4096` is 4 GiB",
      });
    }
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("room", mib === undefined ? {} : { maxBytes: Number(mib) * 2 ** 20 });
    const { usedBytes, maxBytes } = answer;
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      out.line(`room      ${formatBytes(usedBytes)} of ${formatBytes(maxBytes)} taken`);
      for (const [what, text] of fileLines(answer)) out.line(`${what!.padEnd(8)}  ${text}`);
    }
    return 0;
  },
});
