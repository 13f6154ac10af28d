import type { Feed } from "../feed.ts";

/** How far feeds are: each with the event behind which it begins, the number of its last one, and its check. */
type Places = Readonly<Record<string, readonly [base: number, last: number, check: number]>>;

/** How far `feeds` are, as text: for {@linkcode changedSince}. */
export function placeOfFeeds(feeds: Iterable<Feed>): string {
  const places: Places = Object.fromEntries(
    [...feeds].map((feed) => [feed.name, [feed.base, feed.last, feed.checkAt(feed.last) ?? 0] as const])
      .sort(([a], [b]) => a! < b! ? -1 : 1),
  );
  return JSON.stringify(places);
}

/**
 * Records that events have named which were not there yet at `place`; undefined when more than those may have changed: an
 * erasure, a member who came or went, a fork, a snapshot.
 */
export function changedSince(place: string, feeds: readonly Feed[]): Set<string> | undefined {
  const places = JSON.parse(place) as Places;
  const changed = new Set<string>();
  if (Object.keys(places).some((name) => !feeds.some((feed) => feed.name === name))) return undefined;
  for (const feed of feeds) {
    const [base, last, check] = places[feed.name] ?? [1, 0, undefined];
    const isSame = feed.base === base && (last === 0 || feed.checkAt(last) === check);
    if (!isSame || (last === 0 && feed.parent !== undefined)) return undefined;
    for (const { kind, payload } of feed.slice(last + 1)) {
      // What was erased is not known to be of no record.
      if (payload === undefined || /^(event|member|epoch)\.|^sealed$/.test(kind)) return undefined;
      if (/^(record|field|note|attachment)\./.test(kind)) changed.add(String(payload.record));
    }
  }
  return changed;
}
