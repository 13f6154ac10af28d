import { crc32 } from "../bytes/mod.ts";

const utf8 = new TextEncoder();

// File systems take 255 bytes; suffixes and the names of temporary files need some of them.
const MAX_NAME_BYTES = 120;

/** The ending of the files that hold the frames of a channel. */
export const LOG_SUFFIX = ".blog";

/** The index that belongs to a log: `a.idx` to `a.blog`. */
export function indexPathOf(logPath: string): string {
  return (logPath.endsWith(LOG_SUFFIX) ? logPath.slice(0, -LOG_SUFFIX.length) : logPath) + ".idx";
}

/**
 * The name of the log file of a channel, in a folder that already has the files `taken`. Letters, digits, `_`, `-` and
 * inner dots stay, everything else is percent-encoded, long names are cut and get a checksum. A name that differs from
 * one in `taken` by nothing or by upper and lower case alone gets a number, because many file systems take them for one.
 */
export function logFileName(channel: string, taken: Iterable<string> = []): string {
  const stem = escapeName(channel);
  const lower = new Set([...taken].map((name) => name.toLowerCase()));
  let name = stem + LOG_SUFFIX;
  for (let n = 2; lower.has(name.toLowerCase()); n++) name = `${stem}-${n}${LOG_SUFFIX}`;
  return name;
}

/** The channel that a file stands for, when nothing inside says so. The Python original does not escape names. */
export function channelOfFile(file: string, format: "tinman" | "python" | "raw" | "mcap"): string {
  const stem = file.endsWith(LOG_SUFFIX) ? file.slice(0, -LOG_SUFFIX.length) : file;
  if (format === "python") return stem;
  try {
    return decodeURIComponent(stem);
  } catch {
    return stem;
  }
}

/** A name as a safe name of a file or folder: never a path, never hidden, never too long. */
export function escapeName(channel: string): string {
  let escaped = "";
  for (const char of channel) {
    const plain = /[A-Za-z0-9_-]/.test(char) || char === "." && escaped !== "";
    escaped += plain ? char : percentEncode(char);
  }
  // Windows opens a device when a file is called so, whatever its ending is.
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(escaped)) escaped = percentEncode(escaped[0]!) + escaped.slice(1);
  if (escaped.length <= MAX_NAME_BYTES) return escaped === "" ? "%" : escaped;
  const sum = crc32(utf8.encode(channel)).toString(16).padStart(8, "0");
  return `${escaped.slice(0, MAX_NAME_BYTES - 9).replace(/%.?$/, "")}-${sum}`;
}

function percentEncode(text: string): string {
  return Array.from(utf8.encode(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
