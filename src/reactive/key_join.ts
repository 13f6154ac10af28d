import { TinmanError } from "../errors/mod.ts";
import type { Inputs, Join } from "./join.ts";
import { mapKey } from "./map_key.ts";

/** What a join by key lets go of without having joined it. */
export interface Orphan {
  /** The target it came from. */
  readonly target: string;
  /** What it would have been joined by. */
  readonly key: unknown;
  /** The thing itself. */
  readonly artifact: unknown;
  /** `evicted`: there was no room. `overwritten`: another came with its key. `phase`: nobody came until the phase ended. */
  readonly why: "evicted" | "overwritten" | "phase";
}

/** What a join by key makes of one artifact. */
export interface Met {
  /** One artifact of each, or undefined while somebody is missing. */
  readonly joined: readonly unknown[] | undefined;
  readonly orphans: readonly Orphan[];
}

/** Options of {@linkcode KeyJoin}. */
export interface KeyJoinOptions {
  readonly builder: string;
  readonly targets: readonly string[];
  readonly keys: readonly ((artifact: never) => unknown)[];
  readonly duplicates: "overwrite" | "reject" | "queue";
  /** Lets go of the oldest key when there are too many; otherwise that is an error. */
  readonly evicts: boolean;
  readonly maxPending: number;
}

/** Artifacts that wait for those with the same key, and the queue of each requirement. */
interface Meeting {
  readonly key: unknown;
  readonly queues: unknown[][];
}

/** Brings artifacts together by key. The inputs of a build are one {@linkcode Met}. */
export class KeyJoin implements Join {
  readonly #options: KeyJoinOptions;
  readonly #meetings = new Map<unknown, Meeting>();
  #held = 0;

  /** Joins artifacts of `targets` whose `keys` are equal. */
  constructor(options: KeyJoinOptions) {
    this.#options = options;
  }

  /** Keys that wait for somebody. */
  get pending(): number {
    return this.#meetings.size;
  }

  /** {@linkcode Join.push} */
  push(source: number, artifact: unknown): Inputs | undefined {
    const { keys, duplicates, targets } = this.#options;
    const key = keys[source]!(artifact as never);
    const known = mapKey(key);
    const meeting: Meeting = this.#meetings.get(known) ?? { key, queues: targets.map(() => []) };
    const queue = meeting.queues[source]!;
    let orphans: readonly Orphan[] = [];
    if (queue.length > 0 && duplicates === "reject") throw this.#rejected(source, key);
    if (queue.length > 0 && duplicates === "overwrite") {
      orphans = [{ target: targets[source]!, key, artifact: this.#take(queue), why: "overwritten" }];
    }
    // Who completes a key has not to wait, and so needs no room.
    const complete = meeting.queues.every((each) => each === queue || each.length > 0);
    if (!complete && this.#held >= this.#options.maxPending) orphans = orphans.concat(this.#evict(known));
    queue.push(artifact);
    this.#held++;
    this.#meetings.set(known, meeting);
    if (!complete && orphans.length === 0) return undefined;
    const met: Met = { joined: complete ? this.#join(known, meeting) : undefined, orphans };
    return { values: [met] };
  }

  /** Lets go of all that wait. */
  drain(why: Orphan["why"]): readonly Orphan[] {
    const orphans = [...this.#meetings.values()].flatMap((meeting) => this.#orphans(meeting, why));
    this.clear();
    return orphans;
  }

  /** {@linkcode Join.clear} */
  clear(): void {
    this.#meetings.clear();
    this.#held = 0;
  }

  #join(known: unknown, { queues }: Meeting): readonly unknown[] {
    const joined = queues.map((queue) => this.#take(queue));
    if (queues.every(({ length }) => length === 0)) this.#meetings.delete(known);
    return joined;
  }

  #take(queue: unknown[]): unknown {
    this.#held--;
    return queue.shift();
  }

  /** Lets go of the key that waits longest, but for the one that is wanted now. */
  #evict(wanted: unknown): readonly Orphan[] {
    const { builder, evicts, maxPending } = this.#options;
    const oldest = evicts ? this.#meetings.keys().find((known) => known !== wanted) : undefined;
    const meeting = this.#meetings.get(oldest);
    if (oldest === undefined || !meeting) {
      throw new TinmanError("TOO_LARGE", `Cannot join ${JSON.stringify(builder)}: ${this.#held} artifacts wait`, {
        limit: maxPending,
        actual: maxPending + 1,
        hint: '`maxPending` lets more wait; `orphans: "evict"` lets the oldest key go',
      });
    }
    this.#meetings.delete(oldest);
    const orphans = this.#orphans(meeting, "evicted");
    this.#held -= orphans.length;
    return orphans;
  }

  #orphans({ key, queues }: Meeting, why: Orphan["why"]): Orphan[] {
    const { targets } = this.#options;
    return queues.flatMap((queue, i) => queue.map((artifact) => ({ target: targets[i]!, key, artifact, why })));
  }

  #rejected(source: number, key: unknown): TinmanError {
    const { builder, targets } = this.#options;
    const target = JSON.stringify(targets[source]);
    return new TinmanError("EXISTS", `Cannot join ${JSON.stringify(builder)}: ${target} has key ${text(key)} twice`, {
      path: String(targets[source]),
      hint: '`duplicates: "queue"` lets the second wait for the next of the others, "overwrite" takes it for the first',
    });
  }
}

function text(key: unknown): string {
  return typeof key === "bigint" ? `${key}n` : JSON.stringify(key) ?? String(key);
}
