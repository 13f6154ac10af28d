import { createEnvironment } from "tinman";
import { builtinStages, createPipeline, type Pipeline, StageRegistry } from "tinman/pipeline";
import { type PartMaker, perSecond } from "./harness.ts";

/** Samples of a frame. */
const SAMPLES = 4096;
const TAPS = 401;

/** Two filters that take all of a core each, one of them in a thread of its own; and what a stage without work costs there. */
export const twoCoresPart: PartMaker = async ({ scale }) => {
  const heavy = Math.ceil(400 * scale);
  const light = Math.ceil(20_000 * scale);
  const filters = (placement: "main" | "worker") => [
    { id: "low", type: "FIR", config: { length: TAPS, frequency: 9000 } },
    { id: "high", type: "FIR", config: { length: TAPS, kind: "highpass", frequency: 300 }, placement },
  ];
  const gains = (placement: "main" | "worker") => [{ id: "gain", type: "Gain", config: { gain: 2 }, placement }];
  const pipelines = {
    "both on main": await started(SAMPLES, filters("main")),
    "one in a worker": await started(SAMPLES, filters("worker")),
    "a gain on main": await started(64, gains("main")),
    "a gain in a worker": await started(64, gains("worker")),
  };
  const counts = [heavy, heavy, light, light];
  return {
    cases: Object.entries(pipelines).map(([name, { frames }], i) => ({
      name,
      run: () => perSecond(counts[i]!, () => frames(counts[i]!)),
    })),
    rows: [
      {
        work: `frames of ${SAMPLES} through two FIR filters of ${TAPS} taps, one in a thread of its own`,
        ours: "one in a worker",
        peer: "both on main",
        unit: "per second",
        floor: { ratio: 1.5 },
      },
      {
        work: "frames of 64 through a stage that does next to nothing, in a thread of its own",
        ours: "a gain in a worker",
        peer: "a gain on main",
        unit: "per second",
      },
    ],
    async [Symbol.asyncDispose]() {
      for (const { pipeline } of Object.values(pipelines)) await pipeline.close();
    },
  };
};

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
