import { catalogue, type ErrorCode } from "./catalogue.ts";

/** What an error of each code carries besides its message. */
export type ErrorDetails = {
  GRAPH: { node?: string; channel?: string };
  NODE: { node: string };
  PROCESSOR: { processor: string; event: string; carries?: string };
  PLUGIN: { plugin: string; tier?: string };
  DEADLOCK: { waiting: readonly string[] };
  CODEC: {
    codec: string;
    direction: "encode" | "decode" | "revive";
    /** Where in the value, such as `.position[2]`. */
    at?: string;
    channel?: string;
    frame?: number;
  };
  CODEC_UNKNOWN: { codec: string; plugin?: string; sha256?: string };
  CORRUPT_LOG: { path: string; at: number };
  FOREIGN_LOG: { path: string };
  CORRUPT_STORE: { path: string };
  INTEGRITY: { plugin?: string; path?: string };
  WRITE_FAILED: { path: string; at?: number };
  TOO_LARGE: { limit: number; actual: number };
  CLOSED: { unsent?: unknown };
  STOPPED: Record<never, never>;
  NOT_FOUND: { kind: string; id: string };
  OUT_OF_RANGE: { offset: number; earliest: number; latest: number };
  EXISTS: { path: string };
  UNAVAILABLE: { what: string };
  DENIED: { what: string };
  PROTOCOL: { protocol: string };
  BROKER: { number: number };
  TIMEOUT: { timeoutMs: number };
  DIVERGED: { channel: string; frame: number };
  USAGE: { argument?: string };
  CONFIG: { path?: string; problems?: readonly string[] };
  MODULE: { path: string };
};

/** Options that every {@linkcode TinmanError} takes, next to the details of its code. */
export interface TinmanErrorOptions {
  /** The fix, in the words of somebody who is told it. */
  readonly hint?: string | undefined;
  /** What led to this error. */
  readonly cause?: unknown;
}

/** Any failure that tinman reports: `code` is stable and meant for programs, the message is meant for people. */
export class TinmanError<Code extends ErrorCode = ErrorCode> extends Error {
  /** The name of the error class, for output. */
  override readonly name = "TinmanError";
  /** The stable name of this kind of failure; `tinman explain CODE` says more. */
  readonly code: Code;
  /** Facts about this failure, by code. */
  readonly details: ErrorDetails[Code];
  /** What to do about it. */
  readonly hint: string | undefined;

  /** Makes an error of the kind `code`. */
  constructor(code: Code, message: string, details: ErrorDetails[Code] & TinmanErrorOptions) {
    const { hint, cause, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = rest as unknown as ErrorDetails[Code];
    this.hint = hint;
  }

  /** Whether the same call can work later without a change. */
  get retriable(): boolean {
    return catalogue[this.code].retriable;
  }
}

/** Whether `error` is a {@linkcode TinmanError}, and of the kind `code` if one is given. Works across copies of tinman. */
export function isTinmanError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is TinmanError<Code> {
  if (!(error instanceof Error) || error.name !== "TinmanError" || !("code" in error)) return false;
  return code === undefined || error.code === code;
}
