import { readReport, type Report } from "./fields.ts";
import type { Sentence } from "./sentence.ts";

/** What a receiver knew at one time. A field is null while nothing was said about it. */
export interface Fix {
  /** UTC in nanoseconds since 1970; null until a sentence with a date has come (RMC, ZDA). */
  readonly timeNs: bigint | null;
  /** Milliseconds since midnight UTC. */
  readonly timeOfDayMs: number;
  /** Whether the receiver vouches for the position. */
  readonly valid: boolean;
  /** Degrees, north and east are positive. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Metres above mean sea level. */
  readonly altitude: number | null;
  /** Metres of the geoid above the ellipsoid of WGS 84. */
  readonly geoidSeparation: number | null;
  /** Metres a second over ground. */
  readonly speed: number | null;
  /** Degrees from true north. */
  readonly course: number | null;
  /** 0 none, 1 GPS, 2 differential, 4 RTK fixed, 5 RTK float, 6 estimated. */
  readonly quality: number | null;
  /** 1 none, 2 two dimensions, 3 three. */
  readonly mode: number | null;
  readonly satellitesUsed: number | null;
  /** Over all systems. */
  readonly satellitesInView: number | null;
  readonly pdop: number | null;
  readonly hdop: number | null;
  readonly vdop: number | null;
}

const DAY_MS = 86_400_000;
/** So often the sentence that ends an epoch may be missing before another is taken for it: one damaged line is no change. */
const MAX_MISSES = 3;

/**
 * Puts the sentences of one time (an epoch) together. Which sentence is the last of an epoch differs between receivers, so
 * it is learnt from the first epoch; from then on a fix comes with that sentence, not one epoch later.
 */
export class FixBuilder {
  #timeOfDayMs: number | undefined;
  #lastTimeMs = 0;
  #dayMs: number | undefined;
  /** What was said in this epoch. */
  #now: Report = {};
  /** What is said rarely, and holds until it is said again. */
  #slow: Report = {};
  readonly #inView = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #last: string | undefined;
  #ender: string | undefined;
  #misses = 0;
  #emitted = false;

  /** The fixes that are complete with this sentence: mostly none or one. Throws a RangeError for a field out of range. */
  push(sentence: Sentence): Fix[] {
    const report = readReport(sentence);
    if (report === undefined) return [];
    const fixes = report.timeOfDayMs !== undefined && report.timeOfDayMs !== this.#timeOfDayMs ? this.end() : [];
    if (report.timeOfDayMs !== undefined) this.#setTime(report.timeOfDayMs, report.dayMs);
    this.#merge(sentence, report);
    if (this.#endsEpoch(sentence)) fixes.push(...this.#emit());
    return fixes;
  }

  /** The fix of the epoch that is not complete yet, if there is one. */
  end(): Fix[] {
    if (this.#emitted || this.#last === undefined) this.#misses = 0;
    else if (this.#ender === undefined || ++this.#misses >= MAX_MISSES) [this.#ender, this.#misses] = [this.#last, 0];
    const fixes = this.#emit();
    this.#now = {};
    this.#counts.clear();
    [this.#last, this.#emitted, this.#timeOfDayMs] = [undefined, false, undefined];
    return fixes;
  }

  #setTime(timeOfDayMs: number, dayMs: number | undefined): void {
    const before = this.#lastTimeMs;
    // GGA and GLL have no date: a clock that goes back by more than half a day has passed midnight.
    if (dayMs !== undefined) this.#dayMs = dayMs;
    else if (this.#dayMs !== undefined && before - timeOfDayMs > DAY_MS / 2) this.#dayMs += DAY_MS;
    this.#timeOfDayMs = this.#lastTimeMs = timeOfDayMs;
  }

  #merge(sentence: Sentence, report: Report): void {
    const { satellitesInView, ...rest } = defined(report);
    if (satellitesInView !== undefined) this.#inView.set(sentence.talker, satellitesInView);
    else if (sentence.type === "GSA") this.#slow = { ...this.#slow, ...rest };
    // One sentence that does not vouch for the position is enough: RMC says V while GGA still repeats the last one.
    else this.#now = { ...this.#now, ...rest, valid: (this.#now.valid ?? true) && (report.valid ?? true) };
  }

  // GSA, GSV and ZDA come less often than positions do, so they do not end an epoch.
  #endsEpoch({ talker, type }: Sentence): boolean {
    if (!["GGA", "RMC", "GLL", "VTG"].includes(type)) return false;
    const count = (this.#counts.get(talker + type) ?? 0) + 1;
    this.#counts.set(talker + type, count);
    this.#last = `${talker}${type}#${count}`;
    return this.#last === this.#ender;
  }

  #emit(): Fix[] {
    if (this.#emitted || this.#last === undefined || this.#timeOfDayMs === undefined) return [];
    this.#emitted = true;
    const { latitude, longitude, valid, ...now } = this.#now;
    const inView = [...this.#inView.values()].reduce((sum, each) => sum + each, 0);
    const known: Report = { ...this.#slow, ...now };
    return [{
      timeNs: this.#dayMs === undefined ? null : BigInt(this.#dayMs + this.#timeOfDayMs) * 1_000_000n,
      timeOfDayMs: this.#timeOfDayMs,
      valid: valid === true && latitude !== undefined,
      latitude: latitude ?? null,
      longitude: longitude ?? null,
      altitude: known.altitude ?? null,
      geoidSeparation: known.geoidSeparation ?? null,
      speed: known.speed ?? null,
      course: known.course ?? null,
      quality: known.quality ?? null,
      mode: known.mode ?? null,
      satellitesUsed: known.satellitesUsed ?? null,
      satellitesInView: this.#inView.size === 0 ? null : inView,
      pdop: known.pdop ?? null,
      hdop: known.hdop ?? null,
      vdop: known.vdop ?? null,
    }];
  }
}

function defined(report: Report): Report {
  return Object.fromEntries(Object.entries(report).filter(([, value]) => value !== undefined));
}
