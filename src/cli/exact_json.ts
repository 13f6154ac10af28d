import { TinmanError } from "../errors/mod.ts";

/**
 * Reads JSON that is kept. A number that would be kept as another one is refused: a whole one beyond 2^53 - 1, one that is
 * too large for any number here, or so small that it would be 0.
 *
 * @throws {SyntaxError} when it is none; {TinmanError} `CONFIG` for such a number: what it was read `to` do cannot be done.
 */
export function parseExactJson(text: string, { to }: { readonly to: string }): unknown {
  return JSON.parse(text, (_name: string, value: unknown, { source }: { source?: string } = {}) => {
    if (typeof value === "number" && source !== undefined && !isKept(value, source)) throw unkept(value, source, to);
    return value;
  });
}

function isKept(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (value === 0) return !/[1-9]/.test(source.split(/e/i)[0]!);
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(source)) return true;
  // What programs write of a number that large is the shortest that gives it.
  return [BigInt(value), shortest(value)].includes(BigInt(source));
}

/** The whole number that a large one is shown as: 10^23 for 1e+23. */
function shortest(value: number): bigint {
  const [digits = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  return BigInt(whole + fraction.padEnd(Number(exponent), "0"));
}

function unkept(value: number, source: string, to: string): TinmanError<"CONFIG"> {
  const number = source.slice(0, 40);
  const why = Number.isFinite(value) ? `would be kept as ${value}` : "is too large for a number";
  return new TinmanError("CONFIG", `Cannot ${to}: ${number} ${why}`, { hint: `write it as text: "${number}"` });
}
