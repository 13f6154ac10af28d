import { TinmanError } from "../errors/mod.ts";
import type { ChildEnd } from "./process_child.ts";

/** What is known of a process that has ended though nobody asked it to. */
export interface Ended extends ChildEnd {
  readonly plugin: string;
  /** The end of what it wrote to its standard error. */
  readonly stderr: string;
  readonly memoryMB: number;
}

/** Why a plugin's process is no more. */
export function endError({ plugin, code, signal, stderr, memoryMB }: Ended): TinmanError {
  if (/out of memory|heap limit/i.test(stderr)) return memoryError(plugin, memoryMB);
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const found = lines.find((line) => /error|uncaught/i.test(line)) ?? lines.at(-1);
  const what = found?.replace(/^error: /, "").replace(/ \(in worker ""\)/, "");
  const how = signal === undefined ? `with code ${code}` : `by ${signal}`;
  return new TinmanError("PLUGIN", `Plugin ${plugin} has ended its process ${how}${what ? `: ${what}` : ""}`, {
    plugin,
    tier: "process",
    hint: signal === "SIGKILL"
      ? "somebody killed it, or this machine was short of memory"
      : "see the plugin's log, or ask its author",
    ...(stderr !== "" && { cause: new Error(stderr) }),
  });
}

/** For a plugin that takes more memory than it may. */
export function memoryError(plugin: string, memoryMB: number, actual = memoryMB * MB): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `Plugin ${plugin} in its process takes more memory than ${memoryMB} MB`, {
    limit: memoryMB * MB,
    actual,
    hint: "it keeps too much; if it needs more, raise limits.memoryMB in its plugin.jsonc",
  });
}

/** For a plugin whose process did not get ready. */
export function startError(plugin: string, startMs: number): TinmanError<"TIMEOUT"> {
  return new TinmanError("TIMEOUT", `Plugin ${plugin} has no process after ${startMs} ms`, {
    timeoutMs: startMs,
    hint: "this machine may be very busy; if it only needs longer, raise limits.startMs in its plugin.jsonc",
  });
}

/** For a plugin whose process sent what is no message. */
export function messageError(plugin: string, { message, code }: { message: string; code?: string }): TinmanError {
  const what = `Cannot read what plugin ${plugin} sent from its process: ${message}`;
  if (code !== "TOO_LARGE") {
    return new TinmanError("PLUGIN", what, { plugin, tier: "process", hint: "it was ended; tell its author" });
  }
  const [actual, limit] = (message.match(/\d+/g) ?? []).map(Number);
  return new TinmanError("TOO_LARGE", what, {
    limit: limit ?? 0,
    actual: actual ?? 0,
    hint: "it was ended; a plugin has to publish such a thing in pieces",
  });
}

/** The end of a text that comes in pieces, without what a terminal would obey. */
export class Tail {
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(readonly most: number) {}

  push(bytes: Uint8Array): void {
    this.#text = (this.#text + this.#decoder.decode(bytes, { stream: true })).slice(-this.most);
  }

  get text(): string {
    // deno-lint-ignore no-control-regex
    return this.#text.replace(/\x1b\[[0-9;]*m/g, "").replace(/[^\n\P{Cc}]/gu, "");
  }
}

const MB = 1024 * 1024;
