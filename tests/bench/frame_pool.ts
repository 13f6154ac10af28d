import { BufferPool, createFrame, type DataFrame } from "tinman/pipeline";
import { type PartMaker, perSecond } from "./harness.ts";

/** Samples of 64 kB. */
const SAMPLES = 8192;

/** What a pool saves: the memory of each frame, zeroed and collected again. */
export const framePoolPart: PartMaker = ({ scale }) => {
  const frames = Math.ceil(200_000 * scale);
  const pool = new BufferPool();
  const pooled = (work: (samples: Float64Array) => void) =>
    perSecond(frames, () => {
      for (let i = 0; i < frames; i++) {
        const samples = pool.take(SAMPLES);
        work(samples);
        const frame = pool.share(createFrame({ sequenceId: i, payload: samples }), 1);
        look(pool.receive(frame));
        pool.release(frame);
      }
    });
  const allocated = (work: (samples: Float64Array) => void) => {
    const fewer = Math.ceil(frames / 10);
    return perSecond(fewer, () => {
      for (let i = 0; i < fewer; i++) {
        const samples = new Float64Array(SAMPLES);
        work(samples);
        look(createFrame({ sequenceId: i, payload: samples }));
      }
    });
  };
  const touch = (samples: Float64Array) => samples[0] = 1;
  const fill = (samples: Float64Array) => samples.fill(1);
  return {
    cases: [
      { name: "from the pool", run: () => pooled(touch) },
      { name: "a new array each", run: () => allocated(touch) },
      { name: "from the pool, all samples written", run: () => pooled(fill) },
      { name: "a new array each, all samples written", run: () => allocated(fill) },
    ],
    rows: [
      {
        work: "frames of 64 kB, made and let go",
        ours: "from the pool",
        peer: "a new array each",
        unit: "per second",
        floor: { ratio: 50 },
      },
      {
        work: "the same with all samples written",
        ours: "from the pool, all samples written",
        peer: "a new array each, all samples written",
        unit: "per second",
      },
    ],
  };
};

let sum = 0;

function look({ payload }: DataFrame): void {
  for (const samples of payload.values()) sum += samples[0]!;
  if (sum < 0) throw new Error("Cannot trust this measurement: no sample is below zero");
}
