import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { GuestError } from "./protocol.ts";

/** For what the plugin itself threw; its own error is the cause. */
export function failed(plugin: string, what: string, { name, message, stack }: GuestError): TinmanError<"PLUGIN"> {
  const cause = Object.assign(new Error(message), { name }, stack === undefined ? {} : { stack });
  // Without memory QuickJS has none for an error either, and throws null.
  const said = message === "null"
    ? "null was thrown, as by quickjs when its memory is full (limits.memoryMB)"
    : message;
  return new TinmanError("PLUGIN", `${what} plugin ${plugin}: ${said}`, { plugin, cause });
}

/** For a plugin that sends what the protocol does not allow. */
export function misbehaved(plugin: string, what: string): TinmanError<"PLUGIN"> {
  return new TinmanError("PLUGIN", `Plugin ${plugin} does not keep to the protocol: it ${what}`, {
    plugin,
    hint: "it was ended; tell its author",
  });
}

/** A limit on time, by its name in `plugin.jsonc`. */
export interface Limit {
  readonly name: "startMs" | "stallMs";
  readonly ms: number;
  /** What to do where it needs longer. @default {raise the limit} */
  readonly fix?: string;
}

/** For a plugin that is over a limit on time. */
export function tooSlow(plugin: string, what: string, limit: Limit): TinmanError<"TIMEOUT"> {
  const { name, ms, fix = `raise limits.${name} in its plugin.jsonc` } = limit;
  return new TinmanError("TIMEOUT", `Plugin ${plugin} ${what} ${ms} ms`, {
    timeoutMs: ms,
    hint: `it may be in a loop that never waits; if it only needs longer, ${fix}`,
  });
}

/** An error of a plugin that a stage was waiting for; what ran out of time says which stage it was. */
export function ofStage(id: string, error: unknown): unknown {
  if (!isTinmanError(error, "TIMEOUT")) return error;
  const { message, hint, details } = error;
  return new TinmanError("TIMEOUT", `Stage "${id}" failed: ${message}`, { ...details, hint, cause: error });
}

/** For a link or a topic where none are to be had. */
export function denied(plugin: string, address: string, what: "links" | "topics"): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot open ${address} for plugin ${plugin}: no ${what} here`, { what: address });
}
