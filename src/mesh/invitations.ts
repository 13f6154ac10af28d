import { TinmanError } from "../errors/mod.ts";
import { MAX_JOINED, type Role } from "./kinds.ts";
import type { Replica } from "./replica.ts";

/** An invitation that still lets somebody in. */
export interface OpenInvitation {
  /** The public half of its key, by which events name it. */
  readonly ticket: string;
  readonly role: Role;
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
  return [...replica.members.tickets].flatMap(([ticket, { role, left, untilMs, by, came, kept }]) =>
    kept === undefined && left > 0 && untilMs > replica.nowMs()
      ? [{ ticket, role, left, untilMs, by, joined: [...came] }]
      : []
  );
}

/**
 * Says that an invitation lets nobody in any more, but those who are known here to have come with it. Who has joined
 * somewhere else meanwhile is out. (SPEC M5)
 *
 * @throws {TinmanError} `DENIED` for who is no admin, and for an invitation of another member.
 */
export function withdraw(replica: Replica, { ticket, by, joined }: OpenInvitation): void {
  const { members, key, info } = replica;
  const own = members.of(key.device);
  if (!members.isAdmin(key.device) || own?.id !== members.of(by)?.id) {
    throw new TinmanError("DENIED", `Cannot withdraw invitation ${ticket.slice(0, 8)}: another member wrote it`, {
      what: `members:${info.name}`,
      hint: `ask ${members.of(by)?.name ?? by.slice(0, 8)}, or remove who came with it: \`tinman mesh remove\``,
    });
  }
  for (let at = 0; at === 0 || at < joined.length; at += MAX_JOINED) {
    const some = joined.slice(at, at + MAX_JOINED);
    replica.write({ kind: "member.withdraw", ticket, ...(some.length > 0 && { joined: some }) });
  }
}
