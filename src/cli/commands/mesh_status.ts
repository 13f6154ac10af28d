import type { AttachmentsSummary, Tally } from "../../mesh/mod.ts";
import type { MeshAir } from "../../telemetry/mod.ts";
import { defineCommand } from "../command.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { count, formatBytes } from "../output.ts";
import type { BacklogAnswer } from "../mesh_ask_peers.ts";
import { clean } from "../style.ts";

/** A flag of commands whose lines programs read. */
export const machineFlag = {
  machine: { type: "boolean", short: "m", summary: "Lines for programs, which stay as they are: name, tab, value" },
} as const;

/** `tinman mesh status` */
export const meshStatus = defineCommand({
  name: "mesh status",
  summary: "Show how a dataset is, and what needs care",
  args: [],
  flags: { ...meshFlags, ...machineFlag },
  examples: [["tinman mesh status", "for people"], ["tinman mesh status -m", "for programs"]],
  exits: { ...meshExits, 6: "something needs care" },
  json: "object",
  async run(context) {
    const { out, settings, flags } = context;
    await using mesh = await openMesh(context);
    const status = await mesh.ask("status", {});
    const { warnings, forks, addresses, files } = status;
    if (settings.json) out.json({ v: 1, ...status, running: mesh.isRemote });
    else if (flags.machine) {
      const { warnings: _w, forks: _f, addresses: _a, files: _files, backlog, air, ...values } = status;
      for (const [name, value] of Object.entries(values)) out.line(`${name}\t${clean(String(value))}`);
      out.line(`running\t${mesh.isRemote}`);
      for (const each of addresses) out.line(`address\t${clean(each)}`);
      for (const { device, seq } of forks) out.line(`fork\t${device}\t${seq}`);
      for (const each of warnings) out.line(`warning\t${clean(each)}`);
      // Behind all that was there before.
      for (const [name, value] of Object.entries(files)) {
        if (typeof value === "number") out.line(`files.${name}\t${value}`);
        else for (const [what, n] of Object.entries(value)) out.line(`files.${name}.${what}\t${n}`);
      }
      for (const [name, value] of Object.entries(backlog)) out.line(`backlog.${name}\t${value}`);
      for (const [name, value] of Object.entries(air ?? {})) {
        if (typeof value !== "object") out.line(`air.${name}\t${clean(String(value))}`);
      }
    } else {
      const { name, as, device, role, writers, privacy, records, conflicts, members, events, own, logBytes } = status;
      out.line(`${out.paint("bold", clean(name))}: ${count(records, "record")}, ${count(conflicts, "conflict")}`);
      const who = [role, writers === "anybody" ? "anybody may write" : "", privacy === "sealed" ? "sealed" : ""];
      const lines = [
        ["you", `${clean(as)}, device ${device.slice(0, 8)} (${who.filter((each) => each !== "").join(", ")})`],
        [
          "events",
          `${events.toLocaleString("en-US")}, ${own.toLocaleString("en-US")} of this device; ${
            formatBytes(logBytes)
          } on disk`,
        ],
        ["members", String(members)],
        ...fileLines(files),
        ...backlogLines(status.backlog),
        ...status.air === null ? [] : [["air", airLine(status.air)]],
        ...addresses.length === 0 ? [] : [["found at", addresses.map(clean).join(", ")]],
        ["running", mesh.isRemote ? "yes" : "no: tinman mesh start"],
      ];
      for (const [key, value] of lines) out.line(`  ${key!.padEnd(8)}  ${value}`);
      for (const each of warnings) out.line(`  ${out.paint("yellow", "warning")}   ${clean(each)}`);
    }
    return warnings.length > 0 ? 6 : 0;
  },
});

function backlogLines({ peers, toSend, toGet }: BacklogAnswer): string[][] {
  const all = [
    ...peers === 0 ? [] : [`${count(peers, "peer")} may lack up to ${count(toSend, "event")}`],
    ...toGet === 0 ? [] : [`up to ${toGet.toLocaleString("en-US")} to get`],
  ];
  return all.length === 0 ? [] : [["backlog", `${all.join(", ")}: tinman mesh peers`]];
}

function airLine({ address, isHeld, sentBytes, heardBytes, toGet }: MeshAir): string {
  const how = `${formatBytes(sentBytes)} sent, ${formatBytes(heardBytes)} heard`;
  return `${clean(address)}${isHeld ? "" : " is lost"}: ${how}${
    toGet === 0 ? "" : `, ${count(toGet, "event")} to get`
  }`;
}

/** How it is with attached files; nothing where there are none. */
export function fileLines(
  { here, coming, cameBytes, refused, carried, maxCarriedBytes }: AttachmentsSummary,
): string[][] {
  const all: string[] = [];
  const say = ({ count: n, bytes }: Tally, what: string) =>
    `${n.toLocaleString("en-US")} ${what} (${formatBytes(bytes)})`;
  if (here.count + coming.count + refused.count > 0) all.push(say(here, "here"));
  if (coming.count > 0) all.push(`${say(coming, "to come").slice(0, -1)}, of which ${formatBytes(cameBytes)} came)`);
  if (refused.count > 0) all.push(say(refused, "without room"));
  const lines = all.length === 0 ? [] : [["files", all.join(", ")]];
  const room = `of ${formatBytes(maxCarriedBytes)}`;
  return carried.count === 0 ? lines : [...lines, ["carried", `${say(carried, "for others").slice(0, -1)} ${room})`]];
}
