import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Processor, Wiring } from "./processor.ts";

/**
 * Checks that every target that a builder requires is provided, and that none leads back to itself.
 *
 * @throws {TinmanError} `CONFIG` with the chain of targets.
 */
export function checkWiring(processors: readonly Processor[]): void {
  const builders = processors.flatMap(({ name, wiring }) => wiring ? [{ name, ...wiring }] : []);
  const makers = new Map<string, Builder[]>();
  for (const builder of builders) {
    for (const target of builder.provides) makers.set(target, [...makers.get(target) ?? [], builder]);
  }
  // From the top down, so that a chain begins with what is asked for in the end.
  const required = new Set(builders.flatMap(({ requires }) => requires));
  const roots = builders.filter(({ provides }) => !provides.some((target) => required.has(target)));
  // What may feed itself is not followed: what it needs is visited for its own sake.
  const needs = new Map<string, readonly string[]>();
  for (const [target, itsMakers] of makers) {
    needs.set(target, itsMakers.flatMap(({ requires, feedback }) => feedback ? [] : requires));
  }
  for (const { requires, feedback, provides } of builders) {
    const missing = feedback && requires.find((target) => !makers.has(target));
    if (missing) throw unknownTarget([...provides.slice(0, 1), missing], makers.keys());
  }
  const settled = new Set<string>();
  for (const { provides } of [...roots, ...builders]) {
    for (const target of provides) visit(target, { needs, settled });
  }
}

/**
 * Checks that somebody provides what is asked for: who asks from outside may have misspelt it.
 *
 * @throws {TinmanError} `NOT_FOUND` with what there is.
 */
export function checkAsked(target: string, processors: readonly Processor[]): void {
  const known = processors.flatMap(({ wiring }) => wiring?.provides ?? []);
  if (known.includes(target)) return;
  throw new TinmanError("NOT_FOUND", `Cannot ask for ${JSON.stringify(target)}: nothing provides it`, {
    kind: "target",
    id: target,
    hint: didYouMean(target, known) ?? (known.length === 0 ? "there are no builders" : `there are ${known.join(", ")}`),
  });
}

type Builder = Wiring & { readonly name: string };

interface Walk {
  /** What each target needs. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  /** Targets below which all is well. */
  readonly settled: Set<string>;
}

/** Depth first, without recursion: chains may be longer than the stack is deep. */
function visit(top: string, { needs, settled }: Walk): void {
  /** Targets on the way down, and what is still to visit below each of them. */
  const chain = new Map<string, string[]>();
  const enter = (target: string) => {
    if (settled.has(target)) return;
    const below = needs.get(target);
    if (!below) throw unknownTarget([...chain.keys(), target], needs.keys());
    if (chain.has(target)) throw cycle([...chain.keys()], target);
    chain.set(target, below.toReversed());
    path.push(target);
  };
  const path: string[] = [];
  enter(top);
  while (path.length > 0) {
    const target = path.at(-1)!;
    const next = chain.get(target)!.pop();
    if (next !== undefined) enter(next);
    else {
      path.pop();
      chain.delete(target);
      settled.add(target);
    }
  }
}

function unknownTarget(chain: readonly string[], known: Iterable<string>): TinmanError {
  const target = chain.at(-1)!;
  const path = chain.map((name) => JSON.stringify(name)).join(" requires ");
  return new TinmanError("CONFIG", `Cannot make the pipeline: ${path}, which nothing provides`, {
    path: target,
    hint: didYouMean(target, known) ??
      `if it comes from outside, say so with given(${JSON.stringify(target)}) among the processors`,
  });
}

function cycle(chain: readonly string[], again: string): TinmanError {
  const path = [...chain.slice(chain.indexOf(again)), again].map((name) => JSON.stringify(name)).join(" requires ");
  return new TinmanError("CONFIG", `Cannot make the pipeline: ${path}, and so never begins`, {
    path: again,
    hint: "if what comes from outside begins it, give one of these builders `feedback: true`",
  });
}
