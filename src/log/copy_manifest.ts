import type { NamedSource } from "./copy_plan.ts";
import type { CopyOptions } from "./copy_options.ts";
import type { JoinedRun } from "./copy_run.ts";
import type { Manifest } from "./manifest.ts";

/** What the copy says of itself. One of all of a recording says what that one says. */
export function manifestOf({ named, run, options: { channels, fromNs, toNs } }: {
  readonly named: readonly NamedSource[];
  readonly run: JoinedRun | undefined;
  readonly options: CopyOptions;
}): Manifest {
  const all = named.map(({ source }) => source.manifest);
  const [first] = all as [Manifest];
  const isCut = fromNs !== undefined || toNs !== undefined;
  const isWhole = (all.length === 1 || run?.isFromStart === true) && !isCut && channels === undefined &&
    named.every(({ rename }) => Object.keys(rename).length === 0);
  const started = startOf(named);
  const ended = all.flatMap(({ endedNs }) => endedNs ?? []).reduce((a, b) => a > b ? a : b, 0n);
  const startedNs = fromNs !== undefined && fromNs > started ? fromNs : started;
  const endedNs = toNs !== undefined && toNs < ended ? toNs : ended;
  const { tool, seed, graph, part } = first;
  const alone = all.length === 1 || run !== undefined;
  const id = run?.id ?? first.id;
  return {
    tinman: 1,
    ...(tool !== undefined && { tool }),
    id: isWhole ? id : alone ? `${id}-part` : all.map(({ id }) => id).join("+").slice(0, MAX_ID),
    // It is one still, for who puts it together with the others.
    ...(all.length === 1 && !isCut && part !== undefined && { part }),
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
