import { TinmanError } from "../errors/mod.ts";
import type { Role } from "./kinds.ts";
import type { Member } from "./members/mod.ts";
import { checkIsAdmin } from "./membership.ts";
import type { Replica } from "./replica.ts";

/**
 * Lets a member do more; false when it may already. What would count nowhere is not written. (SPEC M3, M6)
 *
 * @throws {TinmanError} `DENIED` for who is no admin above that member, `CONFIG` for a role that is less than it has, and
 * for a member that was removed.
 */
export function promote(replica: Replica, member: Member, role: Role): boolean {
  const { members, key, info } = replica;
  checkIsAdmin(replica, "say what others may do in");
  const { id, name } = member;
  const fail = (why: string, hint: string) =>
    new TinmanError("CONFIG", `Cannot make ${name} ${role}: ${why}`, { hint });
  if (!members.isBelow(member, members.of(key.device)!.id)) {
    throw new TinmanError("DENIED", `Cannot make ${name} ${role}: an admin decides about those that it has let in`, {
      what: `members:${info.name}`,
      hint: "ask who is above: `tinman mesh members` shows who let in whom",
    });
  }
  const anew = "take it out and let it in anew, with another key: `tinman mesh remove`, `tinman mesh invite`";
  if (member.devices.every(({ cutoff }) => cutoff !== undefined)) throw fail("it was removed", anew);
  if (RANK[role] < RANK[member.role]) throw fail(`it is ${member.role}, and roles only rise`, anew);
  if (role === member.role) return false;
  replica.write({ kind: "member.role", member: id, role });
  return true;
}

const RANK: Readonly<Record<Role, number>> = { reader: 0, writer: 1, admin: 2 };
