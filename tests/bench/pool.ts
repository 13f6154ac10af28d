import { createEnvironment } from "tinman";
import { builtinStages, createPipeline, openPool, type Pipeline, readPipeline, StageRegistry } from "tinman/pipeline";
import { type Group, milliseconds, type PartMaker } from "./harness.ts";

/** A thousand short runs, three at a time, as the original's own demonstration has them. */
export const poolGroup: Group = { title: "A pool of pipelines", parts: [createPart()] };

const RUNS = 1000;
const maxConcurrent = 3;

function createPart(): PartMaker {
  return ({ scale }) => {
    const runs = Math.max(10, RUNS * scale);
    const { create, clock } = prepare();
    return {
      cases: [
        { name: "tinman", run: () => perRun(runs, () => runInPool(runs, { create, clock })) },
        { name: "a new pipeline for each run", run: () => perRun(runs, () => runAnew(runs, create)) },
        { name: "one pipeline, one by one", run: () => perRun(runs, () => runOneByOne(runs, create)) },
      ],
      rows: [
        {
          work: "a run of source and gain, 1,024 samples",
          ours: "tinman",
          unit: "ms",
          floor: { atMost: 1 },
          cited: "the original: at least 50 ms, 16.7 ms three at a time (cited)",
        },
        ...["a new pipeline for each run", "one pipeline, one by one"].map((peer) => ({
          work: "a run of source and gain, 1,024 samples",
          ours: "tinman",
          peer,
          unit: "ms" as const,
        })),
      ],
    };
  };
}

function prepare() {
  const environment = createEnvironment();
  const registry = new StageRegistry(builtinStages);
  const config = readPipeline({
    nodes: [
      { id: "sine", type: "SineGenerator", config: { frame_size: 1024 } },
      { id: "gain", type: "Gain", config: { gain: 2.5 } },
    ],
    connections: [{ from: "sine", to: "gain" }],
  }, { registry });
  return { create: () => createPipeline(config, { registry, environment }), clock: environment.clock };
}

async function perRun(runs: number, body: () => Promise<void>): Promise<number> {
  return await milliseconds(body) / runs;
}

async function runInPool(runs: number, { create, clock }: ReturnType<typeof prepare>): Promise<void> {
  await using pool = await openPool({ create, clock, maxConcurrent });
  const results = await Promise.all(Array.from({ length: runs }, () => pool.execute()));
  results.forEach(check);
  if (pool.stats().completed !== runs) throw new Error("Cannot trust this measurement: runs are missing");
}

async function runAnew(runs: number, create: () => Pipeline): Promise<void> {
  for (let i = 0; i < runs; i++) {
    await using pipeline = create();
    check(await pipeline.executeOnce());
  }
}

async function runOneByOne(runs: number, create: () => Pipeline): Promise<void> {
  await using pipeline = create();
  for (let i = 0; i < runs; i++) check(await pipeline.executeOnce());
}

function check(results: Awaited<ReturnType<Pipeline["executeOnce"]>>): void {
  const length = results.get("gain")?.[0]?.payload.get("main_channel")?.length;
  if (length !== 1024) throw new Error(`Cannot trust this measurement: ${length} samples came out`);
}
