import { TinmanError } from "../../errors/mod.ts";
import type { ObservedTimeline } from "../../telemetry/mod.ts";
import { type RouteContext, timeNs, wholeNumber } from "../context.ts";
import { encodeLive } from "../page/live_message.ts";
import { type CsvColumn, csvLines } from "../timeline/csv_rows.ts";
import { parsePath } from "../timeline/field_path.ts";
import { FieldSeries } from "../timeline/field_series.ts";
import { createBudget } from "../timeline/run_times.ts";
import { createSpectra } from "../timeline/spectrum.ts";
import type { AddRoutes } from "./mod.ts";
import { boundsOf, readWindow, timelineOf } from "./timeline.ts";

/** What one answer may read: what is left comes when it is asked for again. */
const READ_MS = 80;
const READ_BYTES = 64 * 2 ** 20;
/** Series that are kept as they were read. */
const KEPT = 24;
const MAX_COLUMNS = 16;
const MAX_ROWS = 2_000_000;
const PART_CHARACTERS = 65_536;

/** Numbers in the values of a recording: as curves, as spectra, as tables. */
export const plotRoutes: AddRoutes = (app, context, { clock }) => {
  const known = new WeakMap<ObservedTimeline, Map<string, FieldSeries>>();
  const spectrum = createSpectra();

  /** A series as points: of each, its time from `baseNs` and one value; with `path2` two. */
  app.get("/api/sources/:source/plot", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const bounds = boundsOf(context, c.req.param("source"));
    const window = readWindow(c, { bounds, rows: 1 });
    const series = seriesOf(timeline, c, bounds.firstNs);
    const budget = createBudget({ bytes: READ_BYTES, ms: READ_MS, elapsedNs: () => clock.elapsedNs() });
    const { points, ...json } = series.part(window, budget);
    return binary(c, { ...json, baseNs: `${bounds.firstNs}` }, points);
  });

  /** The spectrum of a frame: the last one at or before a time. */
  app.get("/api/sources/:source/spectrum", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const channel = channelIn(timeline, c.req.query("channel"));
    const path = parsePath(c.req.query("path") ?? "");
    const columns = wholeNumber(c.req.query("columns"), { name: "columns", max: 4000, or: 1000 });
    const index = Math.max(0, timeline.seek(channel, timeNs(c.req.query("timeNs"), "timeNs") + 1n) - 1);
    const frame = timeline.frames(channel, { from: index, limit: 1 })[0];
    if (frame?.data === undefined) {
      throw new TinmanError("NOT_FOUND", "Cannot find a frame there", { kind: "frame", id: channel });
    }
    const { decibels, ...json } = spectrum(timeline.decode(channel, frame.data), {
      path,
      columns: Math.max(1, columns),
    });
    return binary(c, { ...json, index, timeNs: `${frame.timeNs}` }, decibels);
  });

  /** All of it as a table: a `series` for each column, `["channel","path"]`. */
  app.get("/api/sources/:source/plot.csv", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const { firstNs, lastNs } = boundsOf(context, c.req.param("source"));
    const [from, to] = [c.req.query("from"), c.req.query("to")];
    const columns = (c.req.queries("series") ?? []).slice(0, MAX_COLUMNS).map((text) => readColumn(timeline, text));
    const lines = csvLines(timeline, columns, {
      fromNs: from === undefined ? firstNs : timeNs(from, "from"),
      toNs: to === undefined ? lastNs + 1n : timeNs(to, "to"),
      maxRows: MAX_ROWS,
    });
    return c.body(streamOf(lines), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="plot.csv"',
    });
  });

  function seriesOf(timeline: ObservedTimeline, c: RouteContext, baseNs: bigint): FieldSeries {
    const channel = channelIn(timeline, c.req.query("channel"));
    const [path, path2] = [c.req.query("path") ?? "", c.req.query("path2")];
    const kept = known.get(timeline) ?? new Map<string, FieldSeries>();
    known.set(timeline, kept);
    const key = JSON.stringify([channel, path, path2, `${baseNs}`]);
    const paths = path2 === undefined ? [parsePath(path)] : [parsePath(path), parsePath(path2)];
    const series = kept.get(key) ?? new FieldSeries(timeline, { channel, paths, baseNs });
    kept.delete(key);
    kept.set(key, series);
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return series;
  }
};

/** A channel of a recording. @throws {TinmanError} `NOT_FOUND` */
export function channelIn(timeline: ObservedTimeline, name: string | undefined): string {
  const found = timeline.channels().find((each) => each.name === name);
  if (found !== undefined) return found.name;
  const said = JSON.stringify((name ?? "").slice(0, 100));
  throw new TinmanError("NOT_FOUND", `Cannot find channel ${said}`, { kind: "channel", id: said });
}

/** JSON, and numbers behind it. */
export function binary(c: RouteContext, json: Readonly<Record<string, unknown>>, numbers: Float64Array): Response {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const message = encodeLive(0, { json, bytes }) as Uint8Array<ArrayBuffer>;
  return c.body(message, 200, { "content-type": "application/octet-stream" });
}

function readColumn(timeline: ObservedTimeline, text: string): CsvColumn {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch { /* It is refused below. */ }
  const [name, path] = Array.isArray(said) ? said : [];
  if (typeof name !== "string" || typeof path !== "string") {
    throw new TinmanError("USAGE", 'Cannot read series: each is ["channel","path"]', { argument: "series" });
  }
  return { channel: channelIn(timeline, name), path: parsePath(path), title: path === "" ? name : `${name} ${path}` };
}

/** Text as it is asked for; whoever goes away ends it. */
function streamOf(lines: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = lines[Symbol.iterator]();
  const utf8 = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      let part = "";
      while (part.length < PART_CHARACTERS) {
        const { value, done } = iterator.next();
        if (done) {
          if (part !== "") controller.enqueue(utf8.encode(part));
          return controller.close();
        }
        part += value;
      }
      controller.enqueue(utf8.encode(part));
    },
    cancel: () => void iterator.return?.(),
  });
}
