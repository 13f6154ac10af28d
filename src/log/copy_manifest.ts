import type { NamedSource } from "./copy_plan.ts";
import type { TimeRange } from "./cursor.ts";
import type { Manifest } from "./manifest.ts";

/** What the copy says of itself. One of all of a recording says what that one says. */
export function manifestOf(
  named: readonly NamedSource[],
  { channels, fromNs, toNs }: TimeRange & { readonly channels?: readonly string[] | undefined },
): Manifest {
  const all = named.map(({ source }) => source.manifest);
  const [first] = all as [Manifest];
  const isCut = fromNs !== undefined || toNs !== undefined;
  const isWhole = all.length === 1 && !isCut && channels === undefined &&
    Object.keys(named[0]!.rename).length === 0;
  const started = startOf(named);
  const ended = all.flatMap(({ endedNs }) => endedNs ?? []).reduce((a, b) => a > b ? a : b, 0n);
  const startedNs = fromNs !== undefined && fromNs > started ? fromNs : started;
  const endedNs = toNs !== undefined && toNs < ended ? toNs : ended;
  const { tool, seed, graph } = first;
  const alone = all.length === 1;
  return {
    tinman: 1,
    ...(tool !== undefined && { tool }),
    id: isWhole ? first.id : alone ? `${first.id}-part` : all.map(({ id }) => id).join("+").slice(0, MAX_ID),
    startedNs,
    ...(all.every(({ endedNs }) => endedNs !== undefined) && { endedNs: endedNs > startedNs ? endedNs : startedNs }),
    // A copy is not more whole than what it is made of.
    clean: all.every(({ clean }) => clean),
    ...(alone && seed !== undefined && { seed }),
    ...(alone && graph !== undefined && { graph }),
    channels: [],
  };
}

const MAX_ID = 200;

/** When the first of them began. */
export function startOf(named: readonly NamedSource[]): bigint {
  return named.map(({ source }) => source.manifest.startedNs).reduce((a, b) => a < b ? a : b);
}
