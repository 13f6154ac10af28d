import { EventEmitter } from "node:events";
import { concatMap, filter, lastValueFrom, observeOn, queueScheduler, Subject } from "rxjs";

/** What flows: a number that counts, so that no event can be lost unseen. */
export interface Step {
  readonly n: number;
}

/** How events flow: each causes the next, all wait at the start, or one goes to a hundred. */
export interface Flow {
  /** How many listeners hear of each event. */
  readonly listeners: number;
  /** How many events there are at the start. */
  readonly queued: number;
  /** Up to which number an event causes the next. */
  readonly until: number;
}

/** Where events end: counts them, so that no compiler leaves the work out. */
export class Tally {
  count = 0;
  sum = 0;

  /** Takes one event. */
  take({ n }: Step): void {
    this.count++;
    this.sum += n;
  }

  /** Fails unless each listener got each event. */
  check({ listeners, queued, until }: Flow): void {
    const each = until > 0 ? (until * (until + 1)) / 2 : (queued * (queued - 1)) / 2;
    if (this.count === listeners * deliveries({ queued, until }) && this.sum === listeners * each) return;
    throw new Error(`Cannot trust this measurement: ${this.count} events were heard, sum ${this.sum}`);
  }
}

/** Events that each listener hears. */
export function deliveries({ queued, until }: Pick<Flow, "queued" | "until">): number {
  return until > 0 ? until + 1 : queued;
}

/** RxJS, with the scheduler that queues what is emitted while something is emitted. */
export function flowRxjs(flow: Flow): void {
  const tally = new Tally();
  const subject = new Subject<Step>();
  const queued = subject.pipe(observeOn(queueScheduler));
  for (let i = 0; i < flow.listeners; i++) {
    queued.subscribe((step) => {
      tally.take(step);
      if (i === 0 && step.n < flow.until) subject.next({ n: step.n + 1 });
    });
  }
  for (let n = 0; n < flow.queued; n++) subject.next({ n });
  tally.check(flow);
}

/** Node's EventEmitter: it calls at once, so what a listener emits goes through the queue that one writes around it. */
export function flowEmitter(flow: Flow): void {
  const emitter = new EventEmitter().setMaxListeners(0);
  flowThroughQueue(flow, {
    listen: (listener) => void emitter.on("step", listener),
    emit: (step) => void emitter.emit("step", step),
  });
}

/** The EventTarget of the platform, with the same queue. */
export function flowTarget(flow: Flow): void {
  const target = new EventTarget();
  flowThroughQueue(flow, {
    listen: (listener) => target.addEventListener("step", (event) => listener((event as CustomEvent<Step>).detail)),
    emit: (detail) => void target.dispatchEvent(new CustomEvent("step", { detail })),
  });
}

interface Emitter {
  listen(listener: (step: Step) => void): void;
  emit(step: Step): void;
}

function flowThroughQueue(flow: Flow, { listen, emit }: Emitter): void {
  const tally = new Tally();
  const queue: Step[] = [];
  for (let i = 0; i < flow.listeners; i++) {
    listen((step) => {
      tally.take(step);
      if (i === 0 && step.n < flow.until) queue.push({ n: step.n + 1 });
    });
  }
  for (let n = 0; n < flow.queued; n++) queue.push({ n });
  for (let at = 0; at < queue.length; at++) emit(queue[at]!);
  tally.check(flow);
}

/** RxJS with a listener for each target, who filters: what one writes where nothing routes. */
export function routeRxjs(listeners: number, count: number): void {
  const tally = new Tally();
  const subject = new Subject<Step & { readonly target: string }>();
  for (let i = 0; i < listeners; i++) {
    const wanted = `target ${i}`;
    subject.pipe(filter(({ target }) => target === wanted)).subscribe((step) => tally.take(step));
  }
  for (let n = 0; n < count; n++) subject.next({ n, target: `target ${n % listeners}` });
  tally.check({ listeners: 1, queued: count, until: 0 });
}

/** RxJS, one asynchronous call after the other. */
export async function concatRxjs(count: number): Promise<void> {
  const tally = new Tally();
  const subject = new Subject<Step>();
  const done = lastValueFrom(
    subject.pipe(concatMap(async (step) => {
      await null;
      tally.take(step);
    })),
  );
  for (let n = 0; n < count; n++) subject.next({ n });
  subject.complete();
  await done;
  tally.check({ listeners: 1, queued: count, until: 0 });
}
