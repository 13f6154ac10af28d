import { hash } from "node:crypto";
import { createDeviceKey, Feeds, type MeshEvent, type Run } from "../../src/mesh/mod.ts";
import { headMessage } from "../../src/mesh/device.ts";
import { checkOf, eventId } from "../../src/mesh/event.ts";

/** How many authors went on the survey, and how many records each made, of ten fields. */
export interface SurveySize {
  readonly authors: number;
  readonly records: number;
}

/** The two sizes that are measured: 10,000 and 50,000 events. */
export const SURVEYS: Readonly<Record<"10k" | "50k", SurveySize>> = {
  "10k": { authors: 5, records: 200 },
  "50k": { authors: 50, records: 100 },
};

/** The id of the dataset of the survey. */
export const DATASET: Uint8Array = new Uint8Array(32).fill(0xda);

/**
 * A synthetic field survey, event for event the one that is used to compare with others (made there by Python's `random`
 * with seed 42). One list of events for each author.
 */
export function createSurvey({ authors, records }: SurveySize): MeshEvent[][] {
  const random = new PythonRandom(42);
  return Array.from({ length: authors }, (_, author) => {
    let wallMs = 1_760_000_000_000 + random.integer(0, 3_600_000);
    return Array.from({ length: records }, (_, number): MeshEvent[] => {
      const record = `R-${pad(author, 2)}-${pad(number, 4)}`;
      wallMs += random.integer(60_000, 900_000);
      return FIELDS.map(([field, draw]) => {
        wallMs += random.integer(1500, 40_000);
        return { wallMs, counter: 0, kind: "field.set", payload: { record, field, value: draw(random) } };
      });
    }).flat();
  });
}

/**
 * What two replicas have of a survey that differ by `share` of all events: even authors are whole on the first, odd ones
 * on the second; the other has the first part of each.
 */
export function splitSurvey(survey: readonly (readonly MeshEvent[])[], share: number): [Feeds, Feeds] {
  const peers = [createFeeds(), createFeeds()] as const;
  for (const [author, events] of survey.entries()) {
    const kept = Math.round(events.length * (1 - share));
    const [before, after] = signedRuns(author, [events.slice(0, kept), events.slice(kept)]);
    for (const feeds of peers) if (before !== undefined) feeds.ingest(before);
    if (after !== undefined) peers[author % 2]!.ingest(after);
  }
  return [...peers];
}

/** Feeds in memory that take everything that is right. */
export function createFeeds(): Feeds {
  return new Feeds({ dataset: DATASET, nowMs: () => 1_760_000_000_000, accepts: () => true });
}

function signedRuns(author: number, parts: readonly (readonly MeshEvent[])[]): (Run | undefined)[] {
  const key = createDeviceKey(hash("sha256", `author ${author}`, "buffer"));
  const { device } = key;
  let [seq, prev] = [0, DATASET];
  return parts.map((events): Run | undefined => {
    if (events.length === 0) return undefined;
    const [from, after] = [seq + 1, checkOf(prev)];
    for (const event of events) prev = eventId(event, { device, seq: ++seq, prev });
    return { device, from, after, events, signature: key.sign(headMessage(prev)) };
  });
}

const SOURCES = ["borehole", "spring", "river", "piped", "rainwater"];
const WORDS =
  "pump broken handle leaking needs repair committee absent clean tank fence missing good condition queue long dry season only"
    .split(" ");

type Draw = (random: PythonRandom) => unknown;
const FIELDS: readonly (readonly [string, Draw])[] = [
  ["status", (random) => random.choice(["OPENED", "IN_REVIEW", "CLOSED"])],
  ["functional", (random) => random.next() < 0.7],
  ["population", (random) => random.integer(20, 4000)],
  ["lat", (random) => Number(random.uniform(-4, -2).toFixed(6))],
  ["lon", (random) => Number(random.uniform(28, 30).toFixed(6))],
  ["water_source", (random) => random.choice(SOURCES)],
  ["depth_m", (random) => Number(random.uniform(2, 90).toFixed(1))],
  ["households", (random) => random.integer(3, 600)],
  ["remark", (random) => Array.from({ length: random.integer(2, 9) }, () => random.choice(WORDS)).join(" ")],
  ["surveyed_on", (random) => `2026-${pad(random.integer(1, 12), 2)}-${pad(random.integer(1, 28), 2)}`],
];

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** The generator of Python's `random`: MT19937 (Matsumoto and Nishimura 1998), seeded by one number below 2^32. */
class PythonRandom {
  readonly #state = new Uint32Array(624);
  #at = 624;

  constructor(seed: number) {
    const state = this.#state;
    state[0] = 19_650_218;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1_812_433_253, spread(state[i - 1]!)) + i;
    let at = 1;
    for (let k = 624; k > 0; k--) {
      state[at] = (state[at]! ^ Math.imul(spread(state[at - 1]!), 1_664_525)) + seed;
      if (++at === 624) [state[0], at] = [state[623]!, 1];
    }
    for (let k = 623; k > 0; k--) {
      state[at] = (state[at]! ^ Math.imul(spread(state[at - 1]!), 1_566_083_941)) - at;
      if (++at === 624) [state[0], at] = [state[623]!, 1];
    }
    state[0] = 0x80000000;
  }

  next(): number {
    return ((this.#u32() >>> 5) * 67_108_864 + (this.#u32() >>> 6)) / 9_007_199_254_740_992;
  }

  uniform(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  integer(from: number, to: number): number {
    return from + this.#below(to - from + 1);
  }

  choice<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  #below(bound: number): number {
    const shift = Math.clz32(bound);
    for (;;) {
      const value = this.#u32() >>> shift;
      if (value < bound) return value;
    }
  }

  #u32(): number {
    const state = this.#state;
    if (this.#at === 624) {
      for (let i = 0; i < 624; i++) {
        const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff);
        state[i] = state[(i + 397) % 624]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let value = state[this.#at++]!;
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    return (value ^ (value >>> 18)) >>> 0;
  }
}

function spread(value: number): number {
  return value ^ (value >>> 30);
}
