import { TinmanError } from "../errors/mod.ts";
import { type OpenInvitation, openInvitations, ticketOf, withdraw } from "../mesh/mod.ts";
import {
  datasetId,
  formatInvitation,
  formatStamp,
  invite,
  type Member,
  remove,
  type Role,
  whyNotIn,
} from "../mesh/mod.ts";
import {
  type AttachmentsSummary,
  planCompaction,
  promote,
  readPeers,
  summaryOf,
  verifyFolder,
  type VerifyReport,
} from "../mesh/mod.ts";
import type { MeshAir, MeshFeed, MeshMember, MeshStatus } from "../telemetry/mod.ts";
import { askPeers, type BacklogAnswer, diskWarnings } from "./mesh_ask_peers.ts";
import { deviceNamed, memberNamed, type MeshHost, whoOf } from "./mesh_host.ts";

/** Which dataset, and who we are there. */
export interface IdAnswer {
  readonly name: string;
  /** 64 hexadecimal digits. */
  readonly dataset: string;
  readonly device: string;
  readonly as: string;
  /** `none` until somebody has let us in. */
  readonly role: Role | "none" | "removed";
  readonly writers: "anybody" | "members";
  readonly privacy: "open" | "sealed";
  readonly folder: string;
}

/** How things are. */
export interface StatusAnswer extends IdAnswer, MeshStatus {
  readonly role: IdAnswer["role"];
  /** Events of this device. */
  readonly own: number;
  readonly members: number;
  /** Attached files: what is here, is to come, and is kept for others. */
  readonly files: AttachmentsSummary;
  /** What is still to be exchanged with peers. */
  readonly backlog: BacklogAnswer;
  /** The radio channel that it shares; null where it shares none. */
  readonly air: MeshAir | null;
}

/** What this device holds of a feed. */
export interface FrontierAnswer extends MeshFeed {
  /** The first four bytes of the id of that event. */
  readonly check: number;
}

/** Who takes part. */
export interface MemberAnswer extends MeshMember {
  readonly member: string;
  readonly role: Role;
  readonly letInBy?: string | undefined;
}

/** An invitation that still lets somebody in. */
export interface InvitationAnswer {
  readonly ticket: string;
  readonly role: Role;
  /** Whether who comes is a further device of the member that wrote it. */
  readonly isOwn: boolean;
  /** How many devices it still lets in. */
  readonly left: number;
  readonly until: string;
  readonly by: string;
  /** Who came with it. */
  readonly joined: readonly string[];
}

/** What can be asked about a dataset as a whole. */
export const askDataset = {
  id: ({ replica }: MeshHost, _: Nothing): IdAnswer => {
    const { info, key: { device }, members, path } = replica;
    const { name, writers = "members", privacy = "open" } = info;
    const member = members.of(device);
    const isOut = member?.devices.find((each) => each.device === device)?.cutoff !== undefined;
    const role = isOut ? "removed" : member?.role ?? "none";
    const as = whoOf(replica, device);
    return { name, dataset: datasetId(info).toHex(), device, as, role, writers, privacy, folder: path };
  },

  status: (host: MeshHost, _: Nothing): StatusAnswer => {
    const { replica, files, addresses, attachments } = host;
    const { feeds, view, members, logBytes, key: { device } } = replica;
    const all = [...feeds.all()];
    const counts = (own: boolean) =>
      all.filter((feed) => !own || feed.device === device).reduce((sum, { last, base }) => sum + last - base + 1, 0);
    const id = askDataset.id(host, {});
    return {
      ...id,
      events: counts(false),
      own: counts(true),
      feeds: all.length,
      members: members.list().length,
      records: [...view.records()].length,
      conflicts: view.conflicts().length,
      waiting: feeds.waiting.size.runs,
      logBytes,
      digest: view.digest.toHex(),
      forks: feeds.forks.map((fork) => ({ device: fork.device, by: whoOf(replica, fork.device), seq: fork.seq })),
      addresses: [...new Set([...addresses, ...readPeers(replica.path, files)])],
      warnings: warningsOf(host, id.role),
      files: summaryOf(attachments),
      backlog: askPeers.backlog(host, {}),
      air: askPeers.air(host, {}),
    };
  },

  frontier: ({ replica }: MeshHost, _: Nothing): FrontierAnswer[] =>
    [...replica.feeds.all()].map((feed) => ({
      feed: feed.name,
      by: whoOf(replica, feed.device),
      device: feed.device,
      seq: feed.last,
      check: feed.checkAt(feed.last)!,
    })).sort((a, b) => a.feed < b.feed ? -1 : 1),

  members: (host: MeshHost, _: Nothing): MemberAnswer[] =>
    host.replica.members.list().map((member) => memberAnswer(member, host)),

  invite: (host: MeshHost, options: {
    readonly role: Role;
    readonly isOwn: boolean;
    readonly uses: number;
    readonly untilMs: number;
    readonly addresses: readonly string[];
  }): { invitation: string; ticket: string; role: Role; isOwn: boolean; uses: number; until: string } => {
    const { replica, secret, addresses } = host;
    const { isOwn, uses, untilMs } = options;
    const role = isOwn ? replica.members.of(replica.key.device)?.role ?? "writer" : options.role;
    const reachable = [...new Set([...options.addresses, ...addresses])];
    const made = invite(replica, { ...options, secret: secret(32), addresses: reachable });
    const until = formatStamp({ wallMs: untilMs, counter: 0 });
    return { invitation: formatInvitation(made), ticket: ticketOf(made.secret), role, isOwn, uses, until };
  },

  /** Invitations that still let somebody in. */
  invitations: ({ replica }: MeshHost, _: Nothing): InvitationAnswer[] =>
    openInvitations(replica).map((each) => invitationAnswer(each, replica)),

  withdraw: ({ replica }: MeshHost, { ticket }: { readonly ticket: string }): InvitationAnswer => {
    const all = openInvitations(replica);
    const found = ticket.length < 4 ? [] : all.filter((each) => each.ticket.startsWith(ticket.toLowerCase()));
    if (found.length !== 1) {
      const why = found.length === 0 ? "there is none that still lets anybody in" : "several begin so";
      throw new TinmanError("NOT_FOUND", `Cannot find invitation ${JSON.stringify(ticket.slice(0, 80))}: ${why}`, {
        kind: "invitation",
        id: ticket,
        hint: "`tinman mesh members` lists them; the first eight digits will do",
      });
    }
    const answer = invitationAnswer(found[0]!, replica);
    withdraw(replica, found[0]!);
    return answer;
  },

  remove: (
    { replica, secret }: MeshHost,
    { device, isWhole, isSure, reason }: {
      readonly device: string;
      readonly isWhole: boolean;
      readonly isSure: boolean;
      readonly reason?: string | undefined;
    },
  ) => {
    const found = deviceNamed(replica, device);
    if (!isSure) refuseLastAdmin(replica, found);
    const who = whoOf(replica, found);
    remove(replica, found, { random: secret, isWhole, ...(reason !== undefined && { reason }) });
    return { device: found, by: who, lastThatCounts: replica.members.cutoff(found) ?? 0 };
  },

  role: ({ replica }: MeshHost, { member, role }: { readonly member: string; readonly role: Role }) => {
    const found = memberNamed(replica, member);
    const isNew = promote(replica, found, role);
    return { member: found.id, name: found.name, role, isNew };
  },

  verify: ({ replica }: MeshHost, _: Nothing): VerifyReport => verifyFolder(replica.path, replica.machine),
};

type Nothing = Readonly<Record<never, never>>;

function refuseLastAdmin({ members, info }: MeshHost["replica"], device: string): void {
  const admins = members.list().flatMap(({ devices }) => devices.filter((each) => members.isAdmin(each.device)));
  if (admins.length !== 1 || admins[0]!.device !== device) return;
  const message =
    `Cannot remove ${device.slice(0, 8)} from ${info.name} without --yes: it is the only admin, and nobody ` +
    "could let anybody in or out after it";
  throw new TinmanError("USAGE", message, {
    argument: "--yes",
    hint: "let somebody else be one first: tinman mesh role MEMBER admin",
  });
}

const AHEAD_MS = 600_000;

function warningsOf(host: MeshHost, role: IdAnswer["role"]): string[] {
  const { replica, clock, attachments } = host;
  const warnings = diskWarnings(host);
  const nowMs = Number(clock.now() / 1_000_000n);
  const { wallMs } = replica.hlc.last;
  if (wallMs - nowMs > AHEAD_MS) {
    const [now, then] = [nowMs, wallMs].map((ms) => formatStamp({ wallMs: ms, counter: 0 }));
    warnings.push(`this machine's clock says ${now}, and there are events of ${then}: set the clock`);
  }
  if (replica.isBehind) {
    warnings.push("events of this device are not here, and peers may have them: sync before you write");
  }
  const why = role === "none" ? whyNotIn(replica) : undefined;
  if (why !== undefined) warnings.push(`this device is not let in: ${why}. Ask an admin for another one`);
  else if (role === "none") {
    warnings.push("nobody has let this device in yet: sync with a peer that knows the invitation");
  }
  if (role === "removed") warnings.push("this device was removed: what it writes counts nowhere");
  const forks = replica.feeds.forks.filter(({ device }) => replica.members.cutoff(device) === undefined);
  for (const { device, seq } of forks) {
    const who = whoOf(replica, device);
    warnings.push(
      `${who} has written two histories from event ${seq} on: the device was copied. Remove it, and let it in anew`,
    );
  }
  if (replica.view.isOutdated) {
    warnings.push("somebody was removed at an event that was compacted: fetch the dataset whole from who has it");
  }
  // Only there can it be compacted at all.
  const isAdmin = replica.members.isAdmin(replica.key.device);
  for (const { device, events, lastMs } of isAdmin ? planCompaction(replica).heldUpBy : []) {
    const since = lastMs === undefined
      ? "was never met"
      : `was last met ${formatStamp({ wallMs: lastMs, counter: 0 })}`;
    warnings.push(`${whoOf(replica, device)} ${since}, and may lack ${events} old events: they cannot be compacted`);
  }
  const { refused, usedBytes, maxBytes } = summaryOf(attachments);
  if (refused.count > 0) {
    const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
    warnings.push(
      `${refused.count} files (${mib(refused.bytes)}) are not fetched, for they have no room: ${mib(usedBytes)} of ${
        mib(maxBytes)
      } are taken, and none may have more than 64 MiB. Make room: tinman mesh room MIB`,
    );
  }
  const { runs } = replica.feeds.waiting.size;
  if (runs > 0) {
    const why = "for events that are missing, for their device to be let in, or for this clock to reach their time";
    warnings.push(`${runs} parts of feeds wait, ${why}`);
  }
  return warnings;
}

function invitationAnswer(
  { ticket, role, of, left, untilMs, by, joined }: OpenInvitation,
  replica: MeshHost["replica"],
): InvitationAnswer {
  const until = formatStamp({ wallMs: untilMs, counter: 0 });
  const came = joined.map((each) => whoOf(replica, each));
  return { ticket, role, isOwn: of !== undefined, left, until, by: whoOf(replica, by), joined: came };
}

function memberAnswer({ id, name, role, parent, devices }: Member, { replica }: MeshHost): MemberAnswer {
  return {
    member: id,
    name,
    role,
    letInBy: parent === undefined ? undefined : whoOf(replica, parent),
    devices: devices.map(({ device, cutoff }) => {
      const feed = replica.feeds.get(device);
      const last = feed?.at(feed.last);
      return {
        device,
        isUs: device === replica.key.device,
        events: feed?.last ?? 0,
        last: last && formatStamp(last),
        removedAt: cutoff,
      };
    }),
  };
}
