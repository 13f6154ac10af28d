import { type Branches, precedes } from "./lineage.ts";
import type { EventRef } from "../event.ts";
import { compareWrites, isNamed, keyOf, refOf, replacedBy, type Write } from "./write.ts";

/** What a {@linkcode Register} has to know of what is around it. */
export interface RegisterRules {
  /** Tells branches of a device apart. */
  readonly feeds: Branches;
  /** Whether an erased event had replaced this one. */
  isReplaced(write: EventRef): boolean;
  /** Whether an event was erased. */
  isErased(write: EventRef): boolean;
}

/**
 * All writes of one thing, such as a field, and which of them stand: those that no other one replaces, the one to show
 * first. A multi-value register (Shapiro et al., 2011) whose writes may come in any order between devices.
 */
export class Register {
  #heads: readonly Write[] = NONE;
  #past: Write[] = NONE;
  // What was replaced before it came, and what a snapshot says of that.
  #early: Set<string> | undefined;
  #told: readonly string[] = NOT_TOLD;

  /** What stands, the one to show first; empty when all that there was replaced each other or was erased. */
  get heads(): readonly Write[] {
    return this.#heads;
  }

  /** What was replaced, in no order. */
  get past(): readonly Write[] {
    return this.#past;
  }

  /** Keys of what was replaced and may come yet; some of it may be here. */
  get early(): Iterable<string> {
    return this.#early ?? NOT_TOLD;
  }

  /** Whether a write says that it replaces this one. Costs as much as there are writes. */
  isNamed(ref: EventRef): boolean {
    return this.#told.includes(keyOf(ref)) ||
      this.all().some(({ event }) => replacedBy(event).some((named) => isNamed(named, ref)));
  }

  /** Begins with what a snapshot says. */
  restore({ heads, past, early }: RegisterStart): void {
    [this.#heads, this.#past, this.#told] = [heads, [...past], early];
    if (early.length > 0) this.#early = new Set(early);
  }

  /** Whether nothing is known of it any more: nothing is written, and no snapshot says what was replaced. */
  get isEmpty(): boolean {
    return this.#heads.length === 0 && this.#past.length === 0 && this.#told.length === 0;
  }

  /** All writes, in no order. */
  all(): Write[] {
    return [...this.#heads, ...this.#past];
  }

  /** Takes a write that comes after all that its branch has here. Costs as much as there are heads. */
  add(write: Write, rules: RegisterRules): void {
    const refs = replacedBy(write.event);
    for (const ref of refs) {
      if (!this.#heads.some((head) => isNamed(ref, head))) (this.#early ??= new Set()).add(keyOf(ref));
    }
    let stands = !rules.isReplaced(write) && !(this.#early?.has(keyOf(write)) ?? false);
    const kept: Write[] = [];
    for (const head of this.#heads) {
      const sameDevice = head.device === write.device;
      if (sameDevice && precedes(write, head, rules.feeds)) stands = false;
      const isGone = refs.some((ref) => isNamed(ref, head)) || (sameDevice && precedes(head, write, rules.feeds));
      if (isGone) this.#leave(head);
      else kept.push(head);
    }
    if (stands) kept.push(write);
    else this.#leave(write);
    this.#heads = kept.length > 1 ? kept.sort(byRank) : kept;
    if (this.#isNamedTwice(write, rules)) this.rebuild(rules);
  }

  /** Takes a write out again: it was erased, or does not count any more. */
  remove(write: Write, rules: RegisterRules): void {
    this.rebuild(rules, this.all().filter(({ source }) => source !== write.source));
  }

  /** Finds anew what stands among `all`, whatever order they came in. */
  rebuild({ feeds, isReplaced }: RegisterRules, all: readonly Write[] = this.all()): void {
    const named = new Set([...this.#told, ...all.flatMap(({ event }) => replacedBy(event).map(keyOf))]);
    const tips = new Set(Map.groupBy(all, ({ device }) => device).values().flatMap((own) => tipsOf(own, feeds)));
    const stands = (write: Write) => tips.has(write) && !named.has(keyOf(write)) && !isReplaced(write);
    this.#heads = all.filter(stands).sort(byRank);
    this.#past = all.filter((write) => !stands(write));
    this.#early = named.size === 0 ? undefined : named;
  }

  #leave(write: Write): void {
    if (this.#past === NONE) this.#past = [write];
    else this.#past.push(write);
  }

  // Two branches may hold events with one name (2^32 attempts); what replaces one replaces both.
  #isNamedTwice(write: Write, { feeds }: RegisterRules): boolean {
    if (feeds.of(write.device).length <= 1) return false;
    return this.all().some((each) => each.source !== write.source && isNamed(each, write));
  }
}

/** What a register begins with, see {@linkcode Register.restore}. */
export interface RegisterStart {
  /** What stands, in order. */
  readonly heads: readonly Write[];
  /** What was replaced and is still wanted. */
  readonly past: readonly Write[];
  /** Keys of what was replaced and may come yet. */
  readonly early: readonly string[];
}

/** What the device of a write had written before it in the same register, if nothing else has replaced that. */
export function ownBefore(
  write: Write,
  register: Register,
  { feeds, isReplaced, isErased }: RegisterRules,
): EventRef | undefined {
  // What an erased event had replaced is named by the erasure, and nothing older stands either.
  let last: Write | EventRef | undefined = write.before && !isErased(write.before) ? write.before : undefined;
  for (const each of register.past) {
    if (each.device !== write.device || each.seq < (last?.seq ?? 0) || !precedes(each, write, feeds)) continue;
    last = each;
  }
  return last === undefined || register.isNamed(last) || isReplaced(last) ? undefined : refOf(last);
}

/** Of the writes of one device those that it has not replaced itself. */
function tipsOf(own: readonly Write[], feeds: Branches): Write[] {
  const tips: Write[] = [];
  for (const write of own.toSorted((a, b) => b.seq - a.seq)) {
    if (!tips.some((tip) => precedes(write, tip, feeds))) tips.push(write);
  }
  return tips;
}

function byRank(a: Write, b: Write): number {
  return compareWrites(b, a);
}

const NONE: Write[] = [];
const NOT_TOLD: readonly string[] = [];
