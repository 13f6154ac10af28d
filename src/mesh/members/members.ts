import { checkOf, eventId, type EventRef } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Admission, Feeds, FeedsListener } from "../feeds.ts";
import { type Head, isUpTo } from "../lineage.ts";
import type { Run } from "../run.ts";
import type { Snapshot } from "../view/mod.ts";
import { type Act, isAct, type Said } from "./act.ts";
import { evaluateMembers, lastOf, ticketKey } from "./evaluate.ts";
import type { Evaluation, Member } from "./evaluation.ts";
import { findGrants, type Grant } from "./grant.ts";
import { isProved } from "./ticket.ts";

/** Options of {@linkcode Members}. */
export interface MembersOptions {
  /** What was written. */
  feeds(): Feeds;
  /** The id of the dataset. */
  readonly dataset: Uint8Array;
  /** The device that began it. */
  readonly founder: string;
  /** Whether somebody has to be a member to write. */
  readonly writers: "anybody" | "members";
  /** Who takes part is not as it was: what waits may come in, what counted may not count. */
  changed?(devices: readonly string[]): void;
}

/** Who takes part in a dataset, from what members said about it: SPEC M1–M9. */
export class Members implements FeedsListener {
  readonly #options: MembersOptions;
  readonly #acts = new Map<string, Act>();
  readonly #joined = new Set<string>();
  readonly #proved = new Map<string, boolean>();
  #evaluation: Evaluation;

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#evaluation = this.#evaluate();
  }

  /** The device that began the dataset. */
  get founder(): string {
    return this.#options.founder;
  }

  /** Members, those who let others in before those. */
  list(): readonly Member[] {
    return [...this.#evaluation.members.values()];
  }

  /** The member that a device belongs to; undefined for a stranger. */
  of(device: string): Member | undefined {
    return this.#evaluation.members.get(this.#evaluation.memberOf.get(device) ?? "");
  }

  /** Whether a member was let in by this one, or by somebody that it let in. */
  isBelow({ parent }: Member, above: string): boolean {
    for (let at = parent; at !== undefined; at = this.#evaluation.members.get(at)?.parent) {
      if (at === above) return true;
    }
    return false;
  }

  /** Invitations that still hold, by `ticketKey`. */
  get tickets(): Evaluation["tickets"] {
    return this.#evaluation.tickets;
  }

  /** Whether a device may let others in and out. */
  isAdmin(device: string): boolean {
    return this.of(device)?.role === "admin" && !this.#evaluation.cutoffs.has(device);
  }

  /** What proves to who knows the founder alone that a device is an admin; undefined when something was not signed for that. */
  grantsOf(device: string): readonly Grant[] | undefined {
    const { founder, dataset } = this.#options;
    const options = { founder, dataset, device };
    const isOut = (each: string) => this.cutoff(each) !== undefined;
    // Who has heard of a removal does not believe who was removed, so those come last.
    return findGrants(this.#acts.values(), { ...options, isOut }) ??
      findGrants(this.#acts.values(), { ...options, isOut: () => false });
  }

  /** Whether an event counts: its device is a member, had not been removed before, and is no reader. */
  counts(feed: Feed, seq: number): boolean {
    const { device } = feed;
    if (this.#options.writers === "members") {
      // Who came by an invitation that did not hold after all may be in the feeds of whoever had not heard of that.
      const role = this.of(device)?.role;
      if (role === undefined || (role === "reader" && seq > 1)) return false;
    }
    const cutoffs = this.#evaluation.cutoffs.get(device);
    return cutoffs === undefined || cutoffs.every((heads) => this.#isUpTo(feed, seq, heads));
  }

  /** The same by the name of an event, which may be in a snapshot. */
  countsAt(ref: EventRef): boolean {
    return this.#evaluation.cutoffs.get(ref.device)?.every((heads) => this.#isRefUpTo(ref, heads)) ?? true;
  }

  /** The last number of a device that can count, when it was removed; undefined for one that was not. */
  cutoff(device: string): number | undefined {
    return lastOf(this.#evaluation.cutoffs.get(device));
  }

  /**
   * The last event of a device that is passed on, when it was removed. That it has joined all hear, also when nothing of it
   * counts: whose device it is decides whether what others say about it does.
   */
  endOf(device: string): number | undefined {
    const cutoff = this.cutoff(device);
    return cutoff === 0 && this.#joined.has(device) ? 1 : cutoff;
  }

  /** Whether what a device sent is taken; `run` may be what makes it a member. */
  admits(device: string, run?: Run): Admission {
    const join = run && this.#joinIn(run);
    // Most join once, for a place that is free.
    if (join !== undefined && this.of(device) === undefined && this.#hasPlace(join)) return "yes";
    // Who joins may be known already, by an admin who has added it in haste, or removed it, and all places may be taken by
    // who came later: what counts is what will be.
    const { members, memberOf, cutoffs } = join === undefined ? this.#evaluation : this.#evaluate(join);
    const cutoff = lastOf(cutoffs.get(device));
    if (cutoff !== undefined) return { cutoff: join === undefined ? cutoff : Math.max(cutoff, 1) };
    if (this.#options.writers === "anybody") return "yes";
    const member = members.get(memberOf.get(device) ?? "");
    if (member?.role !== "reader") return member === undefined ? "wait" : "yes";
    // A reader has said that it joins, and nothing else.
    const hasJoined = join !== undefined || this.#joined.has(device);
    return { cutoff: hasJoined && member.id === device ? 1 : 0 };
  }

  /** Takes in what was said about members. */
  applied(feed: Feed, from: number, count: number): void {
    let isNew = false;
    for (let seq = from; seq < from + count; seq++) {
      const { kind, payload, wallMs } = feed.at(seq)!;
      if (!isAct(kind) || payload === undefined) continue;
      const id = feed.idAt(seq)!.toHex();
      const said = { kind, ...payload } as Said;
      this.#note({ by: feed.device, seq, id, check: feed.checkAt(seq)!, wallMs, said });
      isNew = true;
    }
    // The heads of its removal may be among what came.
    const isCut = this.#evaluation.cutoffs.has(feed.device);
    if (isNew || isCut) this.#renew(isCut ? feed.device : undefined);
  }

  /** Takes in what somebody had passed on without what it said. */
  filled(feed: Feed, seq: number): void {
    this.applied(feed, seq, 1);
  }

  /** Takes in what a snapshot holds of it. */
  rebased({ others }: Pick<Snapshot, "others">): void {
    for (const { id: bytes, write: { device: by, seq, check, event: { kind, payload, wallMs } } } of others) {
      const id = bytes.toHex();
      if (isAct(kind)) this.#note({ by, seq, id, check, wallMs, said: { kind, ...payload } as Said });
    }
    this.#renew();
  }

  #note(act: Act): void {
    this.#acts.set(act.id, act);
    if (act.said.kind === "member.join") this.#joined.add(act.by);
  }

  #renew(device?: string): void {
    const before = this.#evaluation;
    this.#evaluation = this.#evaluate();
    const { cutoffs, memberOf } = this.#evaluation;
    const roleOf = ({ members, memberOf }: Evaluation, device: string) => members.get(memberOf.get(device) ?? "")?.role;
    const touched = new Set([
      ...cutoffs.keys(),
      ...before.cutoffs.keys(),
      ...memberOf.keys(),
      ...before.memberOf.keys(),
    ]);
    const changed = [...touched].filter((each) =>
      each === device || !sameCutoffs(cutoffs.get(each), before.cutoffs.get(each)) ||
      memberOf.get(each) !== before.memberOf.get(each) ||
      roleOf(this.#evaluation, each) !== roleOf(before, each)
    );
    this.#options.changed?.(changed);
  }

  /** Who takes part, as far as is known; and if somebody joined, who has shown that it has the ticket. */
  #evaluate(join?: Act): Evaluation {
    const { founder, dataset } = this.#options;
    return evaluateMembers(join === undefined ? this.#acts.values() : [...this.#acts.values(), join], {
      founder,
      isUpTo: ({ by, seq, check }, heads) => this.#isRefUpTo({ device: by, seq, check }, heads),
      provesTicket: (act) => {
        if (act === join) return true;
        const { id, by, said: { ticket, proof } } = act;
        const known = this.#proved.get(id) ?? isProved(dataset, { ticket, proof, device: by });
        this.#proved.set(id, known);
        return known;
      },
    });
  }

  /** What a run says that is the first of its device, and shows that it has the ticket of an invitation. */
  #joinIn(
    { device, from, events: [first] }: Run,
  ): (Act & { readonly said: Said & { kind: "member.join" } }) | undefined {
    if (from !== 1 || first?.kind !== "member.join" || first.payload === undefined) return undefined;
    const { dataset } = this.#options;
    const said = { kind: first.kind, ...first.payload } as Said & { kind: "member.join" };
    if (!this.tickets.has(ticketKey(said)) || !isProved(dataset, { ...said, device })) return undefined;
    const id = eventId(first, { device, seq: 1, prev: dataset });
    return { by: device, seq: 1, id: id.toHex(), check: checkOf(id), wallMs: first.wallMs, said };
  }

  /** Whether an invitation lets in one more who says that it joined then. */
  #hasPlace({ by, wallMs, said }: Act & { readonly said: Said & { kind: "member.join" } }): boolean {
    const { left, untilMs, kept } = this.tickets.get(ticketKey(said))!;
    return left > 0 && wallMs <= untilMs && kept?.has(by) !== false;
  }

  #isRefUpTo(ref: EventRef, heads: readonly Head[]): boolean {
    const feeds = this.#options.feeds();
    const found = feeds.find(ref);
    if (found !== undefined) return this.#isUpTo(found.feed, ref.seq, heads);
    // What is in a snapshot is on the one branch that there was.
    const isInSnapshot = feeds.of(ref.device).some(({ parent, base }) => parent === undefined && ref.seq < base);
    return isInSnapshot && heads.some(({ seq }) => ref.seq <= seq);
  }

  #isUpTo(feed: Feed, seq: number, heads: readonly Head[]): boolean {
    const feeds = this.#options.feeds();
    return heads.some((head) => isUpTo(head, { feed, seq, feeds }));
  }
}

function sameCutoffs(a: readonly (readonly Head[])[] = [], b: readonly (readonly Head[])[] = []): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
