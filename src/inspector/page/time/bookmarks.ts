import { readSeconds, writeSeconds } from "./time_window.ts";

/** A place that somebody wants to find again. */
export interface Bookmark {
  readonly atNs: number;
  readonly label: string;
}

/** Most that fit an address. */
const MAX = 40;

/*
 * Bookmarks stand in the address and nowhere else: a recording is not changed by looking at it, they work with --read-only and
 * with files of other tools, and who gets the address sees them. `12.5~label`, with a comma between two.
 */

/** Those that an address has. */
export function readBookmarks(text: string): Bookmark[] {
  return text.split(",").slice(0, MAX).flatMap((part) => {
    const [at = "", label = ""] = part.split("~");
    const atNs = readSeconds(at);
    return atNs === undefined ? [] : [{ atNs, label: label.slice(0, 40) }];
  });
}

/** Bookmarks for an address. */
export function writeBookmarks(bookmarks: readonly Bookmark[]): string {
  return bookmarks.map(({ atNs, label }) => `${writeSeconds(atNs)}~${label}`).join(",");
}

/** With a place, or without it if it was there: within `nearNs`. Labels are counted up until somebody names them. */
export function toggleBookmark(bookmarks: readonly Bookmark[], atNs: number, nearNs: number): Bookmark[] {
  const left = bookmarks.filter((each) => Math.abs(each.atNs - atNs) > nearNs);
  if (left.length < bookmarks.length || bookmarks.length >= MAX) return left;
  const last = Math.max(0, ...bookmarks.map(({ label }) => Number(label) || 0));
  return [...bookmarks, { atNs, label: `${last + 1}` }].sort((a, b) => a.atNs - b.atNs);
}

/** What somebody calls a place, without what has a meaning in the address. */
export function cleanLabel(text: string): string {
  return text.replace(/[,~\p{C}]/gu, " ").trim().slice(0, 40);
}
