import type { EventRef } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { Run } from "../run.ts";
import { runsOf } from "../runs_of.ts";
import { encodeRun } from "../wire/mod.ts";
import { findChain, holderOf } from "./chain.ts";
import type { Common } from "./common.ts";
import type { Message } from "./messages.ts";

/** Most events that are asked for, and answered, in one contact. */
const MAX_ASKED = 256;

/** Events that came without what they say, or lost it to an erasure that does not count: each is asked for once. (S16) */
export class BareEvents {
  readonly #feeds: Feeds;
  readonly #common: Common;
  readonly #asked = new Set<string>();
  readonly #owed: Run[] = [];
  #answered = 0;

  constructor(feeds: Feeds, common: Common) {
    [this.#feeds, this.#common] = [feeds, common];
  }

  /** What is to be asked of the other now. */
  *ask(missing: readonly EventRef[]): Generator<Message, void> {
    for (const { device, seq, check } of missing) {
      const key = `${device} ${seq} ${check}`;
      const tag = this.#common.tagOf(device);
      if (tag === undefined || this.#asked.has(key) || this.#asked.size >= MAX_ASKED) continue;
      const feed = this.#feeds.find({ device, seq, check })?.feed;
      if (feed === undefined) continue;
      this.#asked.add(key);
      yield { type: "bare", tag, head: { seq, prefix: feed.idAt(seq)!.slice(0, 8) } };
    }
  }

  /** The other lacks what an event says; it gets the run from there to the next signature, if we have it. */
  read({ tag, head }: Message & { readonly type: "bare" }): void {
    const device = this.#common.deviceOf(tag);
    if (device === undefined || this.#answered >= MAX_ASKED) return;
    this.#answered++;
    const end = findChain(this.#feeds, device, head);
    const feed = end && holderOf(this.#feeds, end, head.seq);
    if (feed?.at(head.seq)?.payload === undefined) return;
    const [run] = runsOf(feed, { from: head.seq, maxEvents: 1 });
    if (run !== undefined) this.#owed.push(run);
  }

  /** Whether the other has asked for something that has not gone. */
  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  /** The next run that is owed, if it fits into `room` bytes; one that does not fit is not sent. */
  next(room: number): Uint8Array | undefined {
    while (this.#owed.length > 0) {
      const bytes = encodeRun(this.#owed.shift()!);
      if (bytes.length <= room) return bytes;
    }
    return undefined;
  }
}
