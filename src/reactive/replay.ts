import { type Event, recallKind } from "./event.ts";
import type { Intake, PutEvent, Taker } from "./feeds.ts";
import { Phase } from "./lifecycle.ts";
import type { Target } from "./task.ts";
import { readEntry, type Transcript, type TranscriptEntry } from "./transcript.ts";

interface Due {
  readonly event: Event<object>;
  readonly step: number;
  readonly phase: number;
}

/** The events from outside that a transcript has, each at the moment at which it came then. */
export class Replay implements Intake {
  readonly #due: Due[];
  readonly #route: (event: Event<object>) => readonly Target[];
  #next = 0;

  constructor(transcript: Transcript, route: (event: Event<object>) => readonly Target[]) {
    this.#due = dueOf(transcript);
    this.#route = route;
  }

  readonly isWaiting = false;

  hasSome(phase: number): boolean {
    const next = this.#due[this.#next];
    return next !== undefined && next.phase <= phase;
  }

  isDue(run: Taker): boolean {
    const next = this.#due[this.#next];
    return next !== undefined && (next.phase < run.phase || (next.phase === run.phase && next.step <= run.step));
  }

  take(run: Taker, put: PutEvent): number {
    let taken = 0;
    // A run that goes differently today may never come to that step: then the event comes when all else is done.
    while (this.isDue(run) || (run.isIdle && this.hasSome(run.phase))) {
      const { event } = this.#due[this.#next++]!;
      put(event, this.#route(event));
      taken++;
    }
    return taken;
  }

  clear(): number {
    const left = this.#due.length - this.#next;
    this.#next = this.#due.length;
    return left;
  }
}

function dueOf({ entries }: Transcript): Due[] {
  const due: Due[] = [];
  let phase = 0;
  for (const entry of entries) {
    if (isPhase(entry)) phase++;
    if (entry.step === undefined) continue;
    due.push({ event: { kind: recallKind(entry.lineage), data: readEntry(entry) }, step: entry.step, phase });
  }
  return due;
}

function isPhase({ lineage, by, step }: TranscriptEntry): boolean {
  return by === undefined && step === undefined && lineage[0] === Phase.kindName;
}
