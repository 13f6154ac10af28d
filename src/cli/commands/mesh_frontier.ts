import { defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { machineFlag } from "./mesh_status.ts";

/** `tinman mesh frontier` */
export const meshFrontier = defineCommand({
  name: "mesh frontier",
  summary: "Show how far each feed is here",
  args: [],
  flags: { ...meshFlags, ...machineFlag },
  examples: [["tinman mesh frontier -m > base.frontier", "for tinman mesh pack --for base.frontier elsewhere"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { flags, out, settings } = context;
    await using mesh = await openMesh(context);
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
