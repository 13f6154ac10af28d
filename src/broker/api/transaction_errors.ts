import { isTinmanError } from "../../errors/mod.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";

/** Clients of versions before `since` know no other word for a producer that was shut out (KIP-588). */
export function spoken(error: ErrorNumber, version: number, { since }: { readonly since: number }): ErrorNumber {
  return error === ERROR.PRODUCER_FENCED && version < since ? ERROR.INVALID_PRODUCER_EPOCH : error;
}

/** What is answered, when that could be kept; else that the client may ask again. */
export function kept<T>(answer: () => T): T | typeof ERROR.COORDINATOR_NOT_AVAILABLE {
  try {
    return answer();
  } catch (error) {
    if (!isTinmanError(error, "WRITE_FAILED")) throw error;
    return ERROR.COORDINATOR_NOT_AVAILABLE;
  }
}
