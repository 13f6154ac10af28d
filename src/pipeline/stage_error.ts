import { isTinmanError, TinmanError } from "../errors/mod.ts";

/** Why a stage cannot be made: what says already what has to be granted or put right stays as it is. */
export function notMade(id: string, cause: unknown): unknown {
  const isRefusal = isTinmanError(cause) && ["CONFIG", "DENIED", "INTEGRITY", "UNAVAILABLE"].includes(cause.code);
  if (isRefusal || namesStage(cause)) return cause;
  return new TinmanError("NODE", `Cannot make stage "${id}": ${said(cause)}`, { node: id, cause });
}

/** What a stage failed with, as an error that names it; `when` is such as `on frame 3`. */
export function failedWith(id: string, when: string, cause: unknown): Error {
  if (namesStage(cause)) return cause;
  const hint = isTinmanError(cause) ? cause.hint : undefined;
  return new TinmanError("NODE", `Stage "${id}" failed ${when}: ${said(cause)}`, { node: id, cause, hint });
}

function namesStage(error: unknown): error is TinmanError {
  return isTinmanError(error, "TIMEOUT") || isTinmanError(error, "NODE") || isTinmanError(error, "STOPPED");
}

function said(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
