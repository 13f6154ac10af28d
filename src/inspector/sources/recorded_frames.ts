import type { Frame, FrameRun, Recording } from "../../log/mod.ts";
import type { FrameHistory, ObservedFrame } from "../../telemetry/mod.ts";

/** Runs that were read last and are likely to be asked for again: a list that is scrolled, a filter that looks back. */
const KEPT_RUNS = 16;

/** The frames of a recording by number, read run by run. */
export class RecordedFrames implements FrameHistory {
  #recording: Recording;
  readonly #runs = new Map<string, readonly FrameRun[]>();
  readonly #read = new Map<FrameRun, readonly Frame[]>();

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Reads from here on from the same recording that was opened again, and has grown. */
  use(recording: Recording): void {
    this.#recording = recording;
    this.#runs.clear();
    this.#read.clear();
  }

  /** {@linkcode FrameHistory.frames} */
  frames(channel: string, { from, limit }: { readonly from: number; readonly limit: number }): ObservedFrame[] {
    const runs = this.runs(channel);
    const frames: ObservedFrame[] = [];
    for (let i = runAt(runs, from); i < runs.length && frames.length < limit; i++) {
      for (const { index, timeNs, data } of this.#readRun(runs[i]!)) {
        if (index >= from && frames.length < limit) frames.push({ index, timeNs, data });
      }
    }
    return frames;
  }

  /** {@linkcode FrameHistory.seek} */
  seek(channel: string, timeNs: bigint): number {
    const runs = this.runs(channel);
    const run = runs.find(({ lastNs }) => lastNs >= timeNs);
    if (run === undefined) return runs.reduce((sum, { frames }) => sum + frames, 0);
    if (run.firstNs >= timeNs) return run.firstFrame;
    return this.#readRun(run).find((frame) => frame.timeNs >= timeNs)?.index ?? run.firstFrame + run.frames;
  }

  /** The frames of a channel in runs, which are not read yet. */
  runs(channel: string): readonly FrameRun[] {
    let runs = this.#runs.get(channel);
    if (runs === undefined) this.#runs.set(channel, runs = this.#recording.runs(channel));
    return runs;
  }

  #readRun(run: FrameRun): readonly Frame[] {
    const frames = this.#read.get(run) ?? run.read();
    this.#read.delete(run);
    this.#read.set(run, frames);
    for (const oldest of this.#read.keys()) {
      if (this.#read.size <= KEPT_RUNS) break;
      this.#read.delete(oldest);
    }
    return frames;
  }
}

/** The place of the run that holds frame `from`. */
function runAt(runs: readonly FrameRun[], from: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = low + high >> 1;
    if (runs[middle]!.firstFrame + runs[middle]!.frames <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}
