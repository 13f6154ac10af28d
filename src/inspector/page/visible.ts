// As `clean()` of the command line has it, which no browser can load, and the letters of no width that look like nothing.
// Joiners belong into words of many scripts and into emoji, and into nothing that is ASCII.
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])/gu;

/**
 * `text` with an escape, `\x1b` or `\u202e`, for each character that is not seen or turns others around: two names that
 * differ look different. Lines and tabs are kept where `keepsLines`.
 */
export function visible(text: string, { keepsLines = false }: { readonly keepsLines?: boolean } = {}): string {
  const escaped = text.replace(HIDDEN, escape);
  return keepsLines ? escaped : escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function escape(char: string): string {
  const code = char.codePointAt(0)!;
  if (code < 256) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}
