import type { EventRef } from "../event.ts";
import { keyOf, replacedBy, type Write } from "./write.ts";

/** Which events are erased, by whom, and what those had replaced. (SPEC V7) */
export class Erasures {
  readonly #byTarget = new Map<string, Write[]>();
  readonly #replaced = new Map<string, number>();
  readonly #mayErase: (device: string) => boolean;

  constructor(mayErase: (device: string) => boolean) {
    this.#mayErase = mayErase;
  }

  /** Whether events of this kind can be erased. What an erasure or a membership says has to be there for who comes later. */
  static reaches(kind: string): boolean {
    return /^(record|field|note|attachment|x)\.|^sealed$/.test(kind);
  }

  /** How many events are named. */
  get size(): number {
    return this.#byTarget.size;
  }

  /** Takes an `event.erase`; false when its device may not erase that event. */
  add(write: Write): boolean {
    const target = targetOf(write);
    if (target.device !== write.device && !this.#mayErase(write.device)) return false;
    this.restore(write);
    return true;
  }

  /** Takes one that was allowed when a snapshot was made. */
  restore(write: Write): void {
    const target = targetOf(write);
    this.#byTarget.set(keyOf(target), [...this.of(target), write]);
    for (const ref of replacedBy(write.event)) this.#count(keyOf(ref), 1);
  }

  /** Takes one out again, when it does not count any more. */
  remove(write: Write): void {
    const target = targetOf(write);
    const left = this.of(target).filter(({ source }) => source !== write.source);
    if (left.length === this.of(target).length) return;
    if (left.length === 0) this.#byTarget.delete(keyOf(target));
    else this.#byTarget.set(keyOf(target), left);
    for (const ref of replacedBy(write.event)) this.#count(keyOf(ref), -1);
  }

  /** What erases an event; empty for one that nobody erased. */
  of(target: EventRef): readonly Write[] {
    return this.#byTarget.size === 0 ? NONE : this.#byTarget.get(keyOf(target)) ?? NONE;
  }

  /** Whether an erased event had replaced this one. */
  hadReplaced(write: EventRef): boolean {
    return this.#replaced.size > 0 && this.#replaced.has(keyOf(write));
  }

  /** All that erases something. */
  *all(): Iterable<Write> {
    for (const writes of this.#byTarget.values()) yield* writes;
  }

  #count(key: string, step: number): void {
    const count = (this.#replaced.get(key) ?? 0) + step;
    if (count === 0) this.#replaced.delete(key);
    else this.#replaced.set(key, count);
  }
}

/** The event that an `event.erase` is about. */
export function targetOf({ event }: Write): EventRef {
  return event.payload!.event as EventRef;
}

const NONE: readonly Write[] = [];
