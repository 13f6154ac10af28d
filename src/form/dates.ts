/** Where and when an entry is looked at. */
export interface Moment {
  /** Unix time in milliseconds. */
  readonly ms: number;
  /** Minutes that local time is ahead of UTC. */
  readonly offsetMinutes: number;
}

const DAY_MS = 86_400_000;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** Days since 1970-01-01 of `2026-11-21`; undefined when there is no such day. Years are 0001 to 9999. */
export function parseDate(text: string): number | undefined {
  const found = DATE.exec(text);
  if (found === null) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (year === 0 || month < 1 || month > 12 || day < 1) return undefined;
  const days = daysOf(year, month, day);
  // A 30th of February lands in March.
  return formatDate(days) === text ? days : undefined;
}

/** `2026-11-21` of days since 1970-01-01. */
export function formatDate(days: number): string {
  const { year, month, day } = civil(days);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** A time of day in milliseconds, and the offset it names, in minutes. */
export function parseTime(text: string): { readonly ms: number; readonly offsetMinutes?: number } | undefined {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const [, hours, minutes, seconds = "0", fraction = "0", zone] = found;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds) + Number(fraction)) * 1000;
  if (zone === undefined) return { ms };
  const offsetMinutes = parseZone(zone);
  return offsetMinutes === undefined ? undefined : { ms, offsetMinutes };
}

/** `10:00` as `10:00:00`, `+0100` and the `+01` of older Collect as `+01:00`; undefined when it is no time. */
export function canonicalTime(text: string): string | undefined {
  if (parseTime(text) === undefined) return undefined;
  const [, hours, minutes, seconds = "00", fraction = "", zone = ""] = TIME.exec(text)!;
  const point = fraction.replace(/\.?0+$/, "");
  return `${hours}:${minutes}:${seconds}${point}${
    zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`)
  }`;
}

/** A date and time, with `T` or one space between them, in the one form in which it is kept; undefined when it is none. */
export function canonicalDateTime(text: string): string | undefined {
  const date = text.slice(0, 10);
  if (parseDate(date) === undefined || !/^[T ]$/.test(text[10] ?? "")) return undefined;
  const time = canonicalTime(text.slice(11));
  return time === undefined ? undefined : `${date}T${time}`;
}

/**
 * The days since 1970-01-01 in local time of a date, or of a date and time, then with a fraction; undefined for other
 * texts. What ODK's dialect takes for the number of a date.
 */
export function daysOfText(text: string, { offsetMinutes }: Moment): number | undefined {
  if (text.length === 10) return parseDate(text);
  if (text[10] !== "T" && text[10] !== " ") return undefined;
  const days = parseDate(text.slice(0, 10));
  const time = parseTime(text.slice(11));
  if (days === undefined || time === undefined) return undefined;
  const shift = time.offsetMinutes === undefined ? 0 : offsetMinutes - time.offsetMinutes;
  return days + (time.ms + shift * 60_000) / DAY_MS;
}

/** `2026-11-21T10:00:00.000+01:00` of days since 1970-01-01 in local time. */
export function formatDateTime(days: number, { offsetMinutes }: Moment): string {
  const ms = Math.round(days * DAY_MS);
  const day = Math.floor(ms / DAY_MS);
  const time = ms - day * DAY_MS;
  const clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map((part) => pad(Math.floor(part))).join(":");
  return `${formatDate(day)}T${clock}.${pad(time % 1000, 3)}${formatZone(offsetMinutes)}`;
}

/** The local date and time of a moment, as days since 1970-01-01. */
export function localDays({ ms, offsetMinutes }: Moment): number {
  return (ms + offsetMinutes * 60_000) / DAY_MS;
}

/** A date in words of `%Y-%m-%d` (https://docs.getodk.org/form-operators-functions/#date-and-time-functions). */
export function strftime(days: number, format: string): string {
  const { year, month, day } = civil(Math.floor(days));
  const ms = Math.round((days - Math.floor(days)) * DAY_MS);
  const parts: Readonly<Record<string, () => string>> = {
    Y: () => pad(year, 4),
    y: () => pad(year % 100),
    m: () => pad(month),
    n: () => String(month),
    b: () => MONTHS[month - 1]!,
    d: () => pad(day),
    e: () => String(day),
    H: () => pad(Math.floor(ms / 3_600_000)),
    h: () => String(Math.floor(ms / 3_600_000)),
    M: () => pad(Math.floor(ms / 60_000) % 60),
    S: () => pad(Math.floor(ms / 1000) % 60),
    "3": () => pad(ms % 1000, 3),
    a: () => WEEKDAYS[((Math.floor(days) % 7) + 11) % 7]!,
    W: () => String(Math.ceil((Math.floor(days) - daysOf(year, 1, 1) + 1) / 7)),
    "%": () => "%",
  };
  return format.replace(/%([A-Za-z0-9%])/g, (whole, letter: string) => parts[letter]?.() ?? whole);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function parseZone(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).slice(-2))];
  if (hours > 14 || minutes > 59) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

function formatZone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return "Z";
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil, civil_from_days).
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const y = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * y + Math.floor(y / 4) - Math.floor(y / 100));
  const mp = Math.floor((5 * ofYear + 2) / 153);
  const month = mp + (mp < 10 ? 3 : -9);
  return { year: y + era * 400 + (month <= 2 ? 1 : 0), month, day: ofYear - Math.floor((153 * mp + 2) / 5) + 1 };
}

function pad(n: number, width = 2): string {
  return String(n).padStart(width, "0");
}
