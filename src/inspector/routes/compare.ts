import { TinmanError } from "../../errors/mod.ts";
import type { ObservedTimeline } from "../../telemetry/mod.ts";
import { sourceOf } from "../context.ts";
import { Comparison } from "../timeline/comparison.ts";
import { createBudget } from "../timeline/run_times.ts";
import { toTree } from "../tree.ts";
import type { AddRoutes } from "./mod.ts";
import { boundsOf, timelineOf } from "./timeline.ts";

const READ_MS = 80;
const READ_BYTES = 64 * 2 ** 20;
/** Differences of a channel that one answer tells. */
const TOLD = 200;

/** Two recordings beside each other, and a replay beside what was recorded. */
export const compareRoutes: AddRoutes = (app, context, { clock }) => {
  const known = new WeakMap<
    ObservedTimeline,
    WeakMap<ObservedTimeline, { readonly made: Comparison; readonly frames: number }>
  >();

  /** Compares a part more each time, until `done` is 1. */
  app.get("/api/sources/:source/compare", (c) => {
    const timeline = timelineOf(context, c.req.param("source"));
    const other = timelineOf(context, c.req.query("with"));
    const comparison = comparisonOf(timeline, other);
    comparison.advance(createBudget({ bytes: READ_BYTES, ms: READ_MS, elapsedNs: () => clock.elapsedNs() }));
    const { onlyA, onlyB } = comparison;
    const channels = comparison.results().map(({ differences, ...each }) => ({
      ...each,
      differences: differences.slice(0, TOLD).map((one) => ({ ...one, timeNs: `${one.timeNs}` })),
    }));
    const done = channels.length === 0 ? 1 : channels.reduce((sum, { done }) => sum + done, 0) / channels.length;
    return c.json({ done, channels, onlyA, onlyB, baseNs: `${boundsOf(context, c.req.param("source")).firstNs}` });
  });

  /** What a replay with --verify found so far. */
  app.get("/api/sources/:source/verdict", (c) => {
    const id = c.req.param("source");
    const { observed } = sourceOf(context, id);
    if (observed.verdict === undefined) {
      throw new TinmanError("NOT_FOUND", "Cannot compare: this does not verify", {
        kind: "verdict",
        id,
        hint: "tinman replay RECORDING FILE --verify --inspect does",
      });
    }
    const { channels, divergences } = observed.verdict();
    return c.json({
      channels,
      divergences: divergences.map(({ recorded, replayed, ...rest }) => ({
        ...rest,
        timeNs: `${rest.timeNs}`,
        ...(rest.kind !== "extra" && { recorded: toTree(recorded) }),
        ...(rest.kind !== "missing" && { replayed: toTree(replayed) }),
      })),
    });
  });

  function comparisonOf(a: ObservedTimeline, b: ObservedTimeline): Comparison {
    const others = known.get(a) ?? new WeakMap();
    known.set(a, others);
    const kept = others.get(b);
    // One that has grown is compared anew.
    const frames = [a, b].flatMap((each) => each.channels()).reduce((sum, { count }) => sum + count, 0);
    if (kept?.frames === frames) return kept.made;
    const made = new Comparison(a, b);
    others.set(b, { made, frames });
    return made;
  }
};
