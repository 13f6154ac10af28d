import { didYouMean, TinmanError } from "../../errors/mod.ts";
import type { Role } from "../../mesh/mod.ts";
import { defineCommand } from "../command.ts";
import { wholeAddress } from "../mesh_address.ts";
import { meshExits, meshFlags, openMesh } from "../mesh_open.ts";
import { clean } from "../style.ts";

const DAY_MS = 24 * 3_600_000;

/** `tinman mesh invite` */
export const meshInvite = defineCommand({
  name: "mesh invite",
  summary: "Print an invitation that lets others in",
  about: "Whoever has the text can join, as often as it says: hand it over as you would a key. It holds for a week. " +
    "--own is for another device of yours: it has your name and role, and you remove it yourself should it be lost.",
  args: [],
  flags: {
    ...meshFlags,
    role: {
      type: "string",
      value: "ROLE",
      choices: ["reader", "writer", "admin"],
      default: "writer",
      summary: "What they may do",
    },
    own: { type: "boolean", summary: "For a further device of yours; who writes may do that, too" },
    uses: { type: "number", value: "N", default: "1", summary: "How many devices it lets in" },
    for: { type: "duration", value: "TIME", default: "168h", summary: "How long it holds, such as 48h" },
    at: { type: "each", value: "ADDRESS", summary: "Where they find this device, such as tcp://192.168.1.20:4242" },
  },
  examples: [
    ["tinman mesh invite", "one device that may write"],
    ["tinman mesh invite --uses 20 --for 24h --at tcp://base.local:4242", "for a team"],
    ["tinman mesh invite --own", "for your tablet"],
  ],
  exits: { ...meshExits, 4: "this device is no admin; with --own: it does not write" },
  json: "object",
  async run(context) {
    const { flags, io, out, settings } = context;
    const uses = flags.uses ?? 1;
    if (!Number.isInteger(uses) || uses < 1 || uses > 1e6) {
      throw new TinmanError("USAGE", `Cannot invite ${uses} devices: expected 1 to 1000000`, { argument: "--uses" });
    }
    if (flags.own === true && flags.role !== undefined) {
      throw new TinmanError("USAGE", "Cannot invite with both --own and --role: a device of yours has your role", {
        argument: "--role",
      });
    }
    const nowMs = Number(io.mesh.machine.clock.now() / 1_000_000n);
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("invite", {
      role: flags.role as Role | undefined ?? "writer",
      isOwn: flags.own ?? false,
      uses,
      untilMs: Math.round(nowMs + (flags.for ?? 7 * DAY_MS)),
      addresses: flags.at.map(wholeAddress),
    });
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      out.line(answer.invitation);
      const who = answer.uses === 1 ? "one device" : `${answer.uses} devices`;
      const whose = answer.isOwn ? "of yours " : "";
      out.note(`lets in ${who} ${whose}as ${answer.role}, until ${answer.until}`);
      out.note(`there: tinman mesh join TEXT${answer.isOwn ? "" : " --as NAME"}`);
      out.note(`if it gets lost: tinman mesh withdraw ${answer.ticket.slice(0, 8)}`);
    }
    return 0;
  },
});

/** `tinman mesh members` */
export const meshMembers = defineCommand({
  name: "mesh members",
  summary: "List who takes part, with their devices, and open invitations",
  args: [],
  flags: { ...meshFlags },
  examples: [["tinman mesh members", "names, roles, and how much each has written"]],
  exits: meshExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using mesh = await openMesh(context);
    const members = await mesh.ask("members", {});
    const invitations = await mesh.ask("invitations", {});
    if (settings.json) out.json({ v: 1, members, invitations });
    else {
      const rows = members.flatMap(({ name, role, letInBy, devices }) =>
        devices.map(({ device, isUs, events, last, removedAt }) => [
          name + (isUs ? " (this device)" : ""),
          removedAt === undefined ? role : `removed at ${removedAt}`,
          device.slice(0, 8),
          events.toLocaleString("en-US"),
          last?.slice(0, 19).replace("T", " ") ?? "–",
          letInBy ?? "–",
        ])
      );
      out.table(["member", "role", "device", "events", "last wrote (UTC)", "let in by"], rows, { right: ["events"] });
      if (invitations.length > 0) {
        const open = invitations.map(({ ticket, role, isOwn, left, until, by, joined }) => [
          ...[ticket.slice(0, 8), isOwn ? "own device" : role, String(left), until.slice(0, 19).replace("T", " ")],
          ...[by, joined.join(", ") || "–"],
        ]);
        out.line("");
        out.table(["invitation", "role", "lets in", "until (UTC)", "by", "came with it"], open, { right: ["lets in"] });
      }
    }
    return 0;
  },
});

/** `tinman mesh withdraw` */
export const meshWithdraw = defineCommand({
  name: "mesh withdraw",
  summary: "Let nobody in any more with an invitation",
  about: "Who is known here to have joined with it stays. Who has joined elsewhere meanwhile is out, so sync first; " +
    "whoever that hits needs a new invitation and a new folder. It takes effect on each peer when that hears of it.",
  args: [{
    name: "INVITATION",
    summary: "Its first digits, as tinman mesh members shows them",
    completes: "nothing",
  }],
  flags: meshFlags,
  examples: [["tinman mesh withdraw 8821f697", "one that was sent to the wrong people"]],
  exits: { ...meshExits, 3: "there is no dataset, or no such invitation", 4: "another member wrote it" },
  json: "object",
  async run(context) {
    const { args: [ticket], out, settings } = context;
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("withdraw", { ticket: ticket! });
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      const { joined } = answer;
      out.note(
        `withdrew ${answer.ticket.slice(0, 8)}; ${
          joined.length === 0 ? "nobody had come with it" : clean(`it keeps ${joined.join(", ")}`)
        }`,
      );
    }
    return 0;
  },
});

/** `tinman mesh role` */
export const meshRole = defineCommand({
  name: "mesh role",
  summary: "Let a member do more: reader, writer, admin",
  about:
    "Of those that you, or somebody whom you let in, have let in. Roles only rise: who is to do less is taken out, " +
    "and let in anew with another key.",
  args: [
    { name: "MEMBER", summary: "Its name, or the first digits of one of its devices", completes: "nothing" },
    { name: "ROLE", summary: "What it may do: reader, writer, admin", completes: ["reader", "writer", "admin"] },
  ],
  flags: meshFlags,
  examples: [["tinman mesh role Ana admin", "Ana lets others in and out, too"]],
  exits: { ...meshExits, 3: "there is no dataset, or no such member", 4: "this device is no admin above that member" },
  json: "object",
  async run(context) {
    const { args: [member, role], out, settings } = context;
    if (role !== "reader" && role !== "writer" && role !== "admin") {
      throw new TinmanError("USAGE", `Cannot make ${member} ${role}: expected reader, writer or admin`, {
        argument: "ROLE",
        hint: didYouMean(role!, ["reader", "writer", "admin"]),
      });
    }
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("role", { member: member!, role });
    if (settings.json) out.json({ v: 1, ...answer });
    else out.note(answer.isNew ? clean(`${answer.name} is ${role} now`) : "nothing to do: it is so already");
    return 0;
  },
});

/** `tinman mesh remove` */
export const meshRemove = defineCommand({
  name: "mesh remove",
  summary: "Take a device out: what it writes does not count any more",
  about:
    "An admin removes who it has let in, and those whom they let in; you remove what you lost yourself, from a device that " +
    "you had before. What it wrote before stays, unless you say --all, as for who came by an invitation that was stolen. In a sealed " +
    "dataset the others get a new key. It takes effect on each peer when that peer hears of it, and cannot be undone.",
  args: [{
    name: "DEVICE",
    summary: "The name of the member, or the first digits of the device",
    completes: "nothing",
  }],
  flags: {
    ...meshFlags,
    all: { type: "boolean", summary: "Nothing that it ever wrote counts, and its invitation lets in another" },
    yes: { type: "boolean", short: "y", summary: "Do that: nothing brings it back" },
    reason: { type: "string", value: "TEXT", summary: "Why" },
  },
  examples: [
    ["tinman mesh remove 3f2a91b0 --reason stolen", "a phone that was lost"],
    ["tinman mesh remove 3f2a91b0 --all --yes", "a stranger, with all that it wrote"],
  ],
  exits: { ...meshExits, 4: "this device is no admin above that one, nor one that its member had before" },
  json: "object",
  async run(context) {
    const { args: [device], flags: { all, yes, reason }, out, settings } = context;
    if (all && !yes) {
      throw new TinmanError("USAGE", "Cannot remove --all of a device without --yes: nothing brings it back", {
        argument: "--yes",
        hint: "see how much it has written: tinman mesh members",
      });
    }
    await using mesh = await openMesh(context);
    const answer = await mesh.ask("remove", { device: device!, isWhole: all, isSure: yes, reason });
    if (settings.json) out.json({ v: 1, ...answer });
    else {
      const { by, lastThatCounts: last } = answer;
      out.note(
        `removed ${clean(by)}; ${last === 0 ? "nothing that it wrote counts" : `its first ${last} events count`}`,
      );
    }
    return 0;
  },
});
