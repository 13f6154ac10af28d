import type { Feed } from "../feed.ts";
import type { Admission, FeedsListener } from "../feeds.ts";
import type { Run } from "../run.ts";
import { type Act, isAct, type Said } from "./act.ts";
import { evaluateMembers, type Evaluation, type Member } from "./evaluate.ts";
import { isProved } from "./ticket.ts";

/** Options of {@linkcode Members}. */
export interface MembersOptions {
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
  readonly #proved = new Map<string, boolean>();
  #evaluation: Evaluation;

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#evaluation = this.#evaluate();
  }

  /** Members, those who let others in before those. */
  list(): readonly Member[] {
    return [...this.#evaluation.members.values()];
  }

  /** The member that a device belongs to; undefined for a stranger. */
  of(device: string): Member | undefined {
    return this.#evaluation.members.get(this.#evaluation.memberOf.get(device) ?? "");
  }

  /** Invitations that still hold, by ticket. */
  get tickets(): Evaluation["tickets"] {
    return this.#evaluation.tickets;
  }

  /** Whether a device may let others in and out. */
  isAdmin(device: string): boolean {
    return this.of(device)?.role === "admin" && !this.#evaluation.cutoffs.has(device);
  }

  /** Whether an event counts: its device had not been removed before. */
  counts(device: string, seq: number): boolean {
    return seq <= (this.#evaluation.cutoffs.get(device) ?? Infinity);
  }

  /** Where a device that was removed ends, and its signature there; undefined for one that was not. */
  cutoff(device: string): { readonly seq: number; readonly signature: string | undefined } | undefined {
    const seq = this.#evaluation.cutoffs.get(device);
    if (seq === undefined) return undefined;
    const acts = this.#acts.values().map(({ said }) => said);
    const act = acts.find((said) => said.kind === "member.remove" && said.device === device && said.seq === seq);
    return { seq, signature: act?.kind === "member.remove" ? act.signature : undefined };
  }

  /** Whether what a device sent is taken; `run` may be what makes it a member. */
  admits(device: string, run?: Run): Admission {
    const cutoff = this.#evaluation.cutoffs.get(device);
    if (cutoff !== undefined) return { cutoff };
    if (this.#options.writers === "anybody") return "yes";
    const member = this.of(device);
    // A reader has said that it joins, and nothing else.
    if (member !== undefined) return member.role === "reader" ? { cutoff: this.#readersEnd(member.id, device) } : "yes";
    return run !== undefined && this.#joins(run) ? "yes" : "wait";
  }

  /** Takes in what was said about members. */
  applied(feed: Feed, from: number, count: number): void {
    let isNew = false;
    for (let seq = from; seq < from + count; seq++) {
      const { kind, payload, wallMs } = feed.at(seq)!;
      if (!isAct(kind) || payload === undefined) continue;
      const id = feed.idAt(seq)!.toHex();
      this.#acts.set(id, { by: feed.device, seq, id, wallMs, said: { kind, ...payload } as Said });
      isNew = true;
    }
    if (isNew) this.#renew();
  }

  #renew(): void {
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
    const changed = [...touched].filter((device) =>
      cutoffs.get(device) !== before.cutoffs.get(device) || memberOf.get(device) !== before.memberOf.get(device) ||
      roleOf(this.#evaluation, device) !== roleOf(before, device)
    );
    this.#options.changed?.(changed);
  }

  #evaluate(): Evaluation {
    const { founder, dataset } = this.#options;
    return evaluateMembers(this.#acts.values(), {
      founder,
      provesTicket: ({ id, by, said: { ticket, proof } }) => {
        const known = this.#proved.get(id) ?? isProved(dataset, { ticket, proof, device: by });
        this.#proved.set(id, known);
        return known;
      },
    });
  }

  #joins({ device, from, events: [first] }: Run): boolean {
    if (from !== 1 || first?.kind !== "member.join" || first.payload === undefined) return false;
    const { ticket, proof } = first.payload as { readonly ticket: string; readonly proof: string };
    const known = this.#evaluation.tickets.get(ticket);
    return known !== undefined && known.left > 0 && first.wallMs <= known.untilMs &&
      isProved(this.#options.dataset, { ticket, proof, device });
  }

  /** A reader who came by a ticket has one event, one who was added has none. */
  #readersEnd(member: string, device: string): number {
    return member === device && this.#acts.values().some(({ by, said }) => by === device && said.kind === "member.join")
      ? 1
      : 0;
  }
}
