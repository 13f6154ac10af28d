import * as format from "../format.ts";
import type { TimeWindow } from "../time/time_window.ts";
import type { Choice } from "./field_list.ts";
import { lengthOf, meters, placeAt } from "./map_view.ts";
import { apart, number, rangeOf, titleOf, valueAt } from "./series.ts";
import { peakOf, type Spectrum } from "./spectrum_view.ts";

/** Ways to look at numbers. */
export const VIEWS = ["time", "spectrum", "map"] as const;
/** One of them. */
export type ViewKind = typeof VIEWS[number];

/** One thing that is shown: a curve, a spectrum or a track, by what it is. */
export interface Shown extends Choice {
  points: Float64Array;
  done: number;
  problems: number;
  spectrum: Spectrum | undefined;
}

/** Whether something can be shown in a view. */
export function fits({ kind, path2 }: Choice, view: ViewKind): boolean {
  if (view === "map") return path2 !== undefined;
  return view === "spectrum" ? kind === "samples" : kind !== "position";
}

/** What tells one from the others. */
export function keyOf({ channel, path, path2 }: Choice): string {
  return JSON.stringify([channel, path, path2]);
}

/** A choice of which nothing is known yet. */
export function emptyOf(choice: Choice): Shown {
  return { ...choice, points: new Float64Array(0), done: 0, problems: 0, spectrum: undefined };
}

/** What an address says. */
export function readShown(text: string): Shown[] {
  try {
    const said: unknown = JSON.parse(text);
    return (Array.isArray(said) ? said : []).slice(0, 24).flatMap((each) => {
      const [channel, path, path2] = Array.isArray(each) ? each : [];
      if (typeof channel !== "string" || typeof path !== "string") return [];
      if (typeof path2 === "string") return [emptyOf({ channel, path, path2, kind: "position", sample: "" })];
      return [emptyOf({ channel, path, kind: path.endsWith("[*]") ? "samples" : "number", sample: "" })];
    });
  } catch {
    return [];
  }
}

/** The other way round; nothing for none. */
export function writeShown(shown: readonly Shown[]): string {
  const said = shown.map(({ channel, path, path2 }) => [channel, path, ...path2 === undefined ? [] : [path2]]);
  return said.length === 0 ? "" : JSON.stringify(said);
}

/** What stands above the numbers of the legend. */
export function cellTitles(kind: ViewKind, isLive: boolean): string[] {
  if (kind === "spectrum") return ["peak at", "dB", "samples"];
  return kind === "map" ? ["latitude", "longitude", "length"] : [isLive ? "now" : "at the cursor", "lowest", "highest"];
}

/** The numbers of one of them. */
export function cellsOf(
  { points, spectrum }: Shown,
  { kind, window, cursorNs }: { readonly kind: ViewKind; readonly window: TimeWindow; readonly cursorNs: number },
): string[] {
  if (kind === "spectrum") {
    if (spectrum === undefined) return [format.UNKNOWN, format.UNKNOWN, format.UNKNOWN];
    const { at, decibels } = peakOf(spectrum);
    const unit = spectrum.rate === undefined ? "" : " Hz";
    // Silence has no peak.
    if (!Number.isFinite(decibels)) return [format.UNKNOWN, format.UNKNOWN, format.count(spectrum.samples)];
    return [`${number(Number(at.toPrecision(5)))}${unit}`, decibels.toFixed(1), format.count(spectrum.samples)];
  }
  if (kind === "map") {
    const at = placeAt(points, cursorNs);
    const length = meters(lengthOf(points));
    if (at < 0) return [format.UNKNOWN, format.UNKNOWN, length];
    return [points[at + 1]!.toFixed(6), points[at + 2]!.toFixed(6), length];
  }
  const range = rangeOf(points, window);
  return apart([valueAt(points, cursorNs), range?.low, range?.high]);
}

/** What is on the screen as a table. */
export function csvOf(shown: readonly Shown[], kind: ViewKind, timeNs: (ns: number) => bigint): string {
  const lines = shown.flatMap((each) => {
    const { points, path2, spectrum } = each;
    if (kind === "spectrum") {
      const { decibels, top } = spectrum ?? { decibels: [], top: 0 };
      return Array.from(
        decibels,
        (db, i) => `${quoted(titleOf(each))},${i / Math.max(1, decibels.length - 1) * top},${db}`,
      );
    }
    const width = path2 === undefined ? 2 : 3;
    return Array.from({ length: points.length / width }, (_, i) => {
      const values = points.slice(i * width + 1, (i + 1) * width);
      return [quoted(titleOf(each)), timeNs(points[i * width]!), ...values].join(",");
    });
  });
  const head =
    { time: "field,time_ns,value", spectrum: "field,frequency,decibels", map: "field,time_ns,lat,lon" }[kind];
  return `${head}\n${lines.join("\n")}\n`;
}

// A leading = + - @ is a formula to a spreadsheet.
function quoted(text: string): string {
  return `"${(/^[=+\-@\t\r]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
}

/** What the table below says of each. */
export function legendRows(
  visible: readonly Shown[],
  { kind, isLive, window, cursorNs, colours }: {
    readonly kind: ViewKind;
    readonly isLive: boolean;
    readonly window: TimeWindow | undefined;
    readonly cursorNs: number;
    readonly colours: readonly string[];
  },
) {
  return visible.map((each, i) => ({
    key: keyOf(each),
    title: each.path2 === undefined ? titleOf(each) : `${titleOf(each)}, ${each.path2}`,
    colour: colours[i % colours.length] ?? "",
    cells: window === undefined
      ? cellTitles(kind, isLive).map(() => format.UNKNOWN)
      : cellsOf(each, { kind, window, cursorNs }),
  }));
}

/** How far they are read, and what is not in them. */
export function progressOf(visible: readonly Shown[], isReading: boolean): string[] {
  const problems = visible.reduce((sum, each) => sum + each.problems, 0);
  const done = visible.reduce((sum, each) => sum + each.done, 0) / Math.max(1, visible.length);
  return [
    ...isReading && visible.length > 0 && done < 1 ? [`${Math.floor(done * 100)} % read`] : [],
    ...problems > 0 ? [`${format.count(problems)} frames without a number there`] : [],
  ];
}
