/** The part of a recording that is looked at, in nanoseconds from its beginning. It never shows less than a microsecond. */
export class TimeWindow {
  fromNs = 0;
  toNs: number;
  readonly lengthNs: number;

  /** Shows all of it, with a little room at the end. */
  constructor(lengthNs: number) {
    this.lengthNs = Math.max(1, lengthNs);
    this.toNs = this.lengthNs;
    this.all();
  }

  /** Shows all of it. */
  all(): void {
    [this.fromNs, this.toNs] = [-this.lengthNs * 0.005, this.lengthNs * 1.005 + 1];
  }

  /** Whether all of it is shown. */
  get isAll(): boolean {
    return this.fromNs <= 0 && this.toNs >= this.lengthNs;
  }

  /** Shows a part. */
  show(fromNs: number, toNs: number): void {
    const span = Math.min(this.lengthNs * 1.01 + 1, Math.max(1000, toNs - fromNs));
    const from = Math.min(Math.max(fromNs, -this.lengthNs * 0.005), this.lengthNs * 1.005 + 1 - span);
    [this.fromNs, this.toNs] = [Math.round(from), Math.round(from + span)];
  }

  /** Shows `factor` times as much; what is at `atNs` stays where it is. */
  zoom(factor: number, atNs: number): void {
    this.show(atNs - (atNs - this.fromNs) * factor, atNs + (this.toNs - atNs) * factor);
  }

  /** Shows as much, earlier or later. */
  pan(byNs: number): void {
    this.show(this.fromNs + byNs, this.toNs + byNs);
  }

  /** Brings a time into sight, if it is not. */
  reveal(atNs: number): boolean {
    if (atNs >= this.fromNs && atNs <= this.toNs) return false;
    const span = this.toNs - this.fromNs;
    this.show(atNs - span * 0.2, atNs + span * 0.8);
    return true;
  }

  /** Where a time is on `width` pixels. */
  x(ns: number, width: number): number {
    return (ns - this.fromNs) / (this.toNs - this.fromNs) * width;
  }

  /** Which time is at a pixel. */
  at(x: number, width: number): number {
    return Math.round(Math.min(this.lengthNs, Math.max(0, this.fromNs + x / width * (this.toNs - this.fromNs))));
  }
}

const DAY_NS = 86_400e9;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Round times between two, at most `most` of them, and the step between them. */
export function ticks(fromNs: number, toNs: number, most: number): { readonly stepNs: number; readonly at: number[] } {
  const least = (toNs - fromNs) / Math.max(1, most);
  const stepNs = niceStep(least);
  const at: number[] = [];
  for (let n = Math.ceil(fromNs / stepNs); n * stepNs <= toNs && at.length <= most + 1; n++) at.push(n * stepNs);
  return { stepNs, at };
}

function niceStep(least: number): number {
  const found = STEPS_S.find((step) => step * 1e9 >= least);
  if (least > 0.5e9 && found !== undefined) return found * 1e9;
  const unit = least > DAY_NS ? DAY_NS : 1;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least / unit))) * unit;
  return [1, 2, 5, 10].map((each) => each * power).find((step) => step >= least) ?? power * 10;
}

/** `1:02.345`, `3 d 04:05:06` of nanoseconds from the beginning, with as many digits as steps of `stepNs` need. */
export function offset(ns: number, stepNs = 1e6): string {
  const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(stepNs / 1e9) - 1e-9)));
  const sign = ns < 0 ? "−" : "";
  const unit = 10 ** (9 - digits);
  const rounded = Math.round(Math.abs(ns) / unit);
  const [seconds, rest] = [Math.floor(rounded / 10 ** digits), rounded % 10 ** digits];
  const fraction = digits === 0 ? "" : `.${`${rest}`.padStart(digits, "0")}`;
  const two = (value: number) => `${value}`.padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h >= 48) {
    const day = `${sign}${Math.floor(h / 24)} d`;
    return stepNs % DAY_NS === 0 ? day : `${day} ${two(h % 24)}:${two(m)}:${two(s)}${fraction}`;
  }
  if (h > 0) return `${sign}${h}:${two(m)}:${two(s)}${fraction}`;
  return m > 0 ? `${sign}${m}:${two(s)}${fraction}` : `${sign}${s}${fraction}${" s"}`;
}

/** Nanoseconds of `12.345` s, as a URL has them; undefined for anything else. */
export function readSeconds(text: string): number | undefined {
  return /^-?\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1e9) : undefined;
}

/** The other way round. */
export function writeSeconds(ns: number): string {
  return (ns / 1e9).toFixed(9).replace(/\.?0+$/, "");
}
