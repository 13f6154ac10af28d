import type { Finding as LogFinding } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { clean, type Style } from "./style.ts";

/** One line of a diagnosis. */
export interface Finding {
  /** How bad it is. */
  readonly level: "ok" | "warn" | "fail";
  /** What was looked at. */
  readonly name: string;
  /** What was found. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** What the log found, as a line of a diagnosis. */
export function readFinding({ severity, channel, at, message, fix }: LogFinding): Finding {
  return {
    level: ({ error: "fail", warning: "warn", info: "ok" } as const)[severity],
    name: channel ?? "recording",
    message: at === undefined ? message : `byte ${at}: ${message}`,
    ...(fix !== undefined && { fix }),
  };
}

const colors: Readonly<Record<Finding["level"], Style>> = { ok: "green", warn: "yellow", fail: "red" };

/** Prints a diagnosis on stdout, as lines or as one JSON object with `more` in it. */
export function printFindings(
  findings: readonly Finding[],
  context: Context,
  more: Record<string, unknown> = {},
): void {
  const { out, settings } = context;
  if (settings.json) return out.json({ v: 1, ...more, findings });
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  for (const { level, name, message, fix } of findings) {
    out.line(`${out.paint(colors[level], level.padEnd(4))}  ${clean(name).padEnd(width)}  ${clean(message)}`);
    if (fix !== undefined) out.line(`      ${" ".repeat(width)}  fix: ${clean(fix)}`);
  }
}
