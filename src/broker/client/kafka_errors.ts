import { TinmanError } from "../../errors/mod.ts";
import { ERROR } from "../protocol/error_codes.ts";

/** Errors after which the same request may succeed once it has found out anew who serves it. */
const PASSING: ReadonlySet<number> = new Set([5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 27, 41, 51, 74, 75, 100]);

/** Whether a request may be asked again. */
export function isPassing(error: number): boolean {
  return PASSING.has(error);
}

/** What a broker's error number means to somebody who uses a queue. `doing`: `produce to t/0`. */
export function brokerError(error: number, doing: string, message?: string | null): TinmanError {
  const name = Object.entries(ERROR).find(([, number]) => number === error)?.[0] ?? `error ${error}`;
  const text = `Cannot ${doing}: the broker says ${name}${message ? ` (${message})` : ""}`;
  switch (error) {
    case ERROR.INVALID_TOPIC:
    case ERROR.INVALID_PARTITIONS:
    case ERROR.INVALID_REPLICATION_FACTOR:
    case ERROR.INVALID_CONFIG:
      return new TinmanError("CONFIG", text, {});
    case ERROR.UNKNOWN_TOPIC_OR_PARTITION:
    case ERROR.UNKNOWN_TOPIC_ID:
      return new TinmanError("NOT_FOUND", text, { kind: "topic or partition", id: doing.split(" ").at(-1)! });
    case ERROR.MESSAGE_TOO_LARGE:
      return new TinmanError("TOO_LARGE", text, {
        limit: NaN,
        actual: NaN,
        hint: "raise max.message.bytes of the topic: tinman broker configure TOPIC --set max.message.bytes=…",
      });
    case ERROR.TOPIC_ALREADY_EXISTS:
      return new TinmanError("EXISTS", text, { path: doing });
  }
  const hint = HINTS[error];
  return new TinmanError(isPassing(error) ? "UNAVAILABLE" : "BROKER", text, { what: doing, number: error, hint });
}

/** What to do about errors whose name does not say it. */
const HINTS: Readonly<Record<number, string>> = {
  [ERROR.UNKNOWN_MEMBER_ID]: "the group has members, who commit themselves; stop them first",
  [ERROR.TOPIC_AUTHORIZATION_FAILED]: "a topic that is served from a recording is read-only",
  [ERROR.NON_EMPTY_GROUP]: "the group has members; stop them first",
  [ERROR.INVALID_RECORD]: "a topic with cleanup.policy=compact takes no record without a key",
  [ERROR.SECURITY_DISABLED]: "this broker keeps no access lists",
};
