import type { Role } from "../kinds.ts";
import type { Head } from "../lineage.ts";
import type { Act, Said } from "./act.ts";
import type { Evaluation, Member } from "./evaluation.ts";

/** Options of {@linkcode evaluateMembers}. */
export interface EvaluateOptions {
  /** The device that began the dataset. */
  readonly founder: string;
  /** Whether a device has shown that it has the ticket. */
  provesTicket(act: Act & { readonly said: Said & { kind: "member.join" } }): boolean;
  /** Whether an act is one of these events, or before one of them on its branch. */
  isUpTo(act: Act, heads: readonly Head[]): boolean;
}

/**
 * Who takes part: a function of the set of acts. Members form a tree, by who let them in; each says who is below it, and
 * nobody who is beside or above it, so no two can throw each other out but devices of one member. It is gone through from
 * the root, and what somebody said behind its cut-off is never looked at. (SPEC M2–M6)
 */
export function evaluateMembers(acts: Iterable<Act>, options: EvaluateOptions): Evaluation {
  const tree = new Tree(acts, options);
  const { founder } = options;
  tree.add(founder, { name: "founder", role: "admin", parent: undefined });
  // Members are appended while this goes on, each behind the one that let it in.
  for (const id of tree.order) tree.hear(id);
  return tree.evaluation();
}

interface Draft {
  name: string;
  role: Role;
  readonly parent: string | undefined;
  readonly devices: Map<string, string | undefined>;
}

interface Ticket {
  readonly ticket: string;
  readonly role: Role;
  readonly untilMs: number;
  readonly by: string;
  readonly of: string | undefined;
  left: number;
  readonly came: Set<string>;
  kept: Set<string> | undefined;
}

type Withdrawal = Said & { readonly kind: "member.withdraw" };

class Tree {
  /** Ids of members, in the order in which they are heard. */
  readonly order: string[] = [];
  readonly #members = new Map<string, Draft>();
  readonly #memberOf = new Map<string, string>();
  readonly #cutoffs = new Map<string, readonly (readonly Head[])[]>();
  readonly #tickets = new Map<string, Ticket>();
  readonly #removals = new Map<string, { readonly by: string; readonly heads: readonly Head[] }[]>();
  readonly #withdrawn = new Map<string, Withdrawal[]>();
  readonly #raised = new Map<string, { readonly by: string; readonly role: Role }[]>();
  readonly #acts = new Map<string, Act[]>();
  readonly #joins: (Act & { readonly said: Said & { kind: "member.join" } })[] = [];

  readonly #isUpTo: EvaluateOptions["isUpTo"];

  constructor(acts: Iterable<Act>, { provesTicket, isUpTo }: EvaluateOptions) {
    this.#isUpTo = isUpTo;
    for (const act of acts) {
      if (act.said.kind !== "member.join") this.#acts.getOrInsertComputed(act.by, () => []).push(act);
      else if (act.seq === 1 && provesTicket(act as never)) this.#joins.push(act as never);
    }
    for (const each of this.#acts.values()) each.sort(inOrder);
    this.#joins.sort(inOrder);
  }

  add(device: string, { box, ...draft }: Omit<Draft, "devices"> & { readonly box?: string | undefined }): void {
    this.#members.set(device, { ...draft, devices: new Map() });
    this.order.push(device);
    this.#addDevice(device, device, box);
  }

  /** Takes in what the devices of a member said: about themselves, then about those below. */
  hear(id: string): void {
    const member = this.#members.get(id)!;
    // Roles only rise: who is to do less is removed, and let in anew with another key.
    for (const { by, role } of this.#raised.get(id) ?? []) {
      if (this.#isBelow(id, by) && RANK[role] > RANK[member.role]) member.role = role;
    }
    // Devices are appended while this goes on, each behind the one that added it.
    for (const device of member.devices.keys()) this.#hearDevice(id, member, device);
    if (member.role !== "admin") return;
    // A withdrawal may have the stamp of its invitation, to the millisecond.
    const said = this.#said(member);
    for (const act of said) this.#hearAdmin(id, act);
    for (const act of said) this.#hearWithdrawal(id, act);
    this.#hearJoins(
      (ticket) => ticket.of === undefined && this.#memberOf.get(ticket.by) === id,
      (by, said, { role }) => {
        this.add(by, { name: said.name, role, parent: id, box: said.box });
      },
    );
  }

  evaluation(): Evaluation {
    const members = this.order.map((id): [string, Member] => {
      const { name, role, parent, devices } = this.#members.get(id)!;
      const list = [...devices].map(([device, box]) => ({ device, box, cutoff: lastOf(this.#cutoffs.get(device)) }));
      return [id, { id, name, role, parent, devices: list }];
    });
    return {
      members: new Map(members),
      memberOf: this.#memberOf,
      cutoffs: this.#cutoffs,
      tickets: this.#tickets,
    };
  }

  /** What the devices of a member said that counts. */
  #said({ devices }: Draft): Act[] {
    return [...devices.keys()].flatMap((device) => this.#saidBy(device)).sort(inOrder);
  }

  #saidBy(device: string): Act[] {
    return this.#acts.get(device)?.filter((act) => this.#isCounted(act)) ?? [];
  }

  #isCounted(act: Act): boolean {
    return this.#cutoffs.get(act.by)?.every((heads) => this.#isUpTo(act, heads)) ?? true;
  }

  /** What a device says about itself, about devices of its member that came after it, and about who is below. */
  #hearDevice(id: string, member: Draft, device: string): void {
    // Most have said nothing but that they join.
    if (!this.#acts.has(device)) return;
    this.#hearLeave(id, device);
    const isHeard = new Set(member.devices.keys().take([...member.devices.keys()].indexOf(device) + 1));
    for (const { said } of this.#saidBy(device)) {
      if (said.kind !== "member.remove" || isHeard.has(said.device)) continue;
      this.#remove(said.device, { by: id, heads: said.heads });
    }
    for (const { said } of this.#saidBy(device)) {
      if (said.kind !== "member.add") continue;
      if (said.of === id && !this.#memberOf.has(said.device)) this.#addDevice(id, said.device, said.box);
      if (said.device === id && said.name !== undefined) member.name = said.name;
      if (said.device === id && said.box !== undefined) member.devices.set(id, said.box);
    }
    if (member.role !== "reader") this.#hearOwnTickets(id, device);
  }

  /**
   * Who leaves says so with the last event that counts. Where copies of a device have left one by one, the leave holds that
   * lets the least count: who has heard of it takes no other.
   */
  #hearLeave(id: string, device: string): void {
    const leaves = this.#saidBy(device).flatMap((act) => {
      const { seq, check, said } = act;
      return said.kind === "member.remove" && said.device === device
        ? [{ act, heads: [{ seq, check }, ...said.heads] }]
        : [];
    });
    for (const { act, heads } of leaves.sort((a, b) => lastOf([a.heads])! - lastOf([b.heads])!)) {
      if (this.#isCounted(act)) this.#remove(device, { by: id, heads });
    }
  }

  /** Those below are not in the tree yet, so a removal waits for them; those above and beside are not theirs to remove. */
  #remove(device: string, removal: { readonly by: string; readonly heads: readonly Head[] }): void {
    this.#removals.getOrInsertComputed(device, () => []).push(removal);
    if (this.#memberOf.get(device) === removal.by) this.#cut(device, removal.by);
  }

  /** Further devices that come with an invitation of this one. It is withdrawn by this one, or by one that came before. */
  #hearOwnTickets(id: string, device: string): void {
    const said = this.#saidBy(device).map(({ said }) => said);
    for (const each of said) {
      if (each.kind === "member.withdraw") this.#withdrawn.getOrInsertComputed(id, () => []).push(each);
    }
    const invitations = said.filter((each) => each.kind === "member.invite" && each.of === id);
    // Few have any, and who came with one is looked for among all who ever joined.
    if (invitations.length === 0) return;
    for (const each of invitations) this.#openTicket(device, each as Said & { kind: "member.invite" });
    const isOwn = (ticket: Ticket) => ticket.of === id && ticket.by === device;
    for (const each of this.#withdrawn.get(id) ?? []) {
      const ticket = this.#tickets.get(ticketKey({ ticket: each.ticket, of: id }));
      if (ticket !== undefined && isOwn(ticket)) keepOnly(ticket, each);
    }
    this.#hearJoins(isOwn, (by, { box }) => this.#addDevice(id, by, box));
  }

  #hearAdmin(id: string, { said, by }: Act): void {
    if (said.kind === "member.add" && !this.#memberOf.has(said.device)) {
      const { device, of, name = device.slice(0, 8), role, box } = said;
      if (of === undefined) this.add(device, { name, role, parent: id, box });
      else if (this.#members.get(of)?.parent === id) this.#addDevice(of, device, box);
    } else if (said.kind === "member.role") {
      this.#raised.getOrInsertComputed(said.member, () => []).push({ by: id, role: said.role });
    } else if (said.kind === "member.invite" && said.of === undefined) this.#openTicket(by, said);
  }

  #openTicket(by: string, { ticket, role, untilMs, uses, of }: Said & { kind: "member.invite" }): void {
    this.#tickets.getOrInsertComputed(ticketKey({ ticket, of }), () => {
      return { ticket, role, untilMs, by, of, left: uses, came: new Set(), kept: undefined };
    });
  }

  #hearWithdrawal(id: string, { said }: Act): void {
    const ticket = said.kind === "member.withdraw" ? this.#tickets.get(said.ticket) : undefined;
    if (said.kind !== "member.withdraw" || ticket === undefined || this.#memberOf.get(ticket.by) !== id) return;
    keepOnly(ticket, said);
  }

  /** Who came with one of these tickets: the earliest as many as it lets in; who was removed takes no place. */
  #hearJoins(
    isHeard: (ticket: Ticket) => boolean,
    admit: (device: string, said: Said & { kind: "member.join" }, ticket: Ticket) => void,
  ): void {
    for (const { by, wallMs, said } of this.#joins) {
      const ticket = this.#tickets.get(ticketKey(said));
      if (ticket === undefined || !isHeard(ticket) || this.#memberOf.has(by)) continue;
      if (ticket.left <= 0 || wallMs > ticket.untilMs || ticket.kept?.has(by) === false) continue;
      ticket.came.add(by);
      admit(by, said, ticket);
      if (lastOf(this.#cutoffs.get(by)) !== 0) ticket.left--;
    }
  }

  #addDevice(member: string, device: string, box: string | undefined): void {
    this.#members.get(member)!.devices.set(device, box);
    this.#memberOf.set(device, member);
    this.#cut(device, member);
  }

  /** Applies what was said about a device by its own member and by those above. */
  #cut(device: string, member: string): void {
    const heard = this.#removals.get(device)?.filter(({ by }) => by === member || this.#isBelow(member, by)) ?? [];
    if (heard.length > 0) this.#cutoffs.set(device, heard.map(({ heads }) => heads));
  }

  #isBelow(member: string, above: string): boolean {
    for (let at = this.#members.get(member)?.parent; at !== undefined; at = this.#members.get(at)?.parent) {
      if (at === above) return true;
    }
    return false;
  }
}

/**
 * Where an invitation is found. Who joins says whose device it is to be, so nobody makes it theirs by an invitation of
 * their own with the same ticket.
 */
export function ticketKey({ ticket, of }: { readonly ticket: string; readonly of?: string | undefined }): string {
  return of === undefined ? ticket : `${ticket} ${of}`;
}

/** No event behind this one counts; undefined for a device that was not removed. */
export function lastOf(cutoffs: readonly (readonly Head[])[] | undefined): number | undefined {
  return cutoffs && Math.min(...cutoffs.map((heads) => Math.max(0, ...heads.map(({ seq }) => seq))));
}

function keepOnly(ticket: Ticket, { joined = [] }: Withdrawal): void {
  ticket.kept = new Set([...ticket.kept ?? [], ...joined]);
}

const RANK = { reader: 0, writer: 1, admin: 2 };

function inOrder(a: Act, b: Act): number {
  return a.wallMs - b.wallMs || (a.id < b.id ? -1 : 1);
}
