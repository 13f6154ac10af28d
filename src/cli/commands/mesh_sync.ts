import { TinmanError } from "../../errors/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { Mesh } from "../mesh_asks.ts";
import { wholeAddress } from "../mesh_address.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman mesh sync` */
export const meshSync = defineCommand({
  name: "mesh sync",
  summary: "Exchange what is new with a peer or a folder, both ways",
  args: [],
  flags: {
    ...meshFlags,
    via: {
      type: "each",
      value: "ADDRESS",
      summary:
        "tcp://HOST:PORT (4242 without one), ws://HOST:PORT/PATH, serial:PATH, or dir:PATH for a stick or a share (default where " +
        "peers were found)",
    },
    trust: {
      type: "boolean",
      summary: "Also with a device that is no member as far as is known here, such as after a restore; it gets all",
    },
    full: { type: "boolean", summary: "Compare everything, also when both seem to have the same" },
  },
  examples: [
    ["tinman mesh sync --via tcp://base.local:4242", "with a machine where tinman mesh start runs"],
    ["tinman mesh sync --via dir:/media/usb", "with all who have used the stick; do the same on their machines"],
  ],
  exits: { ...meshExits, 6: "done, and not all of it counts", 7: "nobody answers there" },
  json: "object",
  async run(context) {
    const { flags } = context;
    const nowhere = flags.via.find((each) => /^(dir:)?$/.test(each));
    if (nowhere !== undefined) {
      throw new TinmanError("USAGE", `Cannot sync via ${JSON.stringify(nowhere)}: it names no place`, {
        argument: "--via",
        hint: "--via dir:PATH for a folder, . for this one; --via tcp://HOST:PORT for a machine",
      });
    }
    await using mesh = await openMesh(context);
    const addresses = flags.via.length > 0 ? flags.via.map(wholeAddress) : (await mesh.ask("status", {})).addresses;
    if (addresses.length === 0) {
      throw new TinmanError("USAGE", "Cannot sync: nobody has said with whom", {
        argument: "--via",
        hint: "tinman mesh sync --via tcp://HOST:PORT, or --via dir:PATH",
      });
    }
    let exit = 0;
    for (const address of addresses) exit = Math.max(exit, await syncVia(mesh, address, context as Context));
    return exit;
  },
});

async function syncVia(mesh: Mesh, address: string, context: Context): Promise<number> {
  const { out, path, settings } = context;
  if (!address.startsWith("dir:")) return await syncWith(mesh, address, context);
  const answer = await mesh.ask("syncFolder", { path: path(address.slice("dir:".length)) });
  const { applied, bundles, written, bytes, warnings } = answer;
  if (settings.json) out.json({ v: 1, via: address, ...answer });
  else {
    const left = written === undefined ? "it holds all that is here" : `left ${clean(written)}, ${formatBytes(bytes)}`;
    out.note(`${clean(address)}: ${count(applied, "new event")} from ${count(bundles, "bundle")}; ${left}`);
    const { came, left: given, missing } = answer.blobs;
    if (came + given > 0) out.note(`${count(came, "file")} came, ${given} left there`);
    if (missing > 0) out.note(`${count(missing, "file")} of records are neither here nor there`);
    for (const each of warnings) out.problem(out.paintError("yellow", `warning: ${clean(each)}`));
  }
  return warnings.length > 0 ? 6 : 0;
}

async function syncWith(mesh: Mesh, address: string, context: Context): Promise<number> {
  const { out, settings, flags } = context;
  const answer = await mesh.ask("sync", { address, isFull: flags.full === true, trust: flags.trust === true });
  const { by, newEvents, sentEvents, sentBytes, receivedBytes, warnings, toSend, toGet } = answer;
  if (settings.json) out.json({ v: 1, ...answer });
  else {
    const traffic = `${formatBytes(sentBytes)} out, ${formatBytes(receivedBytes)} in`;
    out.note(`${clean(by)}: ${count(newEvents, "new event")}, ${sentEvents.toLocaleString("en-US")} sent (${traffic})`);
    if (toSend + toGet > 0) {
      out.problem(`not finished: ${toSend} events to send, ${toGet} to get; once more goes on there`);
    }
    for (const each of warnings) out.problem(out.paintError("yellow", `warning: ${clean(each)}`));
  }
  return warnings.length > 0 || toSend + toGet > 0 ? 6 : 0;
}
