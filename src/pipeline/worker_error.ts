import { decodeUtf8, encodeUtf8 } from "../bytes/mod.ts";
import { catalogue, type ErrorCode, TinmanError } from "../errors/mod.ts";

/** Characters of a message or a stack that go to the other thread. */
const MAX_TEXT = 8000;

interface Sent {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
  readonly details?: unknown;
}

/** An error as bytes: its name, message and stack, and for one of tinman its code, details and hint. */
export function encodeError(error: unknown): Uint8Array {
  const { name, message, stack, code, hint, details } =
    (error instanceof Error ? error : { name: "Error", message: String(error) }) as Sent;
  const first = { name: cut(name, 100) ?? "Error", message: cut(message) ?? "", code };
  return attempt({ ...first, hint: cut(hint), details, stack: cut(stack) }) ??
    encodeUtf8(JSON.stringify({ ...first, code: undefined, message: cut(first.message, 1000) }).toWellFormed());
}

/** The error that {@linkcode encodeError} was given, as far as it goes. */
export function decodeError(bytes: Uint8Array): Error {
  const { name, message, stack, code, hint, details } = JSON.parse(decodeUtf8(bytes)) as Sent;
  const error = name === "TinmanError" && code !== undefined && Object.hasOwn(catalogue, code)
    ? new TinmanError(code as ErrorCode, message, { ...details as Record<string, never>, hint })
    : new Error(message);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: stack, configurable: true });
  return error;
}

function attempt(sent: Sent): Uint8Array | undefined {
  try {
    const bytes = encodeUtf8(JSON.stringify(sent).toWellFormed());
    return bytes.length <= 8 * MAX_TEXT ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: unknown, max = MAX_TEXT): string | undefined {
  return typeof text === "string" ? text.slice(0, max) : undefined;
}
