import { catalogue, isTinmanError, TinmanError } from "../errors/mod.ts";
import { isOwnModule } from "../platform/mod.ts";
import { failedNode } from "../runtime/mod.ts";
import { toJson } from "./output.ts";
import { clean, type Paint } from "./style.ts";

/** Options of {@linkcode formatError}. */
export interface FormatErrorOptions {
  /** Paints what a person reads. */
  readonly paint: Paint;
  /** Print JSON instead. */
  readonly json: boolean;
  /** From 2 on the stack is shown. */
  readonly verbose: number;
}

/** An error as it is shown: what is wrong, where, the fix, and where to read more. */
export function formatError(thrown: unknown, options: FormatErrorOptions): string {
  const error = asTinmanError(thrown);
  return options.json ? errorJson(error ?? thrown, failedNode(thrown)) : errorText(error, thrown, options);
}

/** What the process exits with after this error. */
export function exitCodeOf(thrown: unknown): number {
  const error = asTinmanError(thrown);
  return error === undefined ? 1 : catalogue[error.code].exit;
}

/** Errors that a node threw, Deno's permission errors and several failures at once in our words; undefined for all others. */
function asTinmanError(thrown: unknown): TinmanError | undefined {
  if (isTinmanError(thrown)) return thrown;
  // What failed on the way out comes of what failed before.
  if (thrown instanceof SuppressedError) return asTinmanError(thrown.suppressed);
  if (thrown instanceof AggregateError) return thrown.errors.map(asTinmanError).find((each) => each !== undefined);
  if (thrown instanceof Error && (thrown.name === "NotCapable" || thrown.name === "PermissionDenied")) {
    const hint = "give the permission, or ask who can";
    return new TinmanError("DENIED", thrown.message, { what: thrown.name, cause: thrown, hint });
  }
  const node = failedNode(thrown);
  if (node === undefined) return undefined;
  return new TinmanError("NODE", `Node "${node}" failed: ${messageOf(thrown)}`, { node, cause: thrown });
}

function errorText(error: TinmanError | undefined, thrown: unknown, { paint, verbose }: FormatErrorOptions): string {
  const lines: string[] = [];
  const add = (name: string, text: string) => lines.push(`  ${paint("dim", `${name}:`)} ${text}`);
  if (error === undefined) {
    lines.push(`${paint("red", "error")}: ${clean(messageOf(thrown))}`);
    if (verbose < 2) add("more", "the same command with -vv shows where it happened");
  } else {
    const { number } = catalogue[error.code];
    const [said, ...problems] = sayProblems(error);
    lines.push(`${paint("red", `error[${number}]`)}: ${clean(said)}`, ...problems.map((each) => `  ${clean(each)}`));
    for (const where of whereOf(error, failedNode(thrown))) lines.push(`  ${paint("dim", "at")} ${clean(where)}`);
    if (error.cause !== undefined && !error.message.includes(messageOf(error.cause))) {
      add("cause", clean(messageOf(error.cause)));
    }
    if (error.hint !== undefined) add("fix", clean(error.hint));
    add("more", `tinman explain ${number}`);
  }
  if (verbose >= 2) lines.push(paint("dim", stacks(thrown)));
  return lines.join("\n");
}

function errorJson(error: unknown, node: string | undefined): string {
  if (!isTinmanError(error)) return toJson({ v: 1, error: { code: "FAILURE", message: messageOf(error), exit: 1 } });
  const { number, exit, retriable } = catalogue[error.code];
  const { code, message, hint, details } = error;
  const cause = error.cause === undefined ? undefined : messageOf(error.cause);
  return toJson({
    v: 1,
    error: { code, number, exit, retriable, message, hint, details, node, cause, docs: `tinman explain ${number}` },
  });
}

/** The message; where several problems are in it, each on a line of its own behind what was tried. */
function sayProblems({ message, details }: TinmanError): readonly [string, ...string[]] {
  const { problems = [] } = details as { problems?: readonly string[] };
  if (problems.length < 2 || !message.endsWith(problems.join("; "))) return [message];
  return [`${message.slice(0, -problems.join("; ").length)}${problems.length} problems`, ...problems];
}

/** Where it happened, as far as the message does not say so already. */
function whereOf(error: TinmanError, failed: string | undefined): string[] {
  const { node = failed, path, at, event, carries } = error.details as {
    node?: string;
    path?: string;
    at?: number;
    event?: string;
    carries?: string;
  };
  const where: string[] = [];
  if (node !== undefined && !error.message.includes(`"${node}"`)) where.push(`node ${node}`);
  if (path !== undefined && !error.message.includes(path)) where.push(at === undefined ? path : `${path}, byte ${at}`);
  if (carries !== undefined) where.push(`event ${event} ${carries}`);
  const line = ownLine(error) ?? ownLine(error.cause);
  if (line !== undefined) where.push(line);
  return where;
}

/** The first line of the user's own code in the stack of `cause`. */
function ownLine(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  for (const [, place] of (cause.stack ?? "").matchAll(/((?:file|https?):\/\/[^\s()]+:\d+:\d+)\)?$/gm)) {
    if (!isOwnModule(place!)) return place!.replace(/^file:\/\//, "");
  }
  return undefined;
}

function stacks(thrown: unknown): string {
  const lines: string[] = [];
  // A chain of causes may be a ring.
  for (let error = thrown, depth = 0; error !== undefined && depth < 8; depth++) {
    lines.push(
      `${depth === 0 ? "" : "caused by "}${error instanceof Error ? error.stack ?? messageOf(error) : String(error)}`,
    );
    error = error instanceof Error ? error.cause : undefined;
  }
  return lines.map((text) => text.split("\n").map(clean).join("\n")).join("\n");
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof SuppressedError) return messageOf(thrown.suppressed);
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join("; ");
  return thrown.message === "" ? thrown.name : thrown.message;
}
