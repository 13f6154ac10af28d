import { measureRate, openIdlePages } from "../inspector/_idle_pages.ts";
import { inspected } from "../inspector/_inspected.ts";
import type { Group } from "./harness.ts";

/** What it costs a run that somebody looks. The pages are in this process, the run in one of its own. */
export const inspectorGroup: Group = {
  title: "The inspector",
  parts: [async ({ scale }) => {
    const run = await inspected("run", "fast.ts", "--inspect");
    const roundMs = 2000 * Math.max(scale, 0.1);
    return {
      cases: [
        { name: "no page", run: () => measureRate(run, roundMs) },
        {
          name: "20 idle pages",
          async run() {
            await using _ = await openIdlePages(run, 20);
            return await measureRate(run, roundMs);
          },
        },
      ],
      rows: [{
        work: "graph 1→1 at full speed with --inspect and 20 idle pages",
        ours: "20 idle pages",
        peer: "no page",
        unit: "per second",
        floor: { ratio: 0.95 },
      }],
      [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
    };
  }],
};
