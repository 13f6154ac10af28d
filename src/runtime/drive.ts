import type { VirtualClock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Recording } from "../log/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import type { Execution } from "./execution.ts";
import type { RunReport } from "./options.ts";
import type { Pace } from "./pace.ts";
import type { Player } from "./player.ts";
import type { ReplayOptions } from "./replay_options.ts";
import type { StatsCollector } from "./stats.ts";

/** Timers that may fire while nobody makes room for the next frame; they are most likely of a node that ticks for ever. */
const MAX_IN_VAIN = 10_000;
/** Steps between two looks at the real clock. */
const STEPS_PER_LOOK = 256;

/** What a replay consists of. */
export interface Drive {
  readonly env: RunEnvironment;
  readonly execution: Execution;
  readonly clock: VirtualClock;
  readonly player: Player;
  readonly pace: Pace;
  readonly recording: Recording;
  /** No frame can have been recorded after this time. */
  readonly latestNs: bigint;
  readonly options: ReplayOptions;
  readonly stats: StatsCollector;
}

/** How a drive ended. */
export interface DriveResult {
  readonly stopped: RunReport["stopped"];
  readonly leftBehind: readonly string[];
}

/**
 * The loop of a replay: wait for the graph to rest, then do the one thing that comes next in recorded time, a timer or a
 * frame. Nothing else moves the graph, so what happens is a function of the recording and the nodes alone.
 */
export async function driveReplay(drive: Drive): Promise<DriveResult> {
  const { env, execution, pace, options } = drive;
  using cleanup = new DisposableStack();
  let stopped: RunReport["stopped"] = "ended";
  const stop = (cause: RunReport["stopped"]) => {
    if (pace.stopped) return;
    stopped = cause;
    pace.stop();
    execution.lookUp();
  };
  if (options.handleSignals ?? true) {
    const listener = env.onSignals?.((name) => {
      if (pace.stopped) env.exit?.(name === "SIGTERM" ? 143 : 130);
      stop("signal");
    });
    if (listener !== undefined) cleanup.use(listener);
  }
  const unhandled = env.onUnhandled?.(execution.takeUnhandled);
  if (unhandled !== undefined) cleanup.use(unhandled);
  if (options.signal?.aborted) stop("asked");
  const asked = new AbortController();
  options.signal?.addEventListener("abort", () => stop("asked"), { signal: asked.signal });
  cleanup.defer(() => asked.abort());

  let ended = false;
  const end = () => {
    ended = true;
    execution.lookUp();
  };
  execution.ended.then(end, end);
  execution.start();
  const leftBehind = await new ReplayLoop(drive, () => ended).run();
  // A refusal that nobody waits for is known only then.
  await env.nextTurn();
  if (execution.failure !== undefined) throw execution.failure.error;
  return { stopped, leftBehind };
}

class ReplayLoop {
  readonly #drive: Drive;
  readonly #isOver: () => boolean;
  #fedToEnd = false;
  #asked = false;
  #hasEnded = false;
  #steps = 0;
  #inVain = 0;
  #toldNs: number;

  constructor(drive: Drive, isOver: () => boolean) {
    [this.#drive, this.#isOver] = [drive, isOver];
    this.#toldNs = drive.env.clock.elapsedNs();
  }

  async run(): Promise<readonly string[]> {
    const { execution, clock, player, pace, options } = this.#drive;
    const graceNs = (options.graceMs ?? 5000) * 1e6;
    let deadlineNs = Infinity;
    for (;;) {
      // A whole turn of the event loop for each step: nothing that a node has begun is then still under way, whatever
      // it is made of, so the pace and the load of the machine cannot change what happens next.
      await execution.settle(() => pace.stopped || this.#isOver());
      if (this.#isOver()) break;
      // At the pace of life steps are seldom, and somebody watches.
      if (++this.#steps % STEPS_PER_LOOK === 0 || pace.speed < Infinity) this.#look();
      if (pace.stopped && !this.#asked) {
        this.#asked = true;
        // Asked while the sources of the graph go on by themselves.
        if (this.#fedToEnd) this.#end();
        deadlineNs = Math.min(deadlineNs, clock.elapsedNs() + graceNs);
      }
      const frameNs = pace.stopped ? Infinity : player.nextElapsedNs;
      const timerNs = clock.nextElapsedNs;
      if (frameNs === Infinity && !this.#fedToEnd) {
        this.#fedToEnd = true;
        deadlineNs = Math.max(clock.elapsedNs(), this.#endNs()) + graceNs;
      }
      // Sources of the graph itself go on to the end of the recorded time.
      if (frameNs === Infinity && !this.#hasEnded && timerNs > this.#endNs()) {
        if (!execution.loosen() && !execution.stretch()) {
          if (this.#endNs() !== Infinity) clock.advanceElapsedTo(this.#endNs());
          this.#end();
        }
        continue;
      }
      if (timerNs <= frameNs && timerNs < deadlineNs && timerNs !== Infinity) {
        const wait = pace.until(timerNs);
        if (wait !== undefined) await wait;
        if (pace.stopped && !this.#fedToEnd) continue;
        clock.fireNext();
      } else if (frameNs !== Infinity) {
        await this.#play(frameNs);
      } else if (!execution.loosen() && !execution.stretch() && !execution.abandonJournal()) {
        return await this.#giveUp();
      }
    }
    return [];
  }

  async #play(frameNs: number): Promise<void> {
    const { execution, clock, player, pace } = this.#drive;
    const wait = pace.until(frameNs);
    if (wait !== undefined) await wait;
    const decoding = player.decodeAhead();
    if (decoding !== undefined) await decoding;
    if (pace.stopped) return;
    clock.advanceElapsedTo(frameNs);
    if (player.tryPlay()) {
      this.#inVain = 0;
      return pace.passed();
    }
    // No room. Two nodes that follow their journals may wait for each other where there was a little room; else a reader
    // sleeps, is held up by a journal that does not fit, or waits for something outside of the graph.
    if (execution.loosen()) return;
    const helps = ++this.#inVain < MAX_IN_VAIN || execution.runs.some(({ sleeping, behind }) => sleeping && behind);
    if (helps && clock.fireNext() !== undefined) return;
    this.#inVain = 0;
    if (execution.stretch() || execution.abandonJournal()) return;
    await this.#waitOutside(() => !pace.stopped && !execution.wiring.outs.values().every((out) => out.hasRoom()));
  }

  #end(): void {
    this.#hasEnded = true;
    this.#drive.player.end();
    this.#drive.execution.stop();
  }

  #endNs(): number {
    const { recording, clock, pace, options, latestNs } = this.#drive;
    if (pace.stopped) return clock.elapsedNs();
    const lastNs = recording.channels.reduce((last, { lastNs = 0n }) => lastNs > last ? lastNs : last, 0n);
    const recordedNs = recording.manifest.endedNs ?? lastNs;
    const endNs = options.toNs ?? (recordedNs < latestNs ? recordedNs : latestNs);
    return Math.max(Number(endNs - clock.originNs), clock.elapsedNs());
  }

  /** Nothing is left to play and no timer is due: whoever has not ended waits for something outside of the graph. */
  async #giveUp(): Promise<readonly string[]> {
    const { execution } = this.#drive;
    await this.#waitOutside(() => !this.#isOver());
    if (this.#isOver()) return [];
    const left = execution.unfinished();
    execution.abort();
    await this.#drive.env.nextTurn();
    return left;
  }

  /** Gives the world outside some real time, for as long as `isStuck`: the time of grace, more while a reader works. */
  async #waitOutside(isStuck: () => boolean): Promise<void> {
    const { env, options, execution } = this.#drive;
    const graceMs = options.graceMs ?? 5000;
    const startNs = env.clock.elapsedNs();
    const isPatient = () =>
      env.clock.elapsedNs() - startNs < graceMs * 1e6 ||
      !this.#fedToEnd && execution.runs.some(({ behind, stuck, sleeping }) => behind && !stuck && !sleeping);
    for (let ms = 0.1; isStuck() && !this.#isOver() && isPatient(); ms *= 1.5) {
      await (ms < 1 ? env.nextTurn() : env.clock.sleep(Math.min(ms, 50)));
    }
    if (!isStuck() || this.#isOver() || this.#fedToEnd) return;
    const waiting = [...execution.wiring.outs].filter(([, out]) => !out.hasRoom()).map(([name]) => name);
    execution.fail(
      new TinmanError(
        "DEADLOCK",
        `Cannot go on with the replay: nobody reads ${waiting.map((each) => `"${each}"`).join(", ")}`,
        {
          waiting,
          hint: "read the input, leave its loop, or take it out of the node's inputs",
        },
      ),
    );
  }

  #look(): void {
    const { env, player, clock, options, stats } = this.#drive;
    stats.sample();
    const now = env.clock.elapsedNs();
    if (options.onProgress === undefined || now - this.#toldNs < 1e8) return;
    this.#toldNs = now;
    options.onProgress(clock.now(), player.frames);
  }
}
