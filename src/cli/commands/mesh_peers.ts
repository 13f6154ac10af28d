import type { MeshPeer } from "../../telemetry/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { formatBytes } from "../output.ts";

/** `tinman mesh peers` */
export const meshPeers = defineCommand({
  name: "mesh peers",
  summary: "List peers that were met, and what is still to be exchanged",
  about:
    "With tinman mesh start those that are here, and all that were met before; else what the last contact with each " +
    "came to. Who is away may have got things from others since. Who takes part at all says tinman mesh members.",
  args: [],
  flags: meshFlags,
  examples: [["tinman mesh peers", "who is here, who was met when, and how much each lacks"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using mesh = await openMesh(context);
    const peers = await mesh.ask("peers", {});
    if (settings.json) out.json({ v: 1, running: mesh.isRemote, peers });
    else {
      if (!mesh.isRemote) out.note(`not running: tinman mesh start${peers.length > 0 ? NOT_RUNNING : ""}`);
      if (peers.length > 0) showPeers(peers, context as Context);
      else if (mesh.isRemote) out.note("nobody was met yet");
    }
    return 0;
  },
});

const NOT_RUNNING = "; this is what is known from the last contacts";

function showPeers(peers: readonly MeshPeer[], { out }: Context): void {
  const rows = peers.map((peer) => [
    peer.by,
    peer.isHere ? "here" : "away",
    peer.since.slice(0, 19).replace("T", " "),
    peer.via,
    peer.status,
    `${peer.sentEvents} (${formatBytes(peer.sentBytes)})`,
    `${peer.newEvents} (${formatBytes(peer.receivedBytes)})`,
    String(peer.toSend),
    String(peer.toGet),
  ]);
  const head = ["peer", "", "since (UTC)", "via", "sync", "sent", "new", "to send", "to get"];
  out.table(head, rows, { right: ["sent", "new", "to send", "to get"] });
}
