import type { Clock } from "../clock/mod.ts";
import { isRoutingError } from "./run_errors.ts";
import type { Task } from "./task.ts";

/** What calling handlers needs of the run. */
export interface CallHost {
  /** Undefined: time is logical, nothing has to be waited for. */
  readonly clock: Clock | undefined;
  readonly signal: AbortSignal;
  /** Whether nothing is tried again. */
  readonly isOver: boolean;
  /** Called when a task is done that was not when `callTask()` returned. */
  ended(task: Task): void;
}

/**
 * Calls the handler of a task, again if it throws and its processor says so. It is done when this returns, unless it is
 * asynchronous.
 */
export function callTask(task: Task, host: CallHost): void {
  const { target, event } = task;
  let result: unknown;
  try {
    result = target.handle(target.read(event) as never, task, event);
  } catch (error) {
    return threw(task, error, host);
  }
  if (!isPromise(result)) return task.end();
  Promise.resolve(result).then(() => {
    task.end();
    host.ended(task);
  }, (error) => {
    threw(task, error, host);
    tellIfDone(task, host);
  });
}

/** The last try of a task, which is the one that counts. */
export function latestTry(task: Task): Task {
  while (task.retry !== undefined) task = task.retry;
  return task;
}

function threw(task: Task, thrown: unknown, host: CallHost): void {
  const { inbox } = task.target;
  const { onError = "stop" } = inbox.processor;
  if (host.isOver || isRoutingError(thrown) || typeof onError !== "object" || task.tries >= onError.retry) {
    return task.end({ thrown });
  }
  const { backoffMs = 0 } = onError;
  const waitMs = backoffMs * 2 ** task.tries;
  const again = task.again(waitMs);
  inbox.retried++;
  if (host.clock === undefined || waitMs === 0) return callTask(again, host);
  host.clock.sleep(waitMs, { signal: host.signal }).then(() => {
    callTask(again, host);
    tellIfDone(again, host);
  }, () => {
    // The run was cancelled: the event is given up, not failed.
    again.end({ thrown: host.signal.reason });
    host.ended(again);
  });
}

function tellIfDone(task: Task, host: CallHost): void {
  const last = latestTry(task);
  if (last.done) host.ended(last);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
