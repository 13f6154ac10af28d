import { TinmanError } from "../../errors/mod.ts";
import type { ObservedChannel, ObservedTimeline } from "../../telemetry/mod.ts";
import { type InspectorContext, type RouteContext, sourceOf, timeNs, wholeNumber } from "../context.ts";
import { encodeLive } from "../page/live_message.ts";
import { density, type Window } from "../timeline/density.ts";
import { createBudget, RunTimes } from "../timeline/run_times.ts";
import { toTree } from "../tree.ts";
import type { AddRoutes } from "./mod.ts";

/** Most columns of one answer; with many channels it has fewer. */
const MAX_COLUMNS = 4000;
const MAX_CELLS = 2 ** 20;
/** What one answer may read, so that it comes while a person still looks at the place they clicked. */
const READ_BYTES = 24 * 2 ** 20;
const READ_MS = 25;
/** Frames under the cursor: all their bytes that are decoded, and how much of a value is shown. */
const DECODED_BYTES = 4 * 2 ** 20;
const LINE = { maxItems: 40, maxText: 200, maxDepth: 6 };
const WHOLE = { maxItems: 5000, maxText: 65_536 };

/** A recording in time: how dense it is, what happened, and which frames lie under a cursor. */
export const timelineRoutes: AddRoutes = (app, context, { clock }) => {
  const known = new WeakMap<ObservedTimeline, { readonly baseNs: bigint; readonly times: RunTimes }>();

  /** JSON and counts, as a live message: for each channel one Float32 a column. */
  app.get("/api/sources/:source/timeline", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const channels = timeline.channels();
    const bounds = boundsOf(context, c.req.param("source"));
    const window = readWindow(c, { bounds, rows: channels.length });
    const times = timesOf(timeline, bounds.firstNs);
    const budget = createBudget({ bytes: READ_BYTES, ms: READ_MS, elapsedNs: () => clock.elapsedNs() });
    const counts = new Float32Array(channels.length * window.columns);
    const rows = channels.map((channel, i) => {
      const part = counts.subarray(i * window.columns, (i + 1) * window.columns);
      const found = density(channel.name, timeline.runs(channel.name), { window, times, budget, counts: part });
      return { ...channelRow(channel), ...found };
    });
    const json = {
      ...{ baseNs: `${bounds.firstNs}`, lengthNs: Number(bounds.lastNs - bounds.firstNs) },
      ...{ fromNs: window.fromNs, toNs: window.toNs, columns: window.columns, channels: rows },
    };
    const message = encodeLive(0, { json, bytes: new Uint8Array(counts.buffer) });
    return c.body(message as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/octet-stream" });
  });

  /** What happened, in the order of time. */
  app.get("/api/sources/:source/timeline/marks", (c) => {
    const marks = timelineOf(context, c.req.param("source")).marks();
    return c.json({ marks: marks.map((mark) => ({ ...mark, timeNs: `${mark.timeNs}` })) });
  });

  /** The last frame of each channel at or before a time; with `channel` the whole value of one. */
  app.get("/api/sources/:source/timeline/at", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const at = timeNs(c.req.query("timeNs"), "timeNs");
    const wanted = c.req.query("channel");
    const step = c.req.query("step");
    const channels = timeline.channels().filter(({ name }) => wanted === undefined || name === wanted);
    if (step !== undefined) return c.json({ timeNs: `${stepped(timeline, at, step === "-1" ? -1 : 1)}` });
    let bytes = 0;
    const rows = channels.slice(0, 400).map(({ name, count }) => {
      const place = { channel: name, count };
      try {
        const index = timeline.seek(name, at + 1n) - 1;
        const frame = index < 0 ? undefined : timeline.frames(name, { from: index, limit: 1 })[0];
        if (frame === undefined) return place;
        const size = frame.data?.length ?? 0;
        const shown = { ...place, index, timeNs: `${frame.timeNs}`, size };
        bytes += size;
        if (wanted === undefined && bytes > DECODED_BYTES) return { ...shown, problem: "choose it to see its value" };
        const value = timeline.decode(name, frame.data!);
        return { ...shown, value: toTree(value, wanted === undefined ? LINE : WHOLE) };
      } catch (error) {
        return { ...place, problem: error instanceof Error ? error.message : String(error) };
      }
    });
    return c.json({ timeNs: `${at}`, rows });
  });

  /** A recording that was empty begins when its first frame comes. */
  function timesOf(timeline: ObservedTimeline, baseNs: bigint): RunTimes {
    const kept = known.get(timeline);
    if (kept?.baseNs === baseNs) return kept.times;
    const times = new RunTimes(baseNs);
    known.set(timeline, { baseNs, times });
    return times;
  }
};

/** The recording in time of a source. @throws {TinmanError} `NOT_FOUND` */
export function timelineOf(context: InspectorContext, id: unknown): ObservedTimeline {
  const { observed } = sourceOf(context, id);
  if (observed.timeline !== undefined) return observed.timeline;
  throw new TinmanError("NOT_FOUND", "Cannot show this in time: it is no recording", {
    kind: "timeline",
    id: String(id),
  });
}

/** When the first and the last frame are; of a recording without any, when it began. @throws {TinmanError} `NOT_FOUND` */
export function boundsOf(
  context: InspectorContext,
  id: unknown,
): { readonly firstNs: bigint; readonly lastNs: bigint } {
  let [first, last]: (bigint | undefined)[] = [undefined, undefined];
  for (const { firstNs, lastNs } of timelineOf(context, id).channels()) {
    if (firstNs !== undefined && (first === undefined || firstNs < first)) first = firstNs;
    if (lastNs !== undefined && (last === undefined || lastNs > last)) last = lastNs;
  }
  const firstNs = first ?? sourceOf(context, id).observed.startedNs;
  return { firstNs, lastNs: last ?? firstNs };
}

/** `from`, `to` and `columns` of a query: the whole recording where nothing is said. */
export function readWindow(
  c: RouteContext,
  { bounds, rows }: { readonly bounds: ReturnType<typeof boundsOf>; readonly rows: number },
): Window {
  const { firstNs: baseNs, lastNs } = bounds;
  const [from, to] = [c.req.query("from"), c.req.query("to")];
  const fromNs = from === undefined ? 0 : Number(timeNs(from, "from") - baseNs);
  const toNs = to === undefined ? Number(lastNs - baseNs) + 1 : Number(timeNs(to, "to") - baseNs);
  if (!(toNs > fromNs)) throw new TinmanError("USAGE", "Cannot show this: to is not after from", { argument: "to" });
  const asked = wholeNumber(c.req.query("columns"), { name: "columns", max: MAX_COLUMNS, or: 1000 });
  const columns = Math.max(1, Math.min(asked, Math.floor(MAX_CELLS / Math.max(1, rows))));
  return { baseNs, fromNs, toNs, columns };
}

function channelRow({ name, codec, count, bytes, drops, firstNs, lastNs }: ObservedChannel) {
  return {
    ...{ name, codec, count, bytes, drops },
    ...(firstNs !== undefined && { firstNs: `${firstNs}` }),
    ...(lastNs !== undefined && { lastNs: `${lastNs}` }),
  };
}

/** The time of the next frame of any channel, or of the one before. */
function stepped(timeline: ObservedTimeline, at: bigint, by: 1 | -1): bigint {
  let best: bigint | undefined;
  for (const { name } of timeline.channels()) {
    const index = by === 1 ? timeline.seek(name, at + 1n) : timeline.seek(name, at) - 1;
    const time = index < 0 ? undefined : timeline.frames(name, { from: index, limit: 1 })[0]?.timeNs;
    if (time !== undefined && (best === undefined || (by === 1 ? time < best : time > best))) best = time;
  }
  return best ?? at;
}
