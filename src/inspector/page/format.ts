/** What nobody knows. */
export const UNKNOWN = "–";

const whole = new Intl.NumberFormat("en-US");

/** `12,345` */
export function count(value: number | undefined): string {
  return value === undefined ? UNKNOWN : whole.format(Math.round(value));
}

/** `0`, `0.4`, `12.3`, `1,234`: three digits where there are as many. */
export function rate(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (value >= 100) return whole.format(Math.round(value));
  return value >= 9.995 ? value.toFixed(1) : value === 0 ? "0" : value < 0.01 ? "<0.01" : value.toFixed(2);
}

/** `1.2 MiB` */
export function bytes(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? Math.round(value) : value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** `1.2 MiB/s` */
export function bytesPerS(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${bytes(value)}/s`;
}

/** `42 %` */
export function share(value: number | undefined): string {
  return value === undefined ? "n/a" : `${Math.round(value * 100)} %`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `5 d 02 h` */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const s = Math.max(60, ms / 1000);
  const two = (value: number) => `${Math.floor(value)}`.padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${two(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${two(s % 86_400 / 3600)} h`;
}

/** `2026-11-21 09:30:12.345` of nanoseconds since 1970, in the time of who looks; the date is left out for today's times. */
export function time(ns: string | undefined, { date = true }: { readonly date?: boolean } = {}): string {
  if (ns === undefined) return UNKNOWN;
  const at = new Date(Number(BigInt(ns) / 1_000_000n));
  if (Number.isNaN(at.getTime())) return `${ns} ns`;
  const two = (value: number) => `${value}`.padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${
    `${at.getMilliseconds()}`.padStart(3, "0")
  }`;
  return date ? `${day} ${clock}` : clock;
}
