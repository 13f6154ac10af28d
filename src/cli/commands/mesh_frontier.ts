import type { FeedHead } from "../../mesh/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { FrontierAnswer } from "../mesh_ask_dataset.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { readFrontier } from "./mesh_pack.ts";
import { machineFlag } from "./mesh_status.ts";

/** `tinman mesh frontier` */
export const meshFrontier = defineCommand({
  name: "mesh frontier",
  summary: "Show how far each feed is here",
  args: [],
  flags: {
    ...meshFlags,
    ...machineFlag,
    diff: {
      type: "string",
      value: "FILE",
      summary: "Compare with a peer: what tinman mesh frontier -m printed there, or a bundle of it",
    },
  },
  examples: [["tinman mesh frontier -m > base.frontier", "for tinman mesh pack --for base.frontier elsewhere"]],
  exits: { ...meshExits, 6: "with --diff: they differ" },
  json: "object",
  async run(context) {
    const { flags, out, settings } = context;
    const there = flags.diff === undefined ? undefined : readFrontier(flags.diff, context as Context);
    await using mesh = await openMesh(context);
    const feeds = await mesh.ask("frontier", {});
    if (there !== undefined) return printDiff(feeds, there, context as Context);
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

function printDiff(
  here: readonly FrontierAnswer[],
  there: readonly FeedHead[],
  { out, settings, flags }: Context,
): number {
  const names = [...new Set([...here, ...there].map(({ feed }) => feed))].sort();
  const rows = names.flatMap((feed) => {
    const [own, other] = [here, there].map((all) => all.find((each) => each.feed === feed));
    const [a, b] = [own?.seq ?? 0, other?.seq ?? 0];
    const parted = a === b && own?.check !== other?.check;
    if (a === b && !parted) return [];
    const by = (own as FrontierAnswer | undefined)?.by ?? feed.slice(0, 8);
    return [{ feed, by, here: a, there: b, toSend: Math.max(a - b, 0), toGet: Math.max(b - a, 0), parted }];
  });
  if (settings.json) out.json({ v: 1, feeds: rows });
  else if (flags.machine) { for (const { feed, here, there } of rows) out.line(`${feed}\t${here}\t${there}`); }
  else if (rows.length === 0) out.note("the same in both");
  else {
    const cells = rows.map((row) => [
      row.by,
      row.feed.slice(0, 8),
      String(row.here),
      String(row.there),
      row.parted ? "two histories" : row.toSend > 0 ? `${row.toSend} to send` : `${row.toGet} to get`,
    ]);
    out.table(["by", "feed", "here", "there", ""], cells, { right: ["here", "there"] });
  }
  return rows.length > 0 ? 6 : 0;
}
