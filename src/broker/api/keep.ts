import { isTinmanError } from "../../errors/mod.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";

/** Does something that has to be kept, and says how that went: what the disk does not take is an answer like others. */
export function keep(
  action: () => void,
  error: ErrorNumber = ERROR.KAFKA_STORAGE_ERROR,
): ErrorNumber {
  try {
    action();
    return ERROR.NONE;
  } catch (thrown) {
    if (!isTinmanError(thrown, "WRITE_FAILED")) throw thrown;
    return error;
  }
}
