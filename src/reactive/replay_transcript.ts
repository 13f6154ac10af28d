import type { EventPipeline, EventRunReport } from "./event_pipeline.ts";
import { compareTranscripts, type Transcript, type TranscriptDifference } from "./transcript.ts";

/** Options of {@linkcode replayTranscript}. */
export interface ReplayTranscriptOptions {
  /** {@linkcode EventRunOptions.signal} */
  readonly signal?: AbortSignal | undefined;
}

/** What a replay gave. */
export interface TranscriptReplay {
  /** How the run went. */
  readonly report: EventRunReport;
  /** Where it went another way than the transcript; undefined when it did not. */
  readonly difference: TranscriptDifference | undefined;
}

/**
 * Runs a pipeline on the events from outside that a transcript has, and compares. Processors have to begin as they did
 * then: archives that were empty are to be empty again.
 */
export async function replayTranscript(
  pipeline: EventPipeline,
  transcript: Transcript,
  options: ReplayTranscriptOptions = {},
): Promise<TranscriptReplay> {
  const report = await pipeline.run({ ...options, replay: transcript, transcript: true });
  return { report, difference: compareTranscripts(transcript, report.transcript!) };
}
