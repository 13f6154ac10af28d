import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Task } from "./task.ts";

/** The error of a processor, with its name and the event. */
export function processorFailed(task: Task, thrown: unknown): TinmanError<"PROCESSOR"> {
  if (isTinmanError(thrown, "PROCESSOR")) return thrown;
  const event = task.event.kind.kindName;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TinmanError(
    "PROCESSOR",
    `Processor ${JSON.stringify(task.processor)} failed on ${JSON.stringify(event)}: ${message}`,
    { processor: task.processor, event, cause: thrown },
  );
}

/** Whether a pattern of somebody threw, which is not for the processor that emitted the event to skip. */
export function isRoutingError(thrown: unknown): boolean {
  return isTinmanError(thrown, "PROCESSOR");
}

/** Whether a handler threw because the run was cancelled. */
export function isReason(thrown: unknown, reason: unknown): boolean {
  return thrown === reason || (thrown instanceof Error && thrown.cause === reason);
}

/** What a queue is over, and how to make it longer. */
export function tooMany(actual: number, limit: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot keep ${actual} events waiting: the limit is ${limit}`, {
    limit,
    actual,
    hint: "Emit less at once, feed() events in place of submit(), or raise `maxPending`",
  });
}

/** A run that goes from phase to phase for ever. */
export function endless(maxPhases: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Cannot go on after ${maxPhases} phases: each of them led to new events`, {
    limit: maxPhases,
    actual: maxPhases + 1,
    hint: "A handler of Phase that always emits something never ends; or raise `maxPhases`",
  });
}
