import { TinmanError } from "../errors/mod.ts";
import type { ErrorRule, Processor } from "./processor.ts";

/** Calls after the first that failed, at most. */
const MAX_RETRY = 1000;

/**
 * Checks what processors say of themselves.
 *
 * @throws {TinmanError} `CONFIG` for two of one name.
 */
export function checkProcessors(processors: readonly Processor[]): void {
  const names = new Set<string>();
  for (const { name, handlers, concurrency = 1, priority = 0, onError = "stop" } of processors) {
    const quoted = JSON.stringify(name);
    if (typeof name !== "string" || name === "") throw new TypeError("Cannot run a processor without a name");
    if (!Array.isArray(handlers)) throw new TypeError(`Cannot run processor ${quoted}: expected a list of handlers`);
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new RangeError(`Cannot run processor ${quoted} on ${concurrency} events at once: expected 1 or more`);
    }
    if (Number.isNaN(priority)) throw new RangeError(`Cannot run processor ${quoted} with priority NaN`);
    if (names.has(name)) {
      throw new TinmanError("CONFIG", `Cannot run two processors named ${quoted}`, {
        hint: "Give each a name of its own: archives and errors go by it",
      });
    }
    names.add(name);
    checkRule(quoted, onError);
  }
}

function checkRule(processor: string, rule: ErrorRule): void {
  if (rule === "stop" || rule === "skip") return;
  const { retry, backoffMs = 0 } = rule;
  if (!Number.isSafeInteger(retry) || retry < 0 || retry > MAX_RETRY) {
    throw new RangeError(`Cannot retry processor ${processor} ${retry} times: expected 0 to ${MAX_RETRY}`);
  }
  if (!(backoffMs >= 0)) throw new RangeError(`Cannot retry processor ${processor} after ${backoffMs} ms`);
}

/** Checks options that are limits. */
export function checkLimits(limits: Readonly<Record<string, number>>): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 1)) throw new RangeError(`Cannot run with ${name} ${limit}: expected 1 or more`);
  }
}
