import type { MeshAir, MeshPeer } from "../../telemetry/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import { clean } from "../style.ts";

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
    const air = await mesh.ask("air", {});
    if (settings.json) out.json({ v: 1, running: mesh.isRemote, peers, ...(air !== null && { air }) });
    else {
      if (!mesh.isRemote) out.note(`not running: tinman mesh start${peers.length > 0 ? NOT_RUNNING : ""}`);
      if (peers.length > 0) showPeers(peers, context as Context);
      else if (mesh.isRemote) out.note("nobody was met yet");
      if (air !== null) showAir(air, context as Context);
    }
    return 0;
  },
});

const NOT_RUNNING = "; this is what is known from the last contacts";

/** The medium does not tell who is there, so this is about what was said. */
function showAir(air: MeshAir, { out }: Context): void {
  const { address, isHeld, since, bytesPerSecond, heard, same, other, newEvents, toGet, asked, waitingBytes } = air;
  out.line(`${out.paint("bold", "air")}: ${clean(address)}, ${isHeld ? "held" : "lost"} since ${timeOf(since)} UTC`);
  const last = heard === undefined
    ? "nothing of this dataset"
    : `${formatBytes(air.heardBytes)}, last ${timeOf(heard)}`;
  const lines = [
    ["sent", `${formatBytes(air.sentBytes)}, at most ${bytesPerSecond} bytes a second`],
    ["heard", `${last}; ${count(newEvents, "new event")}`],
    ...same === undefined ? [] : [["same", `somebody had just what was here: ${timeOf(same)}`]],
    ...other === undefined ? [] : [["other", `somebody had something else: ${timeOf(other)}`]],
    [
      "to send",
      `${count(asked, "request")} to answer, ${formatBytes(waitingBytes)} wait; what others lack is not said there`,
    ],
    ["to get", `${count(toGet, "event")} that somebody said it has`],
  ];
  for (const [key, value] of lines) out.line(`  ${key!.padEnd(8)}  ${value}`);
  if (air.authors.length === 0) return;
  const rows = air.authors.map(({ by, heard, toGet: left }) => [by, timeOf(heard), String(left)]);
  out.table(["written by", "spoken of (UTC)", "to get"], rows, { right: ["to get"] });
}

function timeOf(stamp: string): string {
  return stamp.slice(0, 19).replace("T", " ");
}

function showPeers(peers: readonly MeshPeer[], { out }: Context): void {
  const rows = peers.map((peer) => [
    peer.by,
    peer.isHere ? "here" : "away",
    timeOf(peer.since),
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
