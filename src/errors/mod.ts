/**
 * One error class with a stable code. A message says what we tried, what is, and what should be; `hint` says the fix.
 *
 * @example Narrow an error by its code
 * ```ts
 * import { isTinmanError, TinmanError } from "tinman";
 *
 * const error: unknown = new TinmanError("CORRUPT_LOG", "Cannot read a.blog at byte 40", { path: "a.blog", at: 40 });
 * if (isTinmanError(error, "CORRUPT_LOG")) console.log(error.details.at); // 40
 * ```
 * @module
 */
export { catalogue, type ErrorCode, type ErrorEntry, findEntry } from "./catalogue.ts";
export { type ErrorDetails, isTinmanError, TinmanError, type TinmanErrorOptions } from "./error.ts";
export { clean, cleanJson, plainText } from "./plain_text.ts";
export { closest, didYouMean } from "./suggest.ts";
