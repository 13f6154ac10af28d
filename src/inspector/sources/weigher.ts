import type { RunProbe } from "../../runtime/mod.ts";

const EVERY_NS = 2e9;
const LARGE_BYTES = 2 ** 20;

/** How many bytes go through channels that nobody writes down, by weighing a value of each from time to time. */
export class Weigher {
  readonly #elapsedNs: () => number;
  readonly #channels = new Map<string, { size: number; bytes: number; count: number; dueNs: number }>();

  constructor(elapsedNs: () => number) {
    this.#elapsedNs = elapsedNs;
  }

  /** Has the next value of each channel weighed, if it is time. */
  arm(probe: RunProbe): void {
    const now = this.#elapsedNs();
    for (const { name, recorded } of probe.channels()) {
      const kept = this.#channels.get(name) ?? { size: 0, bytes: 0, count: 0, dueNs: 0 };
      if (recorded !== undefined || now < kept.dueNs) continue;
      this.#channels.set(name, kept);
      const codec = probe.codec(name);
      const listening = probe.listen(name, (value) => {
        listening?.[Symbol.dispose]();
        kept.dueNs = this.#elapsedNs() + EVERY_NS;
        kept.size = codec!.encode(value).length;
        // What takes long to weigh is weighed seldom.
        if (kept.size > LARGE_BYTES) kept.dueNs += 10 * EVERY_NS;
      });
      // Not again until this one is done.
      kept.dueNs = Infinity;
    }
  }

  /** About how many bytes `count` values had; undefined before one was weighed. Never less than before. */
  bytes(channel: string, count: number): number | undefined {
    const kept = this.#channels.get(channel);
    if (kept === undefined || kept.size === 0) return undefined;
    kept.bytes += Math.max(0, count - kept.count) * kept.size;
    kept.count = count;
    return kept.bytes;
  }
}
