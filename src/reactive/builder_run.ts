import { Announcer } from "./announcer.ts";
import { BuildCounts } from "./build_report.ts";
import type { Event } from "./event.ts";
import { Fifo } from "./fifo.ts";
import { Heard } from "./heard.ts";
import type { Inputs } from "./join.ts";

/** What a builder knows of a run. */
export class BuilderRun {
  /** Somebody asked for its target. */
  asked = false;
  /** What it has yet to ask for itself. */
  asks: readonly string[] = [];
  /** The event whose inputs are in {@linkcode ready}, until it is dealt with. */
  event: Event<object> | undefined;
  /** The first of {@linkcode ready} is being built, or its build has thrown. */
  failing = false;
  /** Inputs of builds to come. */
  readonly ready: Fifo<Inputs> = new Fifo();
  /** A target that is to be announced again. */
  again: string | undefined;
  /** What is built and not announced. */
  readonly done: (readonly unknown[])[] = [];
  /** What came of those that it requires. */
  readonly heard: Heard = new Heard();
  /** What it announced. */
  readonly announcer: Announcer;
  /** What became of its inputs. */
  readonly counts: BuildCounts = new BuildCounts();

  /** Nobody has asked. */
  constructor(options: { from: string; provides: string; max: number }) {
    this.announcer = new Announcer(options);
  }

  /** Whether this is an event for the first time. The same again is another try of what threw. */
  isNew(event: Event<object>): boolean {
    if (this.event === event) return false;
    // What threw is not tried again: those inputs are let go, and those behind them are not.
    const lost = this.failing ? this.ready.shift() : undefined;
    if (lost?.tag !== undefined) this.done.push([{ tag: lost.tag, artifacts: [] }]);
    this.failing = false;
    this.event = undefined;
    return true;
  }
}
