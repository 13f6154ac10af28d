import { checkOf } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import { runsOf } from "../runs_of.ts";
import { encodeRuns, type RunContext } from "../wire/mod.ts";
import type { AirBatch, AirHead, AirPlace } from "./air_packets.ts";
import { chainIdAt, endOf, wholeBefore } from "./chain.ts";
import { headsOf } from "./frontier.ts";

/** The first four bytes of a device's key: what it is called on the air. */
export function prefixOf(device: string): number {
  return parseInt(device.slice(0, 8), 16);
}

/** A place in a word. */
export function nameOf({ device, from, after }: AirPlace): string {
  return `${device} ${from} ${after}`;
}

/** The heads of all branches of a device. */
export function airHeads(feeds: Feeds, device: string): AirHead[] {
  return headsOf(feeds, device, 4).map(({ seq, prefix }) => ({
    device: prefixOf(device),
    seq,
    check: checkOf(prefix),
  }));
}

/** Whether an event is in the history that a feed is the end of. */
export function isAt(
  feeds: Feeds,
  feed: Feed,
  { seq, check }: { readonly seq: number; readonly check: number },
): boolean {
  const id = chainIdAt(feeds, feed, seq);
  return id !== undefined && checkOf(id) === check;
}

/** Whether there is something to send to who is at a place. */
export function hasAnswer(feeds: Feeds, device: string, { from, after }: AirPlace): boolean {
  const place = { seq: from - 1, check: after };
  return feeds.of(device).some((feed) => isAt(feeds, feed, place) && (endOf(feeds, feed) ?? 0) >= from);
}

/**
 * What to tell who is at a place where there is nothing to send: the first events of branches that it may not know; or if
 * the place is on no branch of ours, what we have there.
 */
export function headsInstead(feeds: Feeds, device: string, { from, after }: AirPlace): AirHead[] {
  const branches = feeds.of(device);
  const away = branches.filter((feed) => !isAt(feeds, feed, { seq: from - 1, check: after }));
  const isOurs = away.length < branches.length;
  return away.flatMap((feed) => {
    const seq = isOurs ? feed.base : from - 1;
    const id = seq < 1 ? undefined : chainIdAt(feeds, feed, seq);
    return id === undefined ? [] : [{ device: prefixOf(device), seq, check: checkOf(id) }];
  });
}

/** Runs for who is at a place, one of each branch that goes on from there; none that is longer than `maxBytes`. */
export function answersTo(feeds: Feeds, device: string, place: AirPlace & { readonly maxBytes: number }): Answer[] {
  return feeds.of(device).flatMap((feed): Answer[] => {
    if (!isAt(feeds, feed, { seq: place.from - 1, check: place.after })) return [];
    const from = Math.max(place.from, feed.base);
    const after = feed.checkAt(from - 1)!;
    const hasContext = from > 1;
    for (const maxEvents of [MAX_EVENTS, 1]) {
      const run = runsOf(feed, { from, to: endOf(feeds, feed) ?? 0, maxEvents }).next().value;
      if (run === undefined) return [];
      const bytes = encodeRuns([run], { context: hasContext ? airContext(feeds, device, "out") : undefined });
      if (bytes.length <= place.maxBytes) return [{ place: { device: place.device, from, after }, hasContext, bytes }];
    }
    return [];
  });
}

/** See {@linkcode answersTo}. */
export interface Answer extends Pick<AirBatch, "place" | "hasContext"> {
  readonly bytes: Uint8Array;
}

/** For runs of one device to who has what is before them. */
export function airContext(feeds: Feeds, device: string | undefined, way: "out" | "in"): RunContext {
  return {
    devices: device === undefined ? [] : [device],
    asked: () => undefined,
    before: (place, count) => wholeBefore(feeds, place, way === "out" ? MAX_CONTEXT : count)?.slice(-count),
  };
}

const MAX_EVENTS = 512;
/** As many as are ever learnt from one feed. */
const MAX_CONTEXT = 256;
