import type { DataFrame } from "../frame.ts";
import { defineStage, type StageType } from "../stage.ts";

/**
 * Says what each frame holds, and passes it on as it is. It says so among the messages of the run, with time and name, so
 * that they are in its recording and stay out of a stdout that carries data; the original printed them.
 */
export const print: StageType = defineStage({
  type: "Print",
  title: "Says what each frame holds and passes it on",
  category: "sink",
  parameters: { label: { type: "text", title: "What each message begins with", default: "Output" } },
  create(config, { log }) {
    const label = config.label as string;
    return {
      process(frame) {
        log.info(formatFrame(frame, label));
        return frame;
      },
      reset() {},
    };
  },
});

/** One line for the frame and one for each channel: its length, mean and RMS. */
export function formatFrame(frame: DataFrame, label: string): string {
  const lines = [`[${label}] Frame #${frame.sequenceId} @ ${frame.timestampUs}μs`];
  for (const [channel, samples] of frame.payload) lines.push(`  ${channel}: ${describe(samples)}`);
  return lines.join("\n");
}

function describe(samples: Float64Array): string {
  if (samples.length === 0) return "empty";
  let [sum, squares] = [0, 0];
  for (let i = 0; i < samples.length; i++) {
    sum += samples[i]!;
    squares += samples[i]! * samples[i]!;
  }
  const [mean, rms] = [sum / samples.length, Math.sqrt(squares / samples.length)];
  return `len=${samples.length}, mean=${mean.toFixed(4)}, rms=${rms.toFixed(4)}`;
}
