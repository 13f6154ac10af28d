import { createEnvironment } from "tinman";
import { builtinStages, createPipeline, type Pipeline, type Placement, StageRegistry } from "tinman/pipeline";
import { type Part, type PartMaker, perSecond, type Row } from "./harness.ts";

/** Samples of a frame. */
const SAMPLES = 4096;
const TAPS = 401;

/** Two filters that take all of a core each, one of them in a thread of its own. */
export const twoCoresPart: PartMaker = ({ scale }) => {
  const filters = (placement: Placement) => [
    { id: "low", type: "FIR", config: { length: TAPS, frequency: 9000 } },
    { id: "high", type: "FIR", config: { length: TAPS, kind: "highpass", frequency: 300 }, placement },
  ];
  return createPart({ count: Math.ceil(400 * scale), samples: SAMPLES, stages: filters }, {
    work: `frames of ${SAMPLES} through two FIR filters of ${TAPS} taps, one in a thread of its own`,
    floor: { ratio: 1.5 },
  });
};

/** The same without the luck of the schedule: what the core has to do that has most to do, whoever else wants it. */
export const busiestCorePart: PartMaker = async ({ scale }) => {
  if (Deno.build.os !== "linux") return { cases: [], rows: [] };
  const count = Math.ceil(200 * scale);
  const part = await twoCoresPart({ scale: scale / 2 });
  const cases = part.cases.map(({ name, run }) => ({ name, run: () => busiestMs(async () => void await run()) }));
  const row = { ...part.rows[0]!, unit: "ms", floor: { ratio: 1.6 } } as const;
  return { ...part, cases, rows: [{ ...row, work: `of ${count} ${row.work}: what the busier core does` }] };
};

/** Milliseconds for which the busiest thread of this process was at work; proc(5). */
async function busiestMs(body: () => Promise<void>): Promise<number> {
  const before = workOfThreads();
  await body();
  return Math.max(...Array.from(workOfThreads(), ([id, ns]) => ns - (before.get(id) ?? 0))) / 1e6;
}

function workOfThreads(): ReadonlyMap<string, number> {
  const threads = Array.from(Deno.readDirSync("/proc/self/task"), ({ name }) => name);
  return new Map(
    threads.map((id) => [id, Number(Deno.readTextFileSync(`/proc/self/task/${id}/schedstat`).split(" ")[0])]),
  );
}

/** What a stage costs in a thread of its own that has nothing to do there. */
export const lightStagePart: PartMaker = ({ scale }) => {
  const gain = (placement: Placement) => [{ id: "gain", type: "Gain", config: { gain: 2 }, placement }];
  return createPart({ count: Math.ceil(20_000 * scale), samples: 64, stages: gain }, {
    work: "frames of 64 through a stage that does next to nothing, in a thread of its own",
  });
};

interface Work {
  readonly count: number;
  readonly samples: number;
  readonly stages: (placement: Placement) => readonly { readonly id: string }[];
}

async function createPart({ count, samples, stages }: Work, row: Pick<Row, "work" | "floor">): Promise<Part> {
  const [main, worker] = [await started(samples, stages("main")), await started(samples, stages("worker"))];
  return {
    cases: [
      { name: "all on main", run: () => perSecond(count, () => main.frames(count)) },
      { name: "one in a worker", run: () => perSecond(count, () => worker.frames(count)) },
    ],
    rows: [{ ...row, ours: "one in a worker", peer: "all on main", unit: "per second" }],
    async [Symbol.asyncDispose]() {
      for (const { pipeline } of [main, worker]) await pipeline.close();
    },
  };
}

/** A sine through `stages`, at work. */
async function started(
  samples: number,
  stages: readonly { readonly id: string }[],
): Promise<{ readonly pipeline: Pipeline; frames(count: number): Promise<void> }> {
  let came = 0;
  let wanted = 0;
  let done: (() => void) | undefined;
  const config = {
    nodes: [{ id: "sine", type: "SineGenerator", config: { frame_size: samples } }, ...stages],
    connections: stages.map(({ id }, i) => ({ from: stages[i - 1]?.id ?? "sine", to: id })),
  };
  const pipeline = createPipeline(config, {
    registry: new StageRegistry(builtinStages),
    environment: createEnvironment(),
    onResult: () => void (++came === wanted && done?.()),
  });
  await pipeline.start();
  return {
    pipeline,
    async frames(count) {
      wanted = came + count;
      const all = new Promise<void>((resolve) => done = resolve);
      for (let i = 0; i < count; i++) {
        const taken = pipeline.trigger();
        if (i % 256 === 255) await taken;
      }
      await all;
    },
  };
}
