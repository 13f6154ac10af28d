import { TinmanError } from "../errors/mod.ts";
import { MAX_JOINED, type Role } from "./kinds.ts";
import { ticketKey } from "./members/mod.ts";
import type { Replica } from "./replica.ts";

/** An invitation that still lets somebody in. */
export interface OpenInvitation {
  /** The public half of its key, by which events name it. */
  readonly ticket: string;
  /** What whoever comes may do. */
  readonly role: Role;
  /** The member whose further devices it lets in; undefined for one that lets in members. */
  readonly of: string | undefined;
  /** How many devices it still lets in. */
  readonly left: number;
  /** Until when, in milliseconds since 1970. */
  readonly untilMs: number;
  /** The device that wrote it. */
  readonly by: string;
  /** Devices that came with it. */
  readonly joined: readonly string[];
}

/** Invitations that still let somebody in, as far as is known here. */
export function openInvitations(replica: Replica): OpenInvitation[] {
  return [...replica.members.tickets.values()].flatMap(({ came, kept, ...each }) =>
    kept === undefined && each.left > 0 && each.untilMs > replica.nowMs() ? [{ ...each, joined: [...came] }] : []
  );
}

/**
 * Why the invitation with which this device has joined does not let it in, as far as is known here; undefined when it does,
 * and while nobody has said anything of it.
 */
export function whyNotIn({ feeds, members, key: { device } }: Replica): string | undefined {
  const join = feeds.get(device)?.at(1);
  if (join?.kind !== "member.join" || join.payload === undefined || members.of(device) !== undefined) return undefined;
  const { ticket, of } = join.payload as { readonly ticket: string; readonly of?: string };
  const found = members.tickets.get(ticketKey({ ticket, of }));
  if (found === undefined) return undefined;
  if (found.kept?.has(device) === false) return "its invitation was withdrawn";
  if (found.left <= 0) return "its invitation has let in as many as it may";
  return join.wallMs > found.untilMs ? "it joined when its invitation had run out" : undefined;
}

/**
 * Says that an invitation lets nobody in any more, but those who are known here to have come with it. Who has joined
 * somewhere else meanwhile is out. (SPEC M5, M13)
 *
 * @throws {TinmanError} `DENIED` for an invitation of another member, or of an earlier device of this one; for who is no
 * admin any more.
 */
export function withdraw(replica: Replica, invitation: OpenInvitation): void {
  checkIsOurs(replica, invitation);
  const { ticket, joined } = invitation;
  for (let at = 0; at === 0 || at < joined.length; at += MAX_JOINED) {
    const some = joined.slice(at, at + MAX_JOINED);
    replica.write({ kind: "member.withdraw", ticket, ...(some.length > 0 && { joined: some }) });
  }
}

function checkIsOurs({ members, key, info }: Replica, { ticket, by, of }: OpenInvitation): void {
  const own = members.of(key.device);
  const place = (device: string) => own?.devices.findIndex((each) => each.device === device) ?? -1;
  const isOurs = own !== undefined && own.id === members.of(by)?.id && members.cutoff(key.device) === undefined;
  if (isOurs && (of === undefined ? own.role === "admin" : place(key.device) <= place(by))) return;
  const who = isOurs ? "a device wrote it that this member had before this one" : "another member wrote it";
  throw new TinmanError("DENIED", `Cannot withdraw invitation ${ticket.slice(0, 8)}: ${who}`, {
    what: `members:${info.name}`,
    hint: isOurs
      ? "withdraw it there; if that device is lost, an admin above can remove it: `tinman mesh remove`"
      : `ask ${members.of(by)?.name ?? by.slice(0, 8)}, or remove who came with it: \`tinman mesh remove\``,
  });
}
