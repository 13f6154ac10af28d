import { setImmediate } from "node:timers";
import type { Clock } from "../clock/mod.ts";
import type { TinmanError } from "../errors/mod.ts";
import type { Archive } from "./archive.ts";
import type { Event } from "./event.ts";
import type { EventRunParts } from "./event_run_parts.ts";
import type { PutEvent, Taker } from "./feeds.ts";
import type { Inbox } from "./inbox.ts";
import { type CallHost, callTask, latestTry } from "./call_task.ts";
import { ReadyQueue } from "./ready_queue.ts";
import { isReason, isRoutingError, processorFailed, tooMany } from "./run_errors.ts";
import type { Target, Task, TaskHost } from "./task.ts";

/** Commits between two turns of the event loop, which timers and signals need. */
const COMMITS_A_TURN = 256;
/** Events that processors may emit when they tidy up after a cancel, so that this comes to an end as well. */
const MAX_LAST_EVENTS = 65_536;
/** Events of sources that may wait, so that a long source does not fill the memory. */
const AHEAD = 1024;

/**
 * A run at work. Handlers may end in any order; what they emit is on its way in the order in which they were started, and
 * only then is anything new started. So nothing depends on how long a handler takes. Processors retire their instructions
 * this way (Smith & Pleszkun, Implementing precise interrupts in pipelined processors, 1988).
 */
export class EventRun implements TaskHost, CallHost, Taker {
  readonly seed: string;
  readonly clock: Clock | undefined;
  /** Events so far, and of these what nobody takes. */
  events = 0;
  unheard = 0;
  /** Pieces of work that were given up when the run was cancelled. */
  dropped = 0;
  /** Events that handlers emitted, and those that came from outside. */
  made = 0;
  taken = 0;
  /** {@linkcode Taker.phase} */
  phase = 0;
  /** {@linkcode TaskHost.external} */
  external = 0;
  /** Errors that were skipped. */
  readonly skipped: TinmanError[] = [];
  failed = false;
  readonly #parts: EventRunParts;
  readonly #put: PutEvent = (event, route) => {
    this.taken++;
    this.#deliver(event, route, undefined, this.#steps);
  };
  readonly #ready = new ReadyQueue();
  #controller = new AbortController();
  #first: Task | undefined;
  #last: Task | undefined;
  #running = 0;
  #queued = 0;
  #steps = 0;
  #timeNs = 0;
  #cancelled = false;
  #ending = false;
  /** After a cancel, nothing is on its way behind this one. */
  #lastEvent = 0;
  #wake: (() => void) | undefined;
  #pauses = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: EventRunParts) {
    this.#parts = parts;
    this.seed = parts.seed;
    this.clock = parts.clock;
  }

  /** {@linkcode CallHost.isOver} */
  get isOver(): boolean {
    return this.failed || (this.#cancelled && !this.#ending);
  }

  get maxPending(): number {
    return this.#parts.maxPending;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isIdle(): boolean {
    return this.#first === undefined && this.#queued === 0;
  }

  get hasRoom(): boolean {
    return this.#queued < Math.min(AHEAD, this.#parts.maxPending);
  }

  get step(): number {
    return this.#steps;
  }

  route(event: Event<object>): readonly Target[] {
    return this.#parts.interests.route(event);
  }

  archive(name: string): Archive {
    return this.#parts.archives.open(name);
  }

  /** Puts an event of tinman's own on its way. */
  announce(event: Event<object>): void {
    this.#steps++;
    this.#deliver(event, this.route(event), undefined, undefined);
  }

  /** Works until nothing is left to do; with `open`, takes in events from outside, and waits for feeds to end. */
  async settle(open: boolean): Promise<void> {
    for (;;) {
      const left = this.#work(open);
      if (left === "nothing") return;
      if (left === "more") await nextTurn();
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Something has come from outside, or is wanted from there. */
  poke(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Whether it was cancelled. */
  get isCancelled(): boolean {
    return this.#cancelled;
  }

  /** Gives up what has not been started; what handlers emit from now on is given up, too. Who tidies up is let finish. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (!this.#ending) this.#giveUpAll(reason);
  }

  /** From now on nothing comes from outside, and processors tidy up. */
  end(): void {
    this.#ending = true;
    this.#lastEvent = this.events + MAX_LAST_EVENTS;
    // Who tidies up is not to find that it was cancelled.
    this.#controller = new AbortController();
  }

  /** Waits until no handler is at work, whatever becomes of it. */
  async fail(error: unknown): Promise<void> {
    this.failed = true;
    this.#giveUpAll(error);
    while (this.#first !== undefined) {
      if (latestTry(this.#first).done) this.#first = this.#first.next;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Starts and commits until something has to be waited for. */
  #work(open: boolean): "nothing" | "more" | "waiting" {
    const { intake, maxConcurrency } = this.#parts;
    const ready = this.#ready;
    for (let commits = 0; commits < COMMITS_A_TURN; commits++) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#pauses > 0) return "waiting";
      const takes = open && intake.hasSome(this.phase) && !this.#cancelled;
      let taken = 0;
      if (takes) taken = intake.take(this, this.#put);
      while (ready.size > 0 && this.#running < maxConcurrency) this.#start(ready.take());
      if (takes && intake.isDue(this)) continue;
      const first = this.#first;
      if (first === undefined) {
        if (taken > 0) continue;
        return takes && intake.isWaiting ? "waiting" : "nothing";
      }
      const task = first.retry === undefined ? first : latestTry(first);
      if (!task.done) return "waiting";
      this.#first = first.next;
      if (this.#first === undefined) this.#last = undefined;
      this.#commit(task);
    }
    return "more";
  }

  #giveUpAll(reason: unknown): void {
    this.dropped += this.#queued + this.#parts.intake.clear();
    this.#queued = this.external = 0;
    for (const inbox of this.#parts.inboxes) inbox.clear();
    this.#ready.clear();
    this.#controller.abort(reason);
    this.poke();
  }

  #start(inbox: Inbox): void {
    const task = inbox.take(this);
    this.#queued--;
    this.#running++;
    this.#steps++;
    task.startNs = this.#timeNs;
    if (this.#last === undefined) this.#first = task;
    else this.#last.next = task;
    this.#last = task;
    if (--inbox.free > 0 && inbox.firstAge !== Infinity) this.#ready.add(inbox);
    callTask(task, this);
  }

  /** A handler that has waited for something has ended. */
  ended(task: Task): void {
    if (this.#first !== undefined && latestTry(this.#first) === task) this.poke();
  }

  #commit(task: Task): void {
    const { inbox } = task.target;
    this.#running--;
    this.#steps++;
    inbox.free++;
    if (task.endNs > this.#timeNs) this.#timeNs = task.endNs;
    if (task.error !== undefined) this.#giveUp(task, task.error.thrown);
    else this.#emit(task, inbox);
    if (!inbox.isReady && inbox.firstAge !== Infinity) this.#ready.add(inbox);
  }

  #emit(task: Task, inbox: Inbox): void {
    inbox.handled++;
    const { events, routes } = task;
    if (events === undefined) return;
    inbox.emitted += events.length;
    this.made += events.length;
    if (this.#cancelled && this.events >= this.#lastEvent) {
      this.dropped += events.length;
      return;
    }
    for (let i = 0; i < events.length; i++) {
      this.#deliver(events[i]!, routes![i]!, inbox.processor.name, undefined);
    }
  }

  #giveUp(task: Task, thrown: unknown): void {
    const { processor } = task.target.inbox;
    if (this.signal.aborted && isReason(thrown, this.signal.reason)) {
      this.dropped++;
      return;
    }
    const { onError = "stop" } = processor;
    const rule = typeof onError === "object" ? onError.then ?? "stop" : onError;
    if (rule === "stop" || isRoutingError(thrown)) throw processorFailed(task, thrown);
    task.target.inbox.skipped++;
    if (this.skipped.length < 100) this.skipped.push(processorFailed(task, thrown));
  }

  // What came from outside had its room when it was submitted; what handlers emit has as much again.
  #checkPending(): void {
    const emitted = this.#queued - this.external;
    if (emitted > this.#parts.maxPending) throw tooMany(emitted, this.#parts.maxPending);
  }

  /** Commits nothing until `pause` has resolved. */
  #hold(pause: Promise<void>): void {
    this.#pauses++;
    pause.then(() => {
      if (--this.#pauses === 0) this.poke();
    }, (error) => {
      this.#pauses--;
      this.#failure ??= { error };
      this.poke();
    });
  }

  #deliver(event: Event<object>, route: readonly Target[], by: string | undefined, step: number | undefined): void {
    this.events++;
    const pause = this.#parts.onEvent?.(event, by, step);
    if (pause !== undefined) this.#hold(pause);
    if (route.length === 0) {
      if (by !== undefined || step !== undefined) this.unheard++;
      return;
    }
    const isExternal = step !== undefined;
    this.#queued += route.length;
    if (isExternal) this.external += route.length;
    else if (by !== undefined) this.#checkPending();
    const delivery = { event, age: this.events, isExternal };
    for (let i = 0; i < route.length; i++) {
      const target = route[i]!;
      const { inbox } = target;
      inbox.add(delivery, target);
      if (!inbox.isReady && inbox.free > 0) this.#ready.add(inbox);
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
