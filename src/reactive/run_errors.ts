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
    { processor: task.processor, event, ...carries(task.event.data), cause: thrown },
  );
}

/** What the event carried, in short, for people; nothing where that cannot be said. */
function carries(data: object): { readonly carries?: string } {
  try {
    const said = JSON.stringify(data, (_, value) => shorten(value));
    return said === "{}" ? {} : { carries: said.length > 200 ? `${said.slice(0, 200)}…` : said };
  } catch {
    return {};
  }
}

/** Large values are not written out to be thrown away. */
function shorten(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "string") return value.slice(0, 200);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return Array.isArray(value) && value.length > 100 ? value.slice(0, 100) : value;
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
