import { type Context, defineCommand } from "../command.ts";
import type { CompareAnswer, ComparePeer } from "../mesh_ask_compare.ts";
import { wholeAddress } from "../mesh_address.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count } from "../output.ts";
import { readFrontier } from "./mesh_pack.ts";
import { machineFlag } from "./mesh_status.ts";

/** `tinman mesh frontier` */
export const meshFrontier = defineCommand({
  name: "mesh frontier",
  summary: "Show how far each feed is here, and how a peer differs",
  about:
    "--diff meets a peer and exchanges no events; it only says who lacks how many. A device that is not known there " +
    "yet shows its invitation first.",
  args: [],
  flags: {
    ...meshFlags,
    ...machineFlag,
    diff: {
      type: "string",
      value: "PEER",
      summary: "Compare with a peer: an address or dir:PATH as of mesh sync, a bundle of it, or a file with what " +
        "tinman mesh frontier -m printed there",
    },
  },
  examples: [
    ["tinman mesh frontier -m > base.frontier", "for tinman mesh pack --for base.frontier elsewhere"],
    ["tinman mesh frontier --diff tcp://base.local:4242", "what tinman mesh sync would exchange"],
    ["tinman mesh frontier --diff dir:/media/usb", "whether the stick has all"],
  ],
  exits: { ...meshExits, 6: "with --diff: they differ" },
  json: "object",
  async run(context) {
    const { flags, out, settings } = context;
    const peer = flags.diff === undefined ? undefined : peerOf(flags.diff, context as Context);
    await using mesh = await openMesh(context);
    if (peer !== undefined) return printDiff(await mesh.ask("compare", peer), context as Context);
    const feeds = await mesh.ask("frontier", {});
    if (settings.json) out.json({ v: 1, feeds });
    else if (flags.machine) {
      for (const { feed, seq, check } of feeds) out.line(`${feed}\t${seq}\t${check.toString(16).padStart(8, "0")}`);
    } else {
      const rows = feeds.map(({ feed, by, seq, check }) => [
        by,
        feed.slice(0, 8) + (feed.includes("~") ? feed.slice(feed.indexOf("~"), feed.indexOf("~") + 5) : ""),
        seq.toLocaleString("en-US"),
        check.toString(16).padStart(8, "0"),
      ]);
      out.table(["by", "feed", "event", "check"], rows, { right: ["event"] });
    }
    return 0;
  },
});

/** Whom a target of `--diff` means. */
function peerOf(target: string, context: Context): ComparePeer {
  const folder = /^dir:(.*)$/s.exec(target)?.[1];
  if (folder !== undefined) return { folder: context.path(folder) };
  // A single letter is a drive.
  if (/^[a-z][a-z0-9+]+:/.test(target)) return { address: wholeAddress(target) };
  if (target.endsWith(".tmesh")) return { file: context.path(target) };
  return { heads: readFrontier(target, context) };
}

function printDiff({ by, feeds, unknownEvents }: CompareAnswer, { out, settings, flags }: Context): number {
  if (settings.json) out.json({ v: 1, by, feeds, unknownEvents });
  else if (flags.machine) {
    for (const { device, here, there } of feeds) out.line(`${device}\t${here}\t${there ?? "-"}`);
    if (unknownEvents > 0) out.line(`-\t0\t${unknownEvents}`);
  } else {
    const rows = feeds.map((each) => [
      each.by,
      each.device.slice(0, 8),
      each.here.toLocaleString("en-US"),
      each.there?.toLocaleString("en-US") ?? "–",
      [
        ...each.parted ? ["two histories"] : [],
        ...each.toSend > 0 ? [`${each.toSend.toLocaleString("en-US")} to send`] : [],
        ...each.toGet > 0 ? [`${each.toGet.toLocaleString("en-US")} to get`] : [],
      ].join(", "),
    ]);
    if (rows.length > 0) out.table(["by", "device", "here", "there", ""], rows, { right: ["here", "there"] });
    if (unknownEvents > 0) out.note(`${count(unknownEvents, "event")} to get of devices that are not known here`);
    if (rows.length === 0 && unknownEvents === 0) out.note("the same in both");
  }
  return feeds.length > 0 || unknownEvents > 0 ? 6 : 0;
}
