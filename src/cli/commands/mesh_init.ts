import { initFolder, joinFolder, parseInvitation } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { askDataset } from "../mesh_ask_dataset.ts";
import { keepForm, meshExits, meshFlags, meshHere, meshPath, openMesh, wantedForm } from "../mesh_open.ts";
import { formFlags } from "../mesh_open.ts";
import { makePrivate } from "../private_file.ts";
import { clean } from "../style.ts";
import { TinmanError } from "../../errors/mod.ts";
import type { FolderReplica } from "../../mesh/mod.ts";
import { createHost, type MeshHost } from "../mesh_host.ts";

const encryptFlag = {
  encrypt: {
    type: "boolean",
    summary: "The log, attached files and the key of this device are encrypted with TINMAN_PASSPHRASE",
  },
} as const;
const asFlag = {
  as: { type: "string", value: "NAME", summary: "What you are called there (default the name of your account)" },
} as const;

/** `tinman mesh init` */
export const meshInit = defineCommand({
  name: "mesh init",
  summary: "Begin a dataset that several machines write",
  about: "You are its first member, and an admin: tinman mesh invite lets others in. The key of this device is in " +
    "device.key of the folder; whoever has it is this device.",
  args: [{ name: "NAME", summary: "What people call the dataset", completes: "nothing" }],
  flags: {
    ...meshFlags,
    ...asFlag,
    writers: {
      type: "string",
      value: "WHO",
      choices: ["members", "anybody"],
      default: "members",
      summary: "Who may write: members, or anybody who knows the dataset",
    },
    ...encryptFlag,
    sealed: { type: "boolean", summary: "What is written can be read by members alone, not by who passes it on" },
    ...formFlags,
  },
  examples: [
    ["tinman mesh init survey", "in the folder mesh"],
    ["tinman mesh init survey -D survey --as Ana --form wells.xlsx", "records are checked with the form"],
  ],
  exits: { 2: "there is a dataset in the folder already" },
  json: "object",
  async run(context) {
    const { args: [name], flags, io } = context;
    const path = meshPath(context);
    // One that cannot be used leaves no dataset behind.
    wantedForm(flags.form, context);
    const replica = initFolder(path, io.mesh.machine, {
      name: name!,
      as: flags.as ?? ownName(context as Context),
      writers: flags.writers as "members" | "anybody" | undefined ?? "members",
      privacy: flags.sealed ? "sealed" : "open",
      encrypt: flags.encrypt ?? false,
    });
    await using mesh = meshHere(hostFor(replica, context as Context));
    const form = await keepForm(mesh, flags.form, context);
    sayWho(replica, context as Context);
    if (form !== undefined) context.out.note(`form ${clean(form)} is kept with it`);
    return 0;
  },
});

/** `tinman mesh join` */
export const meshJoin = defineCommand({
  name: "mesh join",
  summary: "Take part in a dataset of others, by their invitation",
  about: "Makes a key for this device in a folder that has no dataset. You can write as soon as this device has met " +
    "somebody who knows of the invitation: tinman mesh sync, tinman mesh start or tinman mesh unpack.",
  args: [{ name: "TEXT", summary: "What tinman mesh invite printed; - reads it from stdin", completes: "nothing" }],
  flags: { ...meshFlags, ...asFlag, ...encryptFlag, ...formFlags },
  examples: [["tinman mesh join tinman-invitation:… --as Ben", "then tinman mesh sync"]],
  exits: { 2: "the text is no whole invitation, or there is a dataset in the folder already" },
  json: "object",
  async run(context) {
    const { args: [text], flags, io } = context;
    wantedForm(flags.form, context);
    const invitation = parseInvitation(text === "-" ? await readAll(context as Context) : text!);
    const replica = joinFolder(meshPath(context), io.mesh.machine, {
      invitation,
      encrypt: flags.encrypt ?? false,
      as: flags.as ?? ownName(context as Context),
    });
    await using mesh = meshHere(hostFor(replica, context as Context));
    await keepForm(mesh, flags.form, context);
    sayWho(replica, context as Context);
    if (invitation.of !== undefined) context.out.note("it is a further device of the member that invited it");
    const where = invitation.addresses?.[0];
    context.out.note(
      where === undefined
        ? "to be let in, meet somebody who knows of the invitation: tinman mesh sync --via ADDRESS"
        : `to be let in: tinman mesh sync (goes to ${clean(where)})`,
    );
    return 0;
  },
});

/** `tinman mesh id` */
export const meshId = defineCommand({
  name: "mesh id",
  summary: "Show which dataset this is, and who this device is",
  args: [],
  flags: { ...meshFlags },
  examples: [["tinman mesh id", "name, device and role"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    await using mesh = await openMesh(context);
    const id = await mesh.ask("id", {});
    if (context.settings.json) context.out.json({ v: 1, ...id });
    else {
      const { name, dataset, device, as, role, writers, privacy, folder } = id;
      const rows = { name, dataset, device, as, role, writers, privacy, folder };
      for (const [key, value] of Object.entries(rows)) context.out.line(`${key.padEnd(8)} ${clean(value)}`);
    }
    return 0;
  },
});

function hostFor(replica: FolderReplica, { io }: Context): MeshHost {
  return createHost(replica.path, io.mesh, { replica });
}

function sayWho(replica: FolderReplica, context: Context): void {
  const { flags, out, settings } = context;
  const id = askDataset.id(hostFor(replica, context), {});
  if (settings.json) out.json({ v: 1, ...id });
  else {
    const as = clean(flags.as as string ?? ownName(context));
    out.line(`${clean(id.name)} in ${clean(id.folder)}, as ${as}, device ${id.device.slice(0, 8)}`);
  }
  if (!flags.encrypt) makePrivate(`${id.folder}/device.key`, context, "begin with --encrypt, or in a folder elsewhere");
}

function ownName({ io }: Context): string {
  return io.env("USER") || io.env("USERNAME") || "member";
}

async function readAll({ io }: Context): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of io.input(new AbortController().signal)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > 100_000) {
      throw new TinmanError("TOO_LARGE", "Cannot read the invitation: it is too long", {
        limit: 100_000,
        actual: text.length,
      });
    }
  }
  return text;
}
