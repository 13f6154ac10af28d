import { daysOfText, type Moment } from "./dates.ts";
import { plainNumber, readNumber } from "./number_text.ts";

/** A value of XPath 1.0; a set of nodes is the texts in them. */
export type XValue = string | number | boolean | readonly string[];

/** As text; of a set, its first node. */
export function toText(value: XValue): string {
  if (typeof value === "object") return value[0] ?? "";
  return typeof value === "number" ? plainNumber(value) : String(value);
}

/** As a number: a date is its days since 1970-01-01, what is none is `NaN`. */
export function toNumber(value: XValue, moment: Moment): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = toText(value).trim();
  return readNumber(text) ?? daysOfText(text, moment) ?? NaN;
}

/** Whether it counts as true: a number that is not 0, a text or a set that is not empty. */
export function truth(value: XValue): boolean {
  if (typeof value === "object") return value.length > 0 && (value.length > 1 || value[0] !== "");
  if (typeof value === "number") return value !== 0 && !Number.isNaN(value);
  return value === true || (typeof value === "string" && value !== "");
}
