import type { NamedSource } from "./copy_plan.ts";

/** Parts of one run that are put together again. */
export interface JoinedRun {
  /** The id of the run. */
  readonly id: string;
  /** The parts in their order. */
  readonly named: readonly NamedSource[];
  /** Whether all parts from the first one on are there, up to some. */
  readonly isFromStart: boolean;
}

/** What is copied as one run, when it is several parts of one; undefined for everything else. */
export function joinRun(named: readonly NamedSource[]): JoinedRun | undefined {
  const parts = named.map(({ source: { manifest: { part } } }) => part);
  const [first] = parts;
  if (named.length < 2 || first === undefined || parts.some((part) => part?.of !== first.of)) return undefined;
  const numbers = parts.map((part) => part!.number);
  if (new Set(numbers).size < numbers.length) return undefined;
  const ordered = named.toSorted((a, b) => numberOf(a) - numberOf(b));
  return { id: first.of, named: ordered, isFromStart: ordered.every((each, i) => numberOf(each) === i + 1) };
}

/** The sources that have nothing from `fromNs` on: last values before it stand at the beginning of the next part, too. */
export function passedOver({ named }: JoinedRun, fromNs: bigint | undefined): ReadonlySet<NamedSource> {
  if (fromNs === undefined) return new Set();
  return new Set(named.filter((each, i) => {
    const next = named[i + 1];
    return next !== undefined && numberOf(next) === numberOf(each) + 1 && next.source.manifest.startedNs <= fromNs;
  }));
}

function numberOf({ source: { manifest } }: NamedSource): number {
  return manifest.part!.number;
}
