import { isTinmanError, plainText } from "../../errors/mod.ts";
import { eventValue, type OriginalEvent, readOriginalEvent } from "./event.ts";
import { writeJson } from "./write_json.ts";

/** What {@linkcode readOriginalLog} found in a log. */
export interface OriginalLog {
  /** All whole events with a true id, each once, in the order of the file; both branches of a fork. */
  readonly events: readonly OriginalEvent[];
  /** All that is not as it was written, by line. */
  readonly problems: readonly OriginalLogProblem[];
  /** Where the last whole line ends, in bytes. What follows is the torn end of a write that was cut off. */
  readonly wholeBytes: number;
}

/** One thing that is wrong in a log. */
export interface OriginalLogProblem {
  /** The line, from 1. */
  readonly line: number;
  /** Where that line begins, in bytes. */
  readonly at: number;
  /**
   * `torn`: the last line was cut off while it was written. `damaged`: a line is no event, or not the one that its id
   * names. `glued`: a whole event follows a torn one in the same line; it was kept. `unended`: the last event is whole and
   * its line has no end, so the original would glue the next one to it. `repeated`: the same event again. `fork`: another
   * event has the same place in the feed. `broken`: the event before it is not the one that it names. `gap`: the event
   * before it is missing; the original would leave it out.
   */
  readonly kind: "torn" | "damaged" | "glued" | "unended" | "repeated" | "fork" | "broken" | "gap";
  /** The same for people. */
  readonly message: string;
}

/** How many beginnings of an event are tried in a line that is none. */
const MAX_TRIES = 16;
const START = '{"a":';

/**
 * Reads the log of the original, JSON lines in the order of arrival. Whatever is wrong with a line, all others are read.
 * The ids and the chain are checked, which the original does not.
 */
export function readOriginalLog(bytes: Uint8Array): OriginalLog {
  const events: Placed[] = [];
  const problems: OriginalLogProblem[] = [];
  let wholeBytes = 0;
  for (const line of splitLines(bytes)) {
    const say = (kind: OriginalLogProblem["kind"], message: string) =>
      problems.push({ line: line.number, at: line.at, kind, message });
    const found = readLine(line.bytes);
    if (found === undefined) {
      if (line.isEnded) wholeBytes = line.end;
    } else if ("problem" in found) {
      if (line.isEnded) say("damaged", found.problem);
      else say("torn", `the file ends ${line.bytes.length} bytes into an event`);
      if (line.isEnded) wholeBytes = line.end;
    } else {
      if (found.skipped > 0) say("glued", `${found.skipped} characters of a torn event come before a whole one`);
      if (!line.isEnded) say("unended", "the last line has no end");
      wholeBytes = line.end;
      events.push({ event: found.event, line: line.number, at: line.at });
    }
  }
  const { kept, chain } = checkChain(events);
  return { events: kept, problems: [...problems, ...chain].sort((a, b) => a.line - b.line), wholeBytes };
}

/** One line of a log that the original loads, with its end. Lines go in an order in which each feed is in its own. */
export function writeOriginalLine(event: OriginalEvent): string {
  return `${writeJson(eventValue(event), { spaced: true })}\n`;
}

interface Placed {
  readonly event: OriginalEvent;
  readonly line: number;
  readonly at: number;
}

interface Line {
  readonly number: number;
  readonly at: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly isEnded: boolean;
}

/** Lines as Python splits them: a line ends with LF, CR or both. */
function* splitLines(bytes: Uint8Array): Generator<Line> {
  const [lf, cr] = [0x0a, 0x0d];
  let at = 0;
  for (let number = 1; at < bytes.length; number++) {
    let end = at;
    while (end < bytes.length && bytes[end] !== lf && bytes[end] !== cr) end++;
    const isEnded = end < bytes.length;
    const next = end + (bytes[end] === cr && bytes[end + 1] === lf ? 2 : isEnded ? 1 : 0);
    yield { number, at, end: next, bytes: bytes.subarray(at, end), isEnded };
    at = next;
  }
}

type Found = { readonly event: OriginalEvent; readonly skipped: number } | { readonly problem: string };

/** Undefined for an empty line. */
function readLine(bytes: Uint8Array): Found | undefined {
  const problem = tryRead(bytes);
  if (typeof problem !== "string") return { event: problem, skipped: 0 };
  // Logs are ASCII; anything else in a torn line is of no use but as a place to skip.
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.trim() === "") return undefined;
  for (
    let at = text.indexOf(START, 1), tries = 0;
    at > 0 && tries < MAX_TRIES;
    at = text.indexOf(START, at + 1), tries++
  ) {
    const event = tryRead(bytes.subarray(at));
    if (typeof event !== "string") return { event, skipped: at };
  }
  return { problem };
}

function tryRead(bytes: Uint8Array): OriginalEvent | string {
  try {
    return readOriginalEvent(bytes);
  } catch (error) {
    if (!isTinmanError(error, "PROTOCOL")) throw error;
    return error.message;
  }
}

function checkChain(placed: readonly Placed[]): { kept: OriginalEvent[]; chain: OriginalLogProblem[] } {
  const chain: OriginalLogProblem[] = [];
  const byId = new Map<string, OriginalEvent>();
  const bySlot = new Map<string, OriginalEvent>();
  const fresh: Placed[] = [];
  for (const { event, line, at } of placed) {
    const slot = slotOf(event.author, event.seq);
    if (byId.has(event.id)) {
      chain.push({ line, at, kind: "repeated", message: `${name(event)} is there twice` });
      continue;
    }
    const other = bySlot.get(slot);
    if (other !== undefined) {
      const message = `${name(event)} is ${event.id} here and ${other.id} before: two devices wrote as ${
        plainText(event.author, 40)
      }`;
      chain.push({ line, at, kind: "fork", message });
    } else bySlot.set(slot, event);
    byId.set(event.id, event);
    fresh.push({ event, line, at });
  }
  // Only now, as a log that was put together from others may have the later event first.
  for (const { event, line, at } of fresh) {
    const before = byId.get(event.prev);
    if (event.seq === 1 || (before?.author === event.author && before.seq === event.seq - 1)) continue;
    if (bySlot.has(slotOf(event.author, event.seq - 1))) {
      chain.push({
        line,
        at,
        kind: "broken",
        message: `${name(event)} names ${event.prev} before it, which is not here`,
      });
    } else chain.push({ line, at, kind: "gap", message: `${name(event)} is here, and the one before it is not` });
  }
  return { kept: fresh.map(({ event }) => event), chain };
}

function slotOf(author: string, seq: number): string {
  return `${seq} ${author}`;
}

function name({ author, seq }: OriginalEvent): string {
  return `event ${seq} of ${plainText(author, 40)}`;
}
