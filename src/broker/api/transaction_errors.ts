import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";

/** Clients of versions before `since` know no other word for a producer that was shut out (KIP-588). */
export function spoken(error: ErrorNumber, version: number, { since }: { readonly since: number }): ErrorNumber {
  return error === ERROR.PRODUCER_FENCED && version < since ? ERROR.INVALID_PRODUCER_EPOCH : error;
}
