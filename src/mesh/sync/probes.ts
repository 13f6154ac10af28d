import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import { chainIdAt, type ChainPoint, findChain } from "./chain.ts";
import type { Head } from "./frontier.ts";
import { MAX_PROBES, type Message } from "./messages.ts";
import { refuse, within } from "./refuse.ts";

/** Looks for the last event that a strange history of a device has in common with ours, by asking for a few of its ids. */
export class Probe {
  readonly device: string;
  /** The end of the strange history. */
  readonly head: Head;
  readonly #feeds: Feeds;
  // This event is shared, `#high` is not; the id of the dataset is what all have before the first.
  #low: ChainPoint;
  #high: number;
  #asked: readonly number[] = [];

  constructor(feeds: Feeds, { device, head }: { readonly device: string; readonly head: Head }) {
    [this.#feeds, this.device, this.head, this.#high] = [feeds, device, head, head.seq];
    // What is before a snapshot all who have it agreed on.
    const begin = feeds.of(device).find(({ parent }) => parent === undefined);
    const seq = Math.min(begin === undefined ? 0 : begin.base - 1, head.seq - 1);
    const id = begin && chainIdAt(feeds, begin, seq);
    this.#low = { seq, prefix: (id ?? feeds.dataset).slice(0, 8) };
  }

  /** The last event that is shared, on whichever of our branches it is; undefined while that is open. */
  get shared(): ChainPoint | undefined {
    return this.#high - this.#low.seq === 1 ? this.#low : undefined;
  }

  /** What to ask next; `tag` stands for the device. */
  ask(tag: number): Message {
    const low = this.#low.seq;
    const step = Math.max(1, (this.#high - low) / (MAX_PROBES + 1));
    const seqs: number[] = [];
    for (let i = 1; i <= MAX_PROBES && low + Math.floor(i * step) < this.#high; i++) {
      seqs.push(low + Math.floor(i * step));
    }
    this.#asked = seqs;
    return { type: "probe", tag, head: this.head, seqs };
  }

  /** Takes the answer; false when it is none to what was asked. */
  answer(checks: readonly number[]): boolean {
    if (this.#asked.length === 0 || checks.length !== this.#asked.length) return false;
    for (const [i, seq] of this.#asked.entries()) {
      const id = this.#ours(seq, checks[i]!);
      if (id !== undefined) this.#low = { seq, prefix: id.slice(0, 8) };
      else {
        this.#high = seq;
        break;
      }
    }
    this.#asked = [];
    return true;
  }

  #ours(seq: number, check: number): Uint8Array | undefined {
    const ids = this.#feeds.of(this.device).map((feed) => chainIdAt(this.#feeds, feed, seq));
    return ids.find((id) => id !== undefined && checkOf(id) === check);
  }
}

/** The answer to a probe of a device. @throws {TinmanError} `PROTOCOL` when it is about what nobody has spoken of. */
export function answerProbe(
  feeds: Feeds,
  device: string | undefined,
  { tag, head, seqs }: Message & { readonly type: "probe" },
): Message {
  return within("a probe", () => {
    const feed = device === undefined ? undefined : findChain(feeds, device, head);
    if (feed === undefined) return refuse("its head is not known");
    if (seqs.some((seq) => seq < 1 || seq > head.seq)) refuse("it asks for what is not before its head");
    const checks = seqs.map((seq) => {
      const id = chainIdAt(feeds, feed, seq);
      return id === undefined ? 0 : checkOf(id);
    });
    return { type: "probed", tag, head, checks };
  });
}
