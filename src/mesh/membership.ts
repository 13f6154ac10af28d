import { TinmanError } from "../errors/mod.ts";
import type { Role } from "./kinds.ts";
import { type Invitation, type Member, proveTicket, ticketOf } from "./members/mod.ts";
import type { Replica } from "./replica.ts";

/** Options of {@linkcode invite}. */
export interface InviteOptions {
  /** What whoever comes may do. @default {"writer"} */
  readonly role?: Role;
  /** Whether what comes is a further device of this member, with the role that it has. @default {false} */
  readonly isOwn?: boolean;
  /** How many devices it lets in. @default {1} */
  readonly uses?: number;
  /** Until when, in milliseconds since 1970. @default {a week from now} */
  readonly untilMs?: number;
  /** 32 bytes from the machine's own source of chance: whoever has them can join. */
  readonly secret: Uint8Array;
  /** Where this peer can be found. @default {[]} */
  readonly addresses?: readonly string[];
}

const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * Writes an invitation; give what it returns to whom it is for.
 *
 * @throws {TinmanError} `DENIED` for who is no admin; for a further device of its own, for who is no writer.
 */
export function invite(replica: Replica, options: InviteOptions): Invitation {
  const { uses = 1, secret, addresses = [] } = options;
  const own = options.isOwn === true ? ownMember(replica) : undefined;
  if (own === undefined) checkIsAdmin(replica, "invite anybody to");
  const role = own?.role ?? options.role ?? "writer";
  const untilMs = options.untilMs ?? replica.nowMs() + WEEK_MS;
  const of = own && { of: own.id };
  replica.write({ kind: "member.invite", ticket: ticketOf(secret), ...of, role, untilMs, uses });
  return { info: replica.info, secret, addresses, ...of };
}

/** Says that this device joins, as the first thing that it writes. @throws {TinmanError} `EXISTS` when it wrote before. */
export function join(replica: Replica, invitation: Invitation, name: string): void {
  const { device } = replica.key;
  if (replica.feeds.of(device).length > 0) {
    throw new TinmanError("EXISTS", `Cannot join ${replica.info.name}: this device has written to it before`, {
      path: replica.info.name,
      hint: "join with a new device: `tinman mesh join` in an empty folder",
    });
  }
  const proof = proveTicket(invitation, device);
  const [{ box }, { of, secret }] = [replica.keyring, invitation];
  replica.write({ kind: "member.join", ticket: ticketOf(secret), proof, name, box, ...(of !== undefined && { of }) });
}

/** Options of {@linkcode remove}. */
export interface RemoveOptions {
  /** Bytes from the machine's own source of chance. */
  random(length: number): Uint8Array;
  readonly reason?: string;
  /** Whether nothing that it ever wrote counts, and its invitation lets in somebody else. @default {false} */
  readonly isWhole?: boolean;
}

/**
 * Says that a device is out: what it wrote up to now counts, what it writes from now on does not. In a sealed dataset
 * the others get a new key.
 *
 * @throws {TinmanError} `DENIED` for who is no admin above that member, nor an earlier device of it, `NOT_FOUND` for a
 * device that is no member, `CONFIG` for all of a device that is this one, or whose events are in a snapshot by now.
 */
export function remove(replica: Replica, device: string, { random, reason, isWhole = false }: RemoveOptions): void {
  checkMayRemove(replica, device);
  if (isWhole && device === replica.key.device) {
    throw new TinmanError("CONFIG", `Cannot remove all of this device from ${replica.info.name}: it says so itself`, {
      hint: "erase what it wrote: `tinman mesh erase`; or let an admin remove it",
    });
  }
  if (isWhole && replica.feeds.of(device).some(({ parent, base }) => parent === undefined && base > 1)) {
    const message = `Cannot remove all of ${device.slice(0, 8)} from ${replica.info.name}: what it wrote was compacted`;
    throw new TinmanError("CONFIG", message, {
      hint: "remove it without --all, and erase what is not to stay: `tinman mesh erase`",
    });
  }
  const branches = isWhole ? [] : replica.feeds.of(device);
  const heads = branches.map((feed) => ({ seq: feed.last, check: feed.checkAt(feed.last)! }));
  replica.write({ kind: "member.remove", device, heads, ...(reason !== undefined && { reason }) });
  // Of who is no admin, or has just left, a new key would count nowhere: the next admin that hears of it makes one.
  const makesKeys = replica.info.privacy === "sealed" && replica.members.isAdmin(replica.key.device);
  if (makesKeys) replica.write(...replica.keyring.owed({ renew: true, random }));
}

/** What would count nowhere is not written. (SPEC M3, M4) */
function checkMayRemove(replica: Replica, device: string): void {
  const { members, key, info } = replica;
  const [own, member] = [members.of(key.device), members.of(device)];
  const message = `Cannot remove ${device.slice(0, 8)} from ${info.name}`;
  if (own === undefined || own.id !== member?.id) checkIsAdmin(replica, "remove anybody from");
  if (member === undefined) {
    throw new TinmanError("NOT_FOUND", `${message}: it is no member`, { kind: "device", id: device });
  }
  const place = (each: string) => member.devices.findIndex(({ device }) => device === each);
  if (own!.id === member.id ? place(key.device) <= place(device) : members.isBelow(member, own!.id)) return;
  const why = own!.id === member.id
    ? "this member had it before this device"
    : "an admin decides about those that it has let in";
  throw new TinmanError("DENIED", `${message}: ${why}`, {
    what: `members:${info.name}`,
    hint: "ask who is above: `tinman mesh members` shows who let in whom",
  });
}

/** Gives keys to members who have come since; returns how many events that took. Nothing happens for who is no admin. */
export function shareKeys(replica: Replica, { random }: { random(length: number): Uint8Array }): number {
  if (replica.info.privacy !== "sealed" || !replica.members.isAdmin(replica.key.device)) return 0;
  const owed = replica.keyring.owed({ random });
  replica.write(...owed);
  return owed.length;
}

function ownMember({ members, key: { device }, info }: Replica): Member {
  const own = members.of(device);
  if (own !== undefined && own.role !== "reader" && members.cutoff(device) === undefined) return own;
  const is = own === undefined ? "is no member" : own.role === "reader" ? "only reads" : "was removed";
  throw new TinmanError("DENIED", `Cannot let a further device into ${info.name}: this device ${is}`, {
    what: `members:${info.name}`,
    hint: "ask an admin for an invitation: `tinman mesh members` lists them",
  });
}

/** Whether this device may say who takes part. @throws {TinmanError} `DENIED`, with what it wanted to do. */
export function checkIsAdmin(replica: Replica, what: string): void {
  if (replica.members.isAdmin(replica.key.device)) return;
  throw new TinmanError("DENIED", `Cannot ${what} ${replica.info.name}: this device is no admin`, {
    what: `members:${replica.info.name}`,
    hint: "ask an admin: `tinman mesh members` lists them",
  });
}
