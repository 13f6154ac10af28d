import { TinmanError } from "../../errors/mod.ts";
import { channelOf, type InspectorContext, sourceOf } from "../context.ts";
import type { LivePart, Topic } from "../live.ts";
import { Kept } from "../timeline/envelope.ts";
import { isPlace, numbersAt, parsePath, sampleRateOf, type Step } from "../timeline/field_path.ts";
import { addSamples } from "../timeline/field_series.ts";
import { LiveEnvelope } from "../timeline/live_envelope.ts";
import { createSpectra } from "../timeline/spectrum.ts";

const MAX_SPAN_S = 3600;

/**
 * `{ source, channel, path, path2, spanS, columns }`: the numbers at a path as they come, two points a column at most; with
 * `path2` a track. Times count from `baseNs`.
 */
export function plotTopic(context: InspectorContext): Topic {
  return ({ source, channel: name, path: text, path2, spanS, columns: asked }) => {
    const sampler = sourceOf(context, source);
    const { observed } = sampler;
    const channel = channelOf(sampler, name);
    const paths = [text, ...path2 === undefined ? [] : [path2]].map((each) => parsePath(String(each ?? "")));
    const span = bounded(spanS, { least: 1, most: MAX_SPAN_S, or: 60 });
    const columns = bounded(asked, { least: 10, most: 4000, or: 600 });
    const live = new LiveEnvelope({
      bucketNs: span * 1e9 / columns,
      width: paths.length === 2 ? 3 : 2,
      most: columns * 2,
    });
    const baseNs = observed.startedNs;
    const now = () => observed.now?.() ?? observed.look().timeNs;
    let [lastNs, problems] = [0, 0];
    const take = (value: unknown) => {
      const time = Number(now() - baseNs);
      if (!addValue(live, value, { paths, time, spanNs: time - lastNs })) problems++;
      lastNs = time;
      return false;
    };
    // Whether a value matches is asked for each of them, before any is written down: so all are seen, and none is kept.
    const tail = observed.tail(channel, { match: take, maxFrames: 1 });
    if (tail === undefined) throw nothingComes(channel);
    return {
      poll() {
        tail.take();
        const nowNs = now();
        const points = live.take(Number(nowNs - baseNs));
        const json = { baseNs: `${baseNs}`, nowNs: `${nowNs}`, seen: tail.seen, problems };
        return { json, bytes: new Uint8Array(points.buffer, points.byteOffset, points.byteLength) };
      },
      [Symbol.dispose]: () => tail[Symbol.dispose](),
    };
  };
}

/** `{ source, channel, path, columns }`: the spectrum of the newest frame, or `problem`: why it has none. */
export function spectrumTopic(context: InspectorContext): Topic {
  const spectrum = createSpectra();
  return ({ source, channel: name, path: text, columns: asked }) => {
    const sampler = sourceOf(context, source);
    const channel = channelOf(sampler, name);
    const path = parsePath(String(text ?? ""));
    const columns = bounded(asked, { least: 1, most: 4000, or: 600 });
    const tail = sampler.observed.tail(channel, { maxFrames: 1, maxBytes: 0 });
    if (tail === undefined) throw nothingComes(channel);
    return {
      poll(): LivePart | undefined {
        const frame = tail.take().at(-1);
        if (frame?.data === undefined) return undefined;
        const at = { index: frame.index, timeNs: `${frame.timeNs}` };
        try {
          const { decibels, ...json } = spectrum(sampler.observed.decode(channel, frame.data), { path, columns });
          return {
            json: { ...json, ...at },
            bytes: new Uint8Array(decibels.buffer, decibels.byteOffset, decibels.byteLength),
          };
        } catch (error) {
          // The next frame may have one again, so this is not the end.
          return { json: { ...at, problem: error instanceof Error ? error.message : String(error) } };
        }
      },
      [Symbol.dispose]: () => tail[Symbol.dispose](),
    };
  };
}

function addValue(
  live: LiveEnvelope,
  value: unknown,
  { paths, time, spanNs }: {
    readonly paths: readonly (readonly Step[])[];
    readonly time: number;
    readonly spanNs: number;
  },
): boolean {
  const [first, second] = paths.map((path) => numbersAt(value, path));
  if (paths.length === 2) {
    if (!isPlace(first, second)) return false;
    live.add([time, first as number, second as number]);
  } else if (typeof first === "object") {
    const add: Kept["add"] = (data) => live.add(data as number[]);
    addSamples({ add }, first, { time, spanNs, rate: sampleRateOf(value) });
  } else if (Number.isFinite(first)) live.add([time, first!]);
  else return false;
  return true;
}

function bounded(value: unknown, { least, most, or }: { least: number; most: number; or: number }): number {
  return typeof value === "number" && value > 0 ? Math.min(most, Math.max(least, Math.round(value))) : or;
}

function nothingComes(channel: string): TinmanError<"NOT_FOUND"> {
  return new TinmanError("NOT_FOUND", "Cannot listen: nothing comes on this channel any more", {
    kind: "channel",
    id: channel,
  });
}
