// C0, DEL, C1, soft hyphen, what has no width, the bidirectional marks and overrides, the two Unicode line ends, tags.
const HOSTILE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/**
 * `text` without anything that a terminal would obey: names and values come from recordings and plugins, and these may
 * come from anybody. Control characters become visible escapes, `\x1b` or `\u202e`.
 */
export function clean(text: string): string {
  return text.replace(HOSTILE, (char) => {
    const code = char.codePointAt(0)!;
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (code < 256) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** As {@linkcode clean} for text that is JSON already: it stays the same JSON. */
export function cleanJson(json: string): string {
  return json.replace(
    HOSTILE,
    (char) => char.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  );
}

/**
 * A text from outside in one short line, as {@linkcode clean} has it, such as the reason that a plugin gives. At most `max`
 * characters.
 */
export function plainText(text: string, max = 120): string {
  // No more is looked at than can be shown.
  const cleaned = [...clean(text.slice(0, max * 2 + 2).toWellFormed())];
  return cleaned.length <= max ? cleaned.join("") : `${cleaned.slice(0, max - 1).join("")}…`;
}
