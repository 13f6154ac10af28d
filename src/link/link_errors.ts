import { TinmanError } from "../errors/mod.ts";
import type { Link } from "./link.ts";

/** What `send()` says after `close()`. */
export function closedError(name: string): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", `Cannot send on ${name}: it was closed`, {});
}

/** What both directions say of a link that broke. */
export function goneError(name: string, doing: "send" | "read", cause?: unknown): TinmanError<"UNAVAILABLE"> {
  return new TinmanError("UNAVAILABLE", `Cannot ${doing} on ${name}: the other end is gone`, { what: name, cause });
}

/** Holds `send()` to {@linkcode Link.maxBytes}. */
export function checkLength({ name, maxBytes }: Pick<Link, "name" | "maxBytes">, { length }: Uint8Array): void {
  if (length <= maxBytes) return;
  throw new TinmanError("TOO_LARGE", `Cannot send on ${name}: ${length} bytes, at most ${maxBytes}`, {
    limit: maxBytes,
    actual: length,
  });
}
