/** A number in digits, never with an exponent, the shortest that reads back as the same; `NaN` and `Infinity` by name. */
export function plainNumber(value: number): string {
  const text = String(value === 0 ? 0 : value);
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign, first, rest = "", power] = found;
  const digits = first! + rest;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}

/** The number in `text`, written in digits with at most one point; undefined for all else, `1e5` and `1_000` among it. */
export function readNumber(text: string): number | undefined {
  if (text.length > 400 || !/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  return value === 0 ? 0 : value;
}
