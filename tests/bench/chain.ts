import { createEnvironment } from "tinman";
import {
  BufferPool,
  buildGraph,
  type BuildOptions,
  createFrame,
  createMetrics,
  defineStage,
  MAIN_CHANNEL,
  readPipeline,
  StageRegistry,
} from "tinman/pipeline";
import { allocated, effectStream, type Load, loop, nodeStreams } from "./chain_peers.ts";
import { fill, type Shape, steps, Total } from "./chain_work.ts";
import { type Part, type PartMaker, perSecond, type Row } from "./harness.ts";

/** A pipeline of five stages, and one source with four ends. Rates count frames at the source. */
export const chainParts: readonly PartMaker[] = [
  createPart("5 stages", 64),
  createPart("5 stages", 4096),
  createPart("1→4", 64),
  createPart("1→4", 4096),
  createAllocationPart(64),
  createAllocationPart(4096),
];

/** How much memory each frame takes on its way, whoever collects it. */
function createAllocationPart(samples: number): PartMaker {
  return ({ scale }) => allocationPart({ frames: Math.ceil((samples === 64 ? 50_000 : 5000) * scale), samples });
}

function allocationPart(load: Load): Part {
  const pool = new BufferPool();
  const ours = () => allocated(load, () => runPipeline("5 stages", load, { pool }), () => pool.stats.allocated);
  const row: Row = {
    work: `allocated for a frame, 5 stages, ${load.samples.toLocaleString("en-US")} samples`,
    ours: "tinman",
    unit: "bytes",
  };
  const peers = { "Node streams": nodeStreams, "Effect Stream": effectStream };
  return {
    cases: [
      { name: "tinman", run: ours },
      ...Object.entries(peers).map(([name, run]) => ({
        name,
        run: () => allocated(load, () => run("5 stages", load)),
      })),
    ],
    rows: Object.keys(peers).map((peer) => ({ ...row, peer })),
  };
}

function createPart(shape: Shape, samples: number): PartMaker {
  return ({ scale }) => {
    const load = { frames: Math.ceil((samples === 64 ? 200_000 : 20_000) * scale), samples };
    const peers = { "plain loop": loop, "Node streams": nodeStreams, "Effect Stream": effectStream };
    const row: Row = {
      work: `pipeline ${shape}, ${samples.toLocaleString("en-US")} samples a frame`,
      ours: "tinman",
      unit: "per second",
    };
    return {
      cases: [
        { name: "tinman", run: () => perSecond(load.frames, () => runPipeline(shape, load)) },
        { name: COUNTED, run: () => perSecond(load.frames, () => runPipeline(shape, load, { isCounted: true })) },
        ...Object.entries(peers).map(([name, run]) => ({
          name,
          run: () => perSecond(load.frames, () => run(shape, load)),
        })),
      ],
      rows: [...Object.keys(peers), COUNTED].map((peer) => ({ ...row, peer })),
    };
  };
}

const COUNTED = "tinman with all metrics";

/** As from a file with `trigger_count`: the pipeline triggers itself. */
export async function runPipeline(
  shape: Shape,
  { frames, samples }: Load,
  { isCounted = false, ...options }: BuildOptions & { readonly isCounted?: boolean } = {},
): Promise<void> {
  const total = new Total();
  const registry = new StageRegistry([source(samples), ...steps.map(stepStage), end(total)]);
  const middle = shape === "5 stages" ? ["step0", "step1", "step2"] : [];
  const ends = shape === "1→4" ? ["a", "b", "c", "d"] : ["end"];
  const chain = ["source", ...middle];
  const config = readPipeline({
    pipeline_config: { trigger_count: frames },
    nodes: [
      { id: "source", type: "Source" },
      ...middle.map((id) => ({ id, type: id })),
      ...ends.map((id) => ({ id, type: "End" })),
    ],
    connections: [
      ...middle.map((to, i) => ({ from: chain[i], to })),
      ...ends.map((to) => ({ from: chain.at(-1), to })),
    ],
  }, { registry });
  const environment = createEnvironment();
  const elapsedNs = () => environment.clock.elapsedNs();
  await buildGraph(config, { ...options, ...(isCounted && { observer: createMetrics(config), elapsedNs }) })
    .run(environment);
  total.check(shape, { frames, samples });
}

const about = { title: "", category: "math", parameters: {}, doneOnReturn: true };

function source(samples: number) {
  return defineStage({
    ...{ ...about, type: "Source", inputs: [] },
    create(_, { pool }) {
      let sequenceId = 0;
      return {
        process() {
          const payload = pool.take(samples);
          fill(payload, sequenceId);
          return createFrame({ sequenceId: sequenceId++, payload });
        },
      };
    },
  });
}

function stepStage(step: (from: Float64Array, to: Float64Array) => void, i: number) {
  return defineStage({
    ...{ ...about, type: `step${i}` },
    create: (_, { pool }) => ({
      process(frame) {
        const from = frame.payload.get(MAIN_CHANNEL)!;
        const payload = pool.take(from.length);
        step(from, payload);
        return createFrame({ sequenceId: frame.sequenceId, payload });
      },
    }),
  });
}

function end(total: Total) {
  return defineStage({
    ...{ ...about, type: "End", hasOutput: false },
    create: () => ({ process: ({ payload }) => total.add(payload.get(MAIN_CHANNEL)!) }),
  });
}
