/**
 * One NMEA 0183 sentence and its text:
 *
 * ```text
 * $ GP GGA , field , field … * hh CR LF      hh: all characters between $ and *, joined by XOR, in hexadecimal
 * $ P  GRMZ , …                              a maker's own sentence: the talker is P
 * ! AI VDM , …                               encapsulated, such as AIS
 * ```
 *
 * A reserved character inside a field is written as ^hh (NMEA 0183 version 3).
 */
export interface Sentence {
  readonly start: "$" | "!";
  /** Who speaks: GP, GL, GN, …; P for a maker's own sentence. */
  readonly talker: string;
  /** What is said: GGA, RMC, … */
  readonly type: string;
  readonly fields: readonly string[];
}

/** The standard allows 82; receivers with many satellites and tag blocks send more. */
export const MAX_LINE = 1024;

/** The sentence in a line, or why there is none in it. A tag block in front (`\s:…*hh\`) is passed over. */
export function parseSentence(
  line: string,
  { checksum = "required" }: { readonly checksum?: "required" | "optional" } = {},
): Sentence | string {
  if (line.length > MAX_LINE) return `it is longer than ${MAX_LINE} characters`;
  const text = line.replace(/^\\[^\\]*\\/, "").trim();
  const found = /^([$!])([\x20-\x29\x2b-\x7e]*)(?:\*(.*))?$/.exec(text);
  if (found === null) return `it is not of the form $…*hh`;
  const [, start, body, sum] = found as unknown as [string, "$" | "!", string, string | undefined];
  if (sum === undefined && checksum === "required") return "it has no checksum";
  if (sum !== undefined && sum.toUpperCase() !== checksumOf(body)) {
    return `its checksum is ${sum.slice(0, 8)}, its characters have ${checksumOf(body)}`;
  }
  const [address = "", ...fields] = body.split(",");
  const split = /^(P(?=[A-Z])|[A-Z]{2})([A-Z0-9]{2,})$/.exec(address);
  if (split === null) return `it begins with "${address.slice(0, 12)}", not with a talker and a type`;
  return { start, talker: split[1]!, type: split[2]!, fields: fields.map(unescape) };
}

/** The line of a sentence, with its checksum and CR LF. Throws when a part is not of an NMEA sentence. */
export function formatSentence({ start, talker, type, fields }: Sentence): string {
  if (start !== "$" && start !== "!") {
    throw new TypeError(`Cannot write sentence: it starts with "${start}", not $ or !`);
  }
  const address = `${talker}${type}`;
  const again = /^(P(?=[A-Z])|[A-Z]{2})([A-Z0-9]{2,})$/.exec(address);
  if (again === null || again[1] !== talker) {
    throw new TypeError(`Cannot write sentence: talker "${talker}" and type "${type}" do not make an address`);
  }
  const body = [address, ...fields.map(escape)].join(",");
  const line = `${start}${body}*${checksumOf(body)}\r\n`;
  if (line.length > MAX_LINE) throw new RangeError(`Cannot write sentence: it is longer than ${MAX_LINE} characters`);
  return line;
}

/** The XOR of all characters, as two hexadecimal digits. */
export function checksumOf(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum ^= body.charCodeAt(i);
  return sum.toString(16).toUpperCase().padStart(2, "0");
}

function escape(field: string): string {
  return Array.from(field, (each) => {
    const code = each.charCodeAt(0);
    if (code > 0xff) throw new TypeError(`Cannot write sentence: "${each}" is not a character of NMEA 0183`);
    const reserved = code < 0x20 || code > 0x7d || "!$*,\\^".includes(each);
    return reserved ? `^${code.toString(16).toUpperCase().padStart(2, "0")}` : each;
  }).join("");
}

function unescape(field: string): string {
  return field.replace(/\^([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}
