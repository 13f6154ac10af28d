import { TinmanError } from "../../errors/mod.ts";
import { channelOf, type InspectorContext, sourceOf } from "../context.ts";
import { parseFilter } from "../filter.ts";
import { frameRows, SHOWN_BYTES } from "../frame_rows.ts";
import type { Topic } from "../live.ts";

/**
 * `{ source, channel, filter }`: the values of a channel as they come, `{ rows, seen, matched, skipped }`. Rows that are skipped
 * are counted; the last value always comes. Counts alone come while there are no rows, so that a page can pause and count on.
 */
export function tailTopic(context: InspectorContext): Topic {
  return ({ source, channel: name, filter }) => {
    const sampler = sourceOf(context, source);
    const channel = channelOf(sampler, name);
    const match = parseFilter(typeof filter === "string" ? filter : "");
    const tail = sampler.observed.tail(channel, match && { match });
    if (tail === undefined) {
      throw new TinmanError("NOT_FOUND", "Cannot listen: nothing comes on this channel any more", {
        kind: "channel",
        id: channel,
      });
    }
    let told = -1;
    return {
      poll() {
        const frames = tail.take();
        if (frames.length === 0 && tail.seen === told) return undefined;
        for (const frame of frames) if ((frame.data?.length ?? 0) > SHOWN_BYTES) sampler.kept.add(channel, frame);
        told = tail.seen;
        const { rows, bytes } = frameRows(frames, { observed: sampler.observed, channel });
        const { seen, matched, skipped } = tail;
        return { json: { rows, seen, matched, skipped }, bytes };
      },
      [Symbol.dispose]: () => tail[Symbol.dispose](),
    };
  };
}
