import type { Sentence } from "./sentence.ts";

/** What one sentence says; what it leaves empty is not there. Angles in degrees, speeds in metres a second. */
export interface Report {
  /** Milliseconds since midnight UTC. */
  readonly timeOfDayMs?: number | undefined;
  /** Midnight of the day, milliseconds since 1970. */
  readonly dayMs?: number | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly altitude?: number | undefined;
  readonly geoidSeparation?: number | undefined;
  readonly speed?: number | undefined;
  readonly course?: number | undefined;
  readonly quality?: number | undefined;
  readonly satellitesUsed?: number | undefined;
  readonly mode?: number | undefined;
  readonly pdop?: number | undefined;
  readonly hdop?: number | undefined;
  readonly vdop?: number | undefined;
  readonly satellitesInView?: number | undefined;
  /** Whether the receiver vouches for the position. */
  readonly valid?: boolean | undefined;
}

const KNOT = 1852 / 3600;
const DAY_MS = 86_400_000;

/** What a sentence says, undefined for a type that says nothing about fixes. Throws a RangeError that names the field. */
export function readReport({ type, fields: f }: Sentence): Report | undefined {
  switch (type) {
    case "GGA": // time, lat, N/S, lon, E/W, quality, satellites, HDOP, altitude, M, geoid, M, age, station
      return {
        timeOfDayMs: time(f[0]),
        ...position(f.slice(1, 5)),
        quality: whole("quality", f[5]),
        satellitesUsed: whole("satellites", f[6]),
        hdop: number("HDOP", f[7]),
        altitude: number("altitude", f[8]),
        geoidSeparation: number("geoid separation", f[10]),
        valid: (whole("quality", f[5]) ?? 0) > 0,
      };
    case "RMC": // time, A/V, lat, N/S, lon, E/W, knots, course, ddmmyy, variation, E/W, mode
      return {
        timeOfDayMs: time(f[0]),
        ...position(f.slice(2, 6)),
        speed: scaled(number("speed", f[6]), KNOT),
        course: number("course", f[7]),
        dayMs: shortDate(f[8]),
        valid: f[1] === "A",
      };
    case "GLL": // lat, N/S, lon, E/W, time, A/V, mode; the first versions end before the time
      return { ...position(f.slice(0, 4)), timeOfDayMs: time(f[4]), valid: f[5] === undefined || f[5] === "A" };
    case "VTG": // course, T, course, M, knots, N, km/h, K, mode
      return {
        course: number("course", f[0]),
        speed: scaled(number("speed", f[4]), KNOT) ?? scaled(number("speed", f[6]), 1 / 3.6),
      };
    case "GSA": // A/M, 1 none 2 2D 3 3D, twelve satellites, PDOP, HDOP, VDOP
      return {
        mode: whole("mode", f[1]),
        pdop: number("PDOP", f[14]),
        hdop: number("HDOP", f[15]),
        vdop: number("VDOP", f[16]),
      };
    case "GSV": // of, number, satellites in view, …
      return { satellitesInView: whole("satellites in view", f[2]) };
    case "ZDA": // time, day, month, year, zone
      return { timeOfDayMs: time(f[0]), dayMs: date(f[1], f[2], whole("year", f[3])) };
  }
  return undefined;
}

// ddmm.mmmm N dddmm.mmmm E
function position([lat, ns, lon, ew]: readonly string[]): Report {
  if (!lat || !lon) return {};
  const latitude = degrees("latitude", lat) * side("N/S", ns, "NS");
  const longitude = degrees("longitude", lon) * side("E/W", ew, "EW");
  if (Math.abs(latitude) > 90) throw new RangeError(`its latitude is ${lat}`);
  if (Math.abs(longitude) > 180) throw new RangeError(`its longitude is ${lon}`);
  return { latitude, longitude };
}

function degrees(name: string, text: string): number {
  const found = /^(\d{1,3})(\d\d(?:\.\d*)?)$/.exec(text);
  if (found === null || Number(found[2]) >= 60) throw new RangeError(`its ${name} is "${text.slice(0, 20)}"`);
  return Number(found[1]) + Number(found[2]) / 60;
}

function side(name: string, text: string | undefined, [positive, negative]: string): number {
  if (text === positive) return 1;
  if (text === negative) return -1;
  throw new RangeError(`its ${name} is "${text ?? ""}"`);
}

// hhmmss.sss; a leap second is the 60th
function time(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const found = /^([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(\.\d*)?$/.exec(text);
  if (found === null) throw new RangeError(`its time is "${text.slice(0, 20)}"`);
  const [, h, m, s, fraction = "0"] = found;
  const ms = (Number(h) * 60 + Number(m)) * 60_000 + Number(s) * 1000 + Math.round(Number(`0${fraction}`) * 1000);
  return Math.min(ms, DAY_MS - 1);
}

// ddmmyy; GPS began in 1980
function shortDate(text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (!/^\d{6}$/.test(text)) throw new RangeError(`its date is "${text.slice(0, 20)}"`);
  const year = Number(text.slice(4));
  return date(text.slice(0, 2), text.slice(2, 4), year + (year >= 80 ? 1900 : 2000));
}

function date(day: string | undefined, month: string | undefined, year: number | undefined): number | undefined {
  if (!day || !month || year === undefined) return undefined;
  const ms = Date.UTC(year, Number(month) - 1, Number(day));
  const made = new Date(ms);
  if (made.getUTCDate() !== Number(day) || made.getUTCMonth() !== Number(month) - 1) {
    throw new RangeError(`its date is ${day}.${month}.${year}`);
  }
  return ms;
}

function number(name: string, text: string | undefined): number | undefined {
  if (!text) return undefined;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) throw new RangeError(`its ${name} is "${text.slice(0, 20)}"`);
  return Number(text);
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text && !/^\d{1,9}$/.test(text)) throw new RangeError(`its ${name} is "${text.slice(0, 20)}"`);
  return number(name, text);
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
