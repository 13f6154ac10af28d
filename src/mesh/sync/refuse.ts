import { isTinmanError, TinmanError } from "../../errors/mod.ts";

/** Says that what a peer sent is not what a peer sends. */
export function refuse(reason: string): never {
  throw new RangeError(reason);
}

/**
 * Reads something that a peer sent.
 *
 * @throws {TinmanError} `PROTOCOL`, whatever was wrong with it.
 */
export function within<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isTinmanError(cause, "PROTOCOL") || !(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw new TinmanError("PROTOCOL", `Cannot read ${what}: ${cause.message}`, { protocol: "mesh", cause });
  }
}
