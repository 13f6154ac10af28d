import { parseTime } from "./time.ts";

/** How a time is written. */
export type TimeFormat = "iso" | "ns" | "us" | "ms" | "s";

const digits: Readonly<Record<Exclude<TimeFormat, "iso">, number>> = { ns: 0, us: 3, ms: 6, s: 9 };

/** Fields that are taken for the time when none is named, in this order. */
export const timeFields = ["time_ns", "timeNs", "time", "timestamp", "datetime", "date", "ts", "t"] as const;

/** Nanoseconds since 1970 that a text means, or what is wrong with it. Numbers are exact: no float is between. */
export function readTime(text: string, format: TimeFormat | undefined): bigint | { readonly problem: string } {
  const trimmed = text.trim();
  const number = /^(-?\d{1,20})(?:\.(\d+))?$/.exec(trimmed);
  if (format === undefined && number !== null) {
    return { problem: `its time ${trimmed} may be seconds or nanoseconds: say --time-format s, ms, us or ns` };
  }
  const ns = format === undefined || format === "iso" ? isoNs(trimmed) : number && scaled(number, digits[format]);
  if (ns === undefined || ns === null) return { problem: `its time ${JSON.stringify(trimmed)} is not ${name(format)}` };
  if (ns < 0n || trimmed.startsWith("-")) return { problem: `its time ${trimmed} is before 1970, where times begin` };
  return ns < 2n ** 63n ? ns : { problem: `its time ${trimmed} is behind the year 2262` };
}

function name(format: TimeFormat | undefined): string {
  return format === undefined || format === "iso" ? "like 2026-05-01T10:00:00Z" : `a number of ${format} since 1970`;
}

function isoNs(text: string): bigint | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  try {
    const spec = parseTime(text);
    return spec.kind === "at" ? spec.ns : undefined;
  } catch {
    return undefined;
  }
}

function scaled([, whole, fraction = ""]: RegExpExecArray, places: number): bigint {
  return BigInt(whole!) * 10n ** BigInt(places) + BigInt(fraction.slice(0, places).padEnd(places, "0") || "0");
}
