import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { readFailure, writeFailure } from "./file_errors.ts";

/** The error for a call to SQLite that failed. Its number is not to be had, so it is known by its text. */
export function sqliteFailure(action: "open" | "read" | "write", path: string, cause: unknown): unknown {
  // What an action inside a transaction threw is its own.
  if (isTinmanError(cause) || !(cause instanceof Error)) return cause;
  const text = cause.message;
  if (/not a database|malformed|no such table|file is encrypted/.test(text)) {
    return new TinmanError("CORRUPT_STORE", `Cannot ${action} ${path}: ${text}`, {
      path,
      cause,
      hint: /not a database/.test(text)
        ? "name a file that tinman has made"
        : `remove ${path} if it is a cache: what was in it is built again`,
    });
  }
  if (/is locked|is busy/.test(text)) {
    return new TinmanError("UNAVAILABLE", `Cannot ${action} ${path}: another process is writing to it`, {
      what: path,
      cause,
    });
  }
  if (/is full|disk I\/O error/.test(text)) {
    return new TinmanError("WRITE_FAILED", `Cannot ${action} ${path}: ${text}`, {
      path,
      cause,
      hint: `free some space; if ${path} is a cache it may be removed, and is built again`,
    });
  }
  if (/unable to open/.test(text)) {
    return new TinmanError("NOT_FOUND", `Cannot ${action} ${path}: no such folder, or it is not a file to write to`, {
      kind: "file",
      id: path,
      cause,
    });
  }
  return action === "write" ? writeFailure(action, path, cause) : readFailure(action, path, cause);
}
