import { TinmanError } from "../../errors/mod.ts";
import type { ObservedFrame } from "../../telemetry/mod.ts";
import { channelOf, type RouteContext, sourceOf, wholeNumber } from "../context.ts";
import { decoded, frameRows } from "../frame_rows.ts";
import { parseFilter } from "../filter.ts";
import type { Sampler } from "../sampler.ts";
import type { AddRoutes } from "./mod.ts";

/** Most rows of one answer, and most frames that a filter looks at for it. */
const MAX_ROWS = 500;
const MAX_LOOKED = 20_000;
const NUMBER = Number.MAX_SAFE_INTEGER;

/** Frames that are kept: in lists, and one by one with all of it. */
export const frameRoutes: AddRoutes = (app, context) => {
  const find = (c: RouteContext) => {
    const sampler = sourceOf(context, c.req.param("source"));
    return { sampler, channel: channelOf(sampler, c.req.query("channel")) };
  };

  /** Up to `limit` frames before number `before`, oldest first; of those that match, where there is a filter. */
  app.get("/api/sources/:source/frames", (c) => {
    const { sampler, channel } = find(c);
    const { observed } = sampler;
    const { history } = observed;
    if (history === undefined) throw nothingKept(channel);
    const total = observed.look().channels.find(({ name }) => name === channel)!.count;
    const before = Math.min(total, wholeNumber(c.req.query("before"), { name: "before", max: NUMBER, or: total }));
    const limit = Math.max(1, wholeNumber(c.req.query("limit"), { name: "limit", max: MAX_ROWS, or: 100 }));
    const match = parseFilter(c.req.query("filter") ?? "");
    const page = match === undefined ? plain(before, limit) : seek(before, limit, match);
    const { rows } = frameRows(page.frames, { observed, channel, shownBytes: 0 });
    return c.json({ total, from: page.from, looked: page.looked, rows });

    function plain(before: number, limit: number) {
      const from = Math.max(0, before - limit);
      return { from, looked: before - from, frames: history!.frames(channel, { from, limit: before - from }) };
    }
    function seek(before: number, limit: number, match: (value: unknown) => boolean) {
      const frames: ObservedFrame[] = [];
      let [from, looked] = [before, 0];
      while (from > 0 && frames.length < limit && looked < MAX_LOOKED) {
        const part = plain(from, Math.min(256, from));
        const found = part.frames.filter(({ data }) => matches(data, match));
        const room = limit - frames.length;
        frames.unshift(...found.slice(-room));
        looked += part.looked;
        // What is left of this part is found by who asks for more.
        from = found.length > room ? frames[0]!.index : part.from;
      }
      return { from, looked, frames };
    }
    function matches(data: Uint8Array | undefined, match: (value: unknown) => boolean): boolean {
      try {
        return data !== undefined && match(observed.decode(channel, data));
      } catch {
        return false;
      }
    }
  });

  /** One frame with all of it: its value as a tree, or its bytes. */
  app.get("/api/sources/:source/frame", (c) => {
    const { sampler, channel } = find(c);
    const index = wholeNumber(c.req.query("index"), { name: "index", max: NUMBER, or: 0 });
    const frame = frameAt(sampler, channel, index);
    const { data } = frame;
    if (c.req.query("as") === "bytes" && data !== undefined) {
      return c.body(data as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/octet-stream" });
    }
    const limits = { maxItems: 100_000, maxText: 2 ** 20 };
    const rest = data === undefined ? { problem: frame.problem } : decoded(sampler.observed, channel, data, limits);
    return c.json({ index, timeNs: `${frame.timeNs}`, size: data?.length ?? 0, at: 0, shown: 0, ...rest });
  });
};

function frameAt({ observed, kept }: Sampler, channel: string, index: number): ObservedFrame {
  const found = kept.get(channel, index) ?? observed.history?.frames(channel, { from: index, limit: 1 })[0];
  if (found !== undefined) return found;
  throw new TinmanError("NOT_FOUND", `Cannot find frame ${index}: it is not kept any more`, {
    kind: "frame",
    id: `${index}`,
    hint: "record the run, and look into the recording",
  });
}

function nothingKept(channel: string): TinmanError<"NOT_FOUND"> {
  return new TinmanError("NOT_FOUND", "Cannot list frames: nothing is kept of this channel", {
    kind: "channel",
    id: channel,
  });
}
