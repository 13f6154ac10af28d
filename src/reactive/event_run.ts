import { setImmediate } from "node:timers";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Archive, Archives } from "./archive.ts";
import type { Event } from "./event.ts";
import type { Intake, PutEvent } from "./feeds.ts";
import type { Inbox } from "./inbox.ts";
import type { Interests } from "./interests.ts";
import { ReadyQueue } from "./ready_queue.ts";
import { type Target, Task, type TaskHost } from "./task.ts";

/** What a run of events is made of. */
export interface EventRunParts {
  readonly inboxes: readonly Inbox[];
  readonly interests: Interests<Target>;
  readonly intake: Intake;
  readonly seed: string;
  readonly clock: Clock | undefined;
  readonly archives: Archives | undefined;
  readonly maxConcurrency: number;
  readonly maxPending: number;
  /** Called with every event in the order in which events are on their way, and with who emitted it. */
  readonly onEvent: ((event: Event<object>, by: string | undefined, step: number) => void) | undefined;
}

/** Steps between two turns of the event loop, which timers and signals need. */
const STEPS_A_TURN = 1024;

/**
 * A run at work. Handlers may end in any order; what they emit is on its way in the order in which they were started, and
 * only then is anything new started. So nothing depends on how long a handler takes. Processors retire their instructions
 * this way (Smith & Pleszkun, Implementing precise interrupts in pipelined processors, 1988).
 */
export class EventRun implements TaskHost {
  readonly seed: string;
  readonly clock: Clock | undefined;
  /** Events so far, and of these what nobody takes. */
  events = 0;
  unheard = 0;
  /** Pieces of work that were given up when the run was cancelled. */
  dropped = 0;
  /** Events that handlers emitted, those left out that go back to events from outside. */
  made = 0;
  /** Errors that were skipped. */
  readonly skipped: TinmanError[] = [];
  failed = false;
  readonly #parts: EventRunParts;
  readonly #put: PutEvent = (event, route) => this.#deliver(event, route, undefined, true);
  readonly #ready = new ReadyQueue();
  #controller = new AbortController();
  #first: Task | undefined;
  #last: Task | undefined;
  #running = 0;
  #queued = 0;
  #ages = 0;
  #steps = 0;
  #timeNs = 0;
  #cancelled = false;
  #wake: (() => void) | undefined;

  constructor(parts: EventRunParts) {
    this.#parts = parts;
    this.seed = parts.seed;
    this.clock = parts.clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Pieces of work that wait for a processor. */
  get queued(): number {
    return this.#queued;
  }

  route(event: Event<object>): readonly Target[] {
    return this.#parts.interests.route(event);
  }

  archive(name: string): Archive {
    const { archives } = this.#parts;
    if (archives !== undefined) return archives.open(name);
    throw new TinmanError("UNAVAILABLE", `Processor ${JSON.stringify(name)} has no archive`, { what: "archive" });
  }

  /** Puts an event of tinman's own on its way. */
  announce(event: Event<object>): void {
    this.#steps++;
    this.#deliver(event, this.route(event), "tinman", false);
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

  /** Gives up what has not been started. */
  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.dropped += this.#queued + this.#parts.intake.clear();
    this.#queued = 0;
    for (const inbox of this.#parts.inboxes) inbox.clear();
    this.#ready.clear();
    this.#controller.abort(reason);
    this.poke();
  }

  /** After a cancel: goes on with events that come now. */
  reopen(): void {
    this.#cancelled = false;
    this.#controller = new AbortController();
  }

  /** Waits until no handler is at work, whatever becomes of it. */
  async fail(error: unknown): Promise<void> {
    this.failed = true;
    this.cancel(error);
    while (this.#first !== undefined) {
      if (latest(this.#first).done) this.#first = this.#first.next;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Starts and commits until something has to be waited for. */
  #work(open: boolean): "nothing" | "more" | "waiting" {
    const { intake, maxConcurrency } = this.#parts;
    const ready = this.#ready;
    for (let steps = 0; steps < STEPS_A_TURN; steps++) {
      const takes = open && intake.hasSome && !this.#cancelled;
      let taken = 0;
      if (takes) {
        const idle = this.#first === undefined && this.#queued === 0;
        taken = intake.take({ idle, queued: this.#queued, step: this.#steps }, this.#put);
      }
      while (ready.size > 0 && this.#running < maxConcurrency) this.#start(ready.take());
      if (takes && intake.isDue(this.#steps)) continue;
      const first = this.#first;
      if (first === undefined) {
        if (taken > 0) continue;
        return takes && intake.isWaiting ? "waiting" : "nothing";
      }
      const task = first.retry === undefined ? first : latest(first);
      if (!task.done) return "waiting";
      this.#first = first.next;
      if (this.#first === undefined) this.#last = undefined;
      this.#commit(task);
    }
    return "more";
  }

  #start(inbox: Inbox): void {
    const task = inbox.take();
    this.#queued--;
    this.#running++;
    this.#steps++;
    task.startNs = this.#timeNs;
    if (this.#last === undefined) this.#first = task;
    else this.#last.next = task;
    this.#last = task;
    if (--inbox.free > 0 && inbox.first !== undefined) this.#ready.add(inbox);
    this.#call(task, 0);
  }

  #call(task: Task, tries: number): void {
    const { target, event } = task;
    let result: unknown;
    try {
      result = target.handle(target.read(event) as never, task, event);
    } catch (error) {
      return this.#threw(task, error, tries);
    }
    if (!isPromise(result)) {
      task.close();
      task.done = true;
      return;
    }
    result.then(() => {
      task.close();
      this.#settled(task);
    }, (error) => {
      task.close();
      this.#threw(task, error, tries);
      if (latest(task).done) this.#settled(latest(task));
    });
  }

  #settled(task: Task): void {
    task.done = true;
    if (this.#first !== undefined && latest(this.#first) === task) this.poke();
  }

  #threw(task: Task, thrown: unknown, tries: number): void {
    const { onError = "stop" } = task.target.inbox.processor;
    const isFinal = this.#cancelled || isRoutingError(thrown) || typeof onError !== "object" || tries >= onError.retry;
    if (isFinal) {
      task.close();
      task.error = { thrown };
      task.done = true;
      return;
    }
    const { backoffMs = 0 } = onError;
    const waitMs = backoffMs * 2 ** tries;
    const again = task.again(waitMs);
    task.target.inbox.retried++;
    if (this.clock === undefined || waitMs === 0) return this.#call(again, tries + 1);
    this.clock.sleep(waitMs, { signal: this.signal }).then(
      () => {
        this.#call(again, tries + 1);
        if (latest(again).done) this.#settled(latest(again));
      },
      () => {
        again.error = { thrown };
        this.#settled(again);
      },
    );
  }

  #commit(task: Task): void {
    const { inbox } = task.target;
    this.#running--;
    this.#steps++;
    inbox.free++;
    if (task.endNs > this.#timeNs) this.#timeNs = task.endNs;
    if (task.error !== undefined) this.#giveUp(task, task.error.thrown);
    else this.#emit(task, inbox);
    if (!inbox.isReady && inbox.first !== undefined) this.#ready.add(inbox);
  }

  #emit(task: Task, inbox: Inbox): void {
    inbox.handled++;
    const { events, routes } = task;
    if (events === undefined) return;
    inbox.emitted += events.length;
    if (!task.isExternal) this.made += events.length;
    if (this.#cancelled) {
      this.dropped += events.length;
      return;
    }
    for (let i = 0; i < events.length; i++) {
      this.#deliver(events[i]!, routes![i]!, inbox.processor.name, task.isExternal);
    }
  }

  #giveUp(task: Task, thrown: unknown): void {
    const { processor } = task.target.inbox;
    if (this.#cancelled && thrown === this.signal.reason) {
      this.dropped++;
      return;
    }
    const { onError = "stop" } = processor;
    const rule = typeof onError === "object" ? onError.then ?? "stop" : onError;
    if (rule === "stop" || isRoutingError(thrown)) throw failure(task, thrown);
    task.target.inbox.skipped++;
    if (this.skipped.length < 100) this.skipped.push(failure(task, thrown));
  }

  #deliver(event: Event<object>, route: readonly Target[], by: string | undefined, isExternal: boolean): void {
    this.events++;
    this.#parts.onEvent?.(event, by, this.#steps);
    if (route.length === 0) {
      this.unheard++;
      return;
    }
    this.#queued += route.length;
    if (this.#queued > this.#parts.maxPending) throw tooMany(this.#queued, this.#parts.maxPending);
    for (let i = 0; i < route.length; i++) {
      const target = route[i]!;
      const { inbox } = target;
      inbox.add(new Task(this, event, target, this.#ages++, isExternal));
      if (!inbox.isReady && inbox.free > 0) this.#ready.add(inbox);
    }
  }
}

function latest(task: Task): Task {
  while (task.retry !== undefined) task = task.retry;
  return task;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** A pattern of somebody else threw, which is not for this processor to skip. */
function isRoutingError(thrown: unknown): boolean {
  return isTinmanError(thrown, "PROCESSOR");
}

function failure(task: Task, thrown: unknown): TinmanError<"PROCESSOR"> {
  if (isTinmanError(thrown, "PROCESSOR")) return thrown;
  const event = task.event.kind.kindName;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TinmanError(
    "PROCESSOR",
    `Processor ${JSON.stringify(task.processor)} failed on ${JSON.stringify(event)}: ${message}`,
    { processor: task.processor, event, cause: thrown },
  );
}

/** What a queue is over, and how to make it longer. */
export function tooMany(actual: number, limit: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot keep ${actual} events waiting: the limit is ${limit}`, {
    limit,
    actual,
    hint: "Emit less at once, feed() events in place of submit(), or raise `maxPending`",
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
