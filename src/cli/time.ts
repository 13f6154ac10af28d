import { TinmanError } from "../errors/mod.ts";

/** A moment as somebody types it, not yet tied to a recording. */
export type TimeSpec =
  | { readonly kind: "at"; readonly ns: bigint }
  | { readonly kind: "after-start"; readonly ns: bigint }
  | { readonly kind: "before-end"; readonly ns: bigint }
  | { readonly kind: "part"; readonly part: number };

/** What `tinman help time` prints. */
export const timeHelp = `How to write a time or a duration, the same everywhere:

  10s  5m  1.5h  250ms  2d   a duration; a plain number is seconds; units can follow each other: 1h30m
  10s                        as a time: ten seconds after the first frame of the recording
  -5m                        five minutes before its last frame
  50%                        half way between the first and the last frame
  2026-05-01T10:00Z          a date and time (ISO 8601); without a zone it is UTC, as tinman prints it
  @1777629600000000000       nanoseconds since 1970

A range has its start in it and its end not: --from 10s --to 20s is ten seconds.`;

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  "µs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/** Milliseconds in `text`: `10s`, `5m`, `1.5h`, `1h30m`, `250ms`, or plain seconds. */
export function parseDuration(text: string): number {
  const ns = durationNs(text);
  if (ns === undefined) {
    throw new TinmanError("USAGE", `Cannot read "${text}" as a duration`, {
      hint: "write 10s, 5m, 1.5h, 250ms or a number of seconds",
    });
  }
  return ns / 1e6;
}

/** A moment in `text`: a duration from the start, `-` one before the end, `50%`, ISO 8601, or `@` nanoseconds since 1970. */
export function parseTime(text: string): TimeSpec {
  const trimmed = text.trim();
  const at = /^@(\d{1,20})$/.exec(trimmed);
  if (at) return { kind: "at", ns: BigInt(at[1]!) };
  const part = /^(\d+(?:\.\d+)?)%$/.exec(trimmed);
  if (part && Number(part[1]) <= 100) return { kind: "part", part: Number(part[1]) / 100 };
  const iso = isoNs(trimmed);
  if (iso !== undefined) return { kind: "at", ns: iso };
  const back = trimmed.startsWith("-");
  const ns = durationNs(back ? trimmed.slice(1) : trimmed);
  if (ns !== undefined) return { kind: back ? "before-end" : "after-start", ns: BigInt(Math.round(ns)) };
  throw new TinmanError("USAGE", `Cannot read "${text}" as a time`, {
    hint: "write 10s, -5m, 50%, 2026-05-01T10:00Z or @<nanoseconds>; see tinman help time",
  });
}

/** The nanoseconds since 1970 that `spec` means in a recording from `firstNs` to `lastNs`. */
export function resolveTime(spec: TimeSpec, bounds: { readonly firstNs: bigint; readonly lastNs: bigint }): bigint {
  const { firstNs, lastNs } = bounds;
  if (spec.kind === "at") return spec.ns;
  if (spec.kind === "after-start") return firstNs + spec.ns;
  if (spec.kind === "before-end") return lastNs - spec.ns;
  // Parts per billion, so that a long recording does not lose nanoseconds to a float.
  return firstNs + ((lastNs - firstNs) * BigInt(Math.round(spec.part * 1e9))) / 1_000_000_000n;
}

/** ISO 8601 in UTC with all nine digits: `2026-05-01T10:00:00.000000001Z`. What it prints, {@linkcode parseTime} reads. */
export function formatTime(ns: bigint): string {
  const ms = ns / 1_000_000n;
  // The calendar of JavaScript ends in the year 275760; recordings can hold any 64-bit number.
  if (ms > 8_640_000_000_000_000n || ns < 0n) return `@${ns}`;
  const [seconds] = new Date(Number(ms)).toISOString().split(".");
  return `${seconds}.${(ns % 1_000_000_000n).toString().padStart(9, "0")}Z`;
}

/** A length of time for people: `850 ms`, `12.3 s`, `2m05s`, `3h20m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
}

function durationNs(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1e9;
  if (!/^(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d)\s*)+$/.test(trimmed)) return undefined;
  let ns = 0;
  for (const [, number, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]+)/g)) {
    ns += Number(number) * unitNs[unit!]!;
  }
  return ns;
}

function isoNs(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (!parts) return undefined;
  const [, day, minutes = "00:00", seconds = "00", fraction = "", zone = "Z"] = parts;
  const withColon = zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2").toUpperCase();
  const ms = Date.parse(`${day}T${minutes}:${seconds}${withColon}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
