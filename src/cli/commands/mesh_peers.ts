import { defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { formatBytes } from "../output.ts";

/** `tinman mesh peers` */
export const meshPeers = defineCommand({
  name: "mesh peers",
  summary: "List peers that were met, and what is still to be exchanged",
  about: "Of the process of tinman mesh start; who takes part at all says tinman mesh members.",
  args: [],
  flags: meshFlags,
  examples: [["tinman mesh peers", "who is here, and how much each lacks"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using mesh = await openMesh(context);
    const peers = await mesh.ask("peers", {});
    if (settings.json) out.json({ v: 1, running: mesh.isRemote, peers });
    else if (!mesh.isRemote) out.note("not running: tinman mesh start");
    else if (peers.length === 0) out.note("nobody was met yet");
    else {
      const rows = peers.map((peer) => [
        peer.by,
        peer.isHere ? "here" : "away",
        peer.since.slice(0, 19).replace("T", " "),
        peer.via,
        `${peer.sentEvents} (${formatBytes(peer.sentBytes)})`,
        `${peer.newEvents} (${formatBytes(peer.receivedBytes)})`,
        String(peer.toSend),
        String(peer.toGet),
      ]);
      const head = ["peer", "", "since (UTC)", "via", "sent", "new", "to send", "to get"];
      out.table(head, rows, { right: ["sent", "new", "to send", "to get"] });
    }
    return 0;
  },
});
