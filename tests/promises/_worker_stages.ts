// Kinds of stages as users write them, which a worker finds here.
import { defineStage, type StageType } from "tinman/pipeline";

const base = { title: "", category: "math", parameters: {}, module: import.meta.url };

/** Gives on what it gets, until frame 3: then it never returns. */
export const hangs: StageType = defineStage({
  ...base,
  type: "Hangs",
  create: () => ({
    process(frame) {
      while (frame.sequenceId === 3);
      return frame;
    },
  }),
});

/** Ends its thread at frame 3. */
export const dies: StageType = defineStage({
  ...base,
  type: "Dies",
  create: () => ({
    process(frame) {
      // An error that nobody waits for.
      if (frame.sequenceId === 3) {
        queueMicrotask(() => {
          throw new Error("out of order");
        });
      }
      return frame.sequenceId === 3 ? new Promise(() => {}) : frame;
    },
  }),
});

/** Adds up, and changes what it was given: its own copy. */
export const sums: StageType = defineStage({
  ...base,
  type: "Sums",
  create() {
    let sum = 0;
    return {
      process({ payload, ...frame }) {
        return {
          ...frame,
          payload: new Map(Array.from(payload, ([name, samples]) => [name, samples.map((each) => sum += each)])),
        };
      },
    };
  },
});
