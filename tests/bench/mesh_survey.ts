import { deflateRawSync } from "node:zlib";
import { createRandom, type Random } from "../../src/random/mod.ts";

/** One field of one record that somebody filled in. */
export interface Filled {
  readonly wallMs: number;
  readonly record: string;
  readonly field: string;
  readonly value: string | number | boolean;
}

/** Who filled in what, in order. */
export type Survey = readonly (readonly Filled[])[];

/** A survey of water points: `authors` with `records` each, ten fields a record, one event a field. */
export function createSurvey(authors: number, records: number): Survey {
  const random = createRandom(`survey of ${authors} by ${records}`);
  return Array.from({ length: authors }, (_, author) => {
    let wallMs = 1_760_000_000_000 + random.int(3_600_000);
    return Array.from({ length: records }, (_, i) => {
      const record = `R-${String(author).padStart(2, "0")}-${String(i).padStart(4, "0")}`;
      wallMs += 60_000 + random.int(840_000);
      return Object.entries(FIELDS).map(([field, draw]): Filled => {
        wallMs += 1500 + random.int(38_500);
        return { wallMs, record, field, value: draw(random) };
      });
    }).flat();
  });
}

/** What each of two sides holds when they differ in the share `d`: even authors are whole on the first, odd on the second. */
export function divide(survey: Survey, d: number): readonly [Survey, Survey] {
  const part = (events: readonly Filled[]) => events.slice(0, Math.round(events.length * (1 - d)));
  const side = (whole: number) => survey.map((events, author) => author % 2 === whole ? events : part(events));
  return [side(0), side(1)];
}

/**
 * Bytes that are hard to do without when two sides differ in the share `d`: columns through deflate, four bytes an author
 * for a frontier both ways, and a signature for each author who has something new.
 */
export function practicalBound(survey: Survey, d: number): number {
  const sides = divide(survey, d);
  const news = sides.map((_, i) =>
    survey.flatMap((events, author) => author % 2 === i ? events.slice(sides[1 - i]![author]!.length) : [])
  );
  const runs = survey.filter((events, author) => sides[1 - author % 2]![author]!.length < events.length).length;
  const bodies = news.filter((each) => each.length > 0).map(columnBytes);
  return bodies.reduce((sum, bytes) => sum + bytes, 0) + 8 * survey.length + 64 * runs;
}

function columnBytes(events: readonly Filled[]): number {
  const times = events.map(({ wallMs }, i) => varint(i === 0 ? wallMs : Math.max(0, wallMs - events[i - 1]!.wallMs)));
  const records = events.map(({ record }, i) => record === events[i - 1]?.record ? "" : record).join("\n");
  const values = Object.keys(FIELDS).map((field) => {
    const column = events.filter((each) => each.field === field).map(({ value }) => value);
    return typeof column[0] === "number"
      ? column.flatMap((value) => varint(packed(value as number)))
      : column.join("\n");
  });
  const parts = [Uint8Array.from(times.flat()), records, ...values];
  const all = parts.map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : Uint8Array.from(part as Iterable<number>)
  );
  return deflateRawSync(new Uint8Array(all.flatMap((part) => [...part])), { level: 9 }).length;
}

/** A decimal as a whole number, its sign in the lowest bit. */
function packed(value: number): number {
  const digits = /\.(\d+)$/.exec(`${value}`)?.[1]?.length ?? 0;
  const whole = Math.round(value * 10 ** digits);
  return whole < 0 ? -2 * whole - 1 : 2 * whole;
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

const WORDS = ("pump broken handle leaking needs repair committee absent clean tank fence missing good condition " +
  "queue long dry season only").split(" ");

const pick = <T>(random: Random, all: readonly T[]): T => all[random.int(all.length)]!;
const between = (random: Random, low: number, high: number, digits: number) =>
  Number((low + random.next() * (high - low)).toFixed(digits));
const two = (value: number) => String(value).padStart(2, "0");

const FIELDS: Readonly<Record<string, (random: Random) => string | number | boolean>> = {
  status: (random) => pick(random, ["OPENED", "IN_REVIEW", "CLOSED"]),
  functional: (random) => random.next() < 0.7,
  population: (random) => 20 + random.int(3981),
  lat: (random) => between(random, -4, -2, 6),
  lon: (random) => between(random, 28, 30, 6),
  water_source: (random) => pick(random, ["borehole", "spring", "river", "piped", "rainwater"]),
  depth_m: (random) => between(random, 2, 90, 1),
  households: (random) => 3 + random.int(598),
  remark: (random) => Array.from({ length: 2 + random.int(8) }, () => pick(random, WORDS)).join(" "),
  surveyed_on: (random) => `2026-${two(1 + random.int(12))}-${two(1 + random.int(28))}`,
};
