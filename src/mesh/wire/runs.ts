import { TinmanError } from "../../errors/mod.ts";
import { SIGNATURE_BYTES } from "../device.ts";
import type { MeshEvent } from "../event.ts";
import { MAX_RUN_EVENTS } from "../check_run.ts";
import type { Run } from "../run.ts";
import { Coder, MAX_TABLE_BITS, MIN_TABLE_BITS, mix } from "./coder.ts";
import { EventModel, type FeedState } from "./events.ts";
import { codeBytes, codeWhole } from "./numbers.ts";

/** What both sides of a contact know, so that it need not be said. */
export interface RunContext {
  /** Devices, in an order that both have agreed on. */
  readonly devices: readonly string[];
  /**
   * Events that the reader has: the last `count` of a history below `from`, fewer at its beginning, whose last id begins
   * with `after`. Undefined when they are not there, or not whole.
   */
  before(place: RunPlace, count: number): readonly MeshEvent[] | undefined;
  /** Where the reader has asked for a device to begin. */
  asked(device: string): Omit<RunPlace, "device"> | undefined;
}

/** Where a run begins. */
export type RunPlace = Pick<Run, "device" | "from" | "after">;

/** The cause of the error when runs hang on events that the reader does not have, or not whole. */
export class MissingContext extends RangeError {}

/** Limits of {@linkcode decodeRuns}. */
export interface DecodeRunsOptions {
  /** What the writer took to be known. */
  readonly context?: RunContext | undefined;
  /** Most events. @default {65536} */
  readonly maxEvents?: number;
  /** Roughly most bytes of memory. @default {67108864} */
  readonly maxBytes?: number;
}

/**
 * Runs in their compact form: what can be guessed from what came before takes next to nothing. With `context` that
 * includes what the reader had before. For runs whose events fit their kinds; others may be an error.
 */
export function encodeRuns(
  runs: readonly Run[],
  { context }: { readonly context?: RunContext | undefined } = {},
): Uint8Array {
  const count = runs.reduce((sum, { events }) => sum + events.length, 0);
  const head = VERSION << 4 | tableBitsFor(count, context) - MIN_TABLE_BITS;
  const coder = new Coder("write", { tableBits: (head & 15) + MIN_TABLE_BITS });
  codeRuns(coder, { runs, context, maxEvents: Infinity, maxBytes: Infinity });
  const body = coder.finish();
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = head;
  bytes.set(body, 1);
  return bytes;
}

/**
 * What {@linkcode encodeRuns} wrote. Nothing of it is checked yet but its form.
 *
 * @throws {TinmanError} `PROTOCOL` when it is something else, more than the limits, or needs another context.
 */
export function decodeRuns(bytes: Uint8Array, options: DecodeRunsOptions = {}): Run[] {
  const { context, maxEvents = 65_536, maxBytes = 64 * 1024 * 1024 } = options;
  try {
    if (bytes.length < 2 || bytes[0]! >>> 4 !== VERSION) throw new RangeError("they have another form");
    const tableBits = (bytes[0]! & 15) + MIN_TABLE_BITS;
    if (tableBits > MAX_TABLE_BITS) throw new RangeError("they need more memory than is allowed");
    const coder = new Coder("read", { tableBits, bytes: bytes.subarray(1) });
    const runs = codeRuns(coder, { runs: undefined, context, maxEvents, maxBytes });
    coder.end();
    return runs;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TinmanError("PROTOCOL", `Cannot read events: ${cause.message}`, { protocol: "mesh", cause });
  }
}

/** One run in a form that needs nothing else to be read. */
export function encodeRun(run: Run): Uint8Array {
  return encodeRuns([run]);
}

/** What {@linkcode encodeRun} wrote. @throws {TinmanError} `PROTOCOL` when it is something else. */
export function decodeRun(bytes: Uint8Array): Run {
  const [run, ...others] = decodeRuns(bytes, { maxEvents: MAX_RUN_EVENTS });
  if (run !== undefined && others.length === 0) return run;
  throw new TinmanError("PROTOCOL", "Cannot read events: they are not one run", { protocol: "mesh" });
}

interface Coding {
  /** Undefined when they are read. */
  readonly runs: readonly Run[] | undefined;
  readonly context: RunContext | undefined;
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Places of all runs, then what both know of them, then their events and signatures. */
function codeRuns(coder: Coder, { runs, context, maxEvents, maxBytes }: Coding): Run[] {
  const model = new EventModel(coder, { devices: context?.devices ?? [], maxUnits: maxBytes });
  const count = codeWhole(coder, HEAD, runs?.length ?? 0);
  if (count > maxEvents) throw new RangeError(`there are ${count} runs`);
  const heads: Head[] = [];
  const devices = new Set<string>();
  for (let i = 0, events = 0; i < count; i++) {
    const head = codeHead(coder, model, { run: runs?.[i], before: heads.at(-1), context, devices });
    devices.add(head.device);
    events += head.count;
    if (head.count < 1 || events > maxEvents) throw new RangeError(`there are ${events} events`);
    heads.push(head);
  }
  const states = learn(coder, model, heads, context);
  return heads.map((head, i): Run => {
    const run = runs?.[i];
    const isNext = i > 0 && heads[i - 1]!.device === head.device &&
      heads[i - 1]!.from + heads[i - 1]!.count === head.from;
    const state = isNext ? states[i - 1]! : states[i] ?? newState(states[i - 1]?.wallMs);
    states[i] = state;
    const events: MeshEvent[] = [];
    for (let at = 0; at < head.count; at++) {
      const event = model.event(state, run?.events[at]);
      if (run === undefined) events.push(event);
    }
    const signature = codeBytes(coder, run?.signature, SIGNATURE_BYTES);
    return run ?? { device: head.device, from: head.from, after: head.after, events, signature };
  });
}

interface Head extends RunPlace {
  readonly count: number;
  readonly isPrimed: boolean;
}

interface HeadCoding {
  readonly run: Run | undefined;
  readonly before: Head | undefined;
  readonly context: RunContext | undefined;
  /** Of the runs before it. */
  readonly devices: ReadonlySet<string>;
}

function codeHead(coder: Coder, { values }: EventModel, { run, before, context, devices }: HeadCoding): Head {
  values.spend(128);
  const device = values.device(mix(HEAD, 1), run?.device ?? "");
  const asked = context?.asked(device);
  const isAsked = context !== undefined &&
    coder.bit(mix(HEAD, 2), asked !== undefined && isAt(run, asked) ? 1 : 0) === 1;
  if (isAsked && asked === undefined) throw new RangeError("nobody has asked for a run");
  const { from, after } = isAsked ? asked! : codePlace(coder, run, before);
  const count = codeWhole(coder, mix(HEAD, 5), run?.events.length ?? 0);
  const place = { device, from, after };
  // What a second run of a device hangs on may have come with the first, so the reader does not have it yet.
  const isPrimed = context !== undefined && !devices.has(device) &&
    coder.bit(mix(HEAD, 6), run !== undefined && context.before(place, 1) !== undefined ? 1 : 0) === 1;
  return { ...place, count, isPrimed };
}

function isAt(run: RunPlace | undefined, { from, after }: Omit<RunPlace, "device">): boolean {
  return run?.from === from && run.after === after;
}

function codePlace(coder: Coder, run: RunPlace | undefined, before: RunPlace | undefined): Omit<RunPlace, "device"> {
  const isSame = coder.bit(mix(HEAD, 3), run?.from === before?.from ? 1 : 0) === 1;
  const from = isSame && before !== undefined ? before.from : codeWhole(coder, mix(HEAD, 4), run?.from ?? 0);
  // Before each first event is the id of the dataset.
  const isGuessed = from === 1 && before?.from === 1 &&
    coder.bit(mix(HEAD, 7), run?.after === before.after ? 1 : 0) === 1;
  return { from, after: isGuessed ? before.after : coder.direct(32, run?.after ?? 0) };
}

/** Goes through events that both have, as if they had been sent. */
function learn(
  coder: Coder,
  model: EventModel,
  heads: readonly Head[],
  context?: RunContext,
): (FeedState | undefined)[] {
  const { mode } = coder;
  const primed = heads.filter(({ isPrimed }) => isPrimed).length;
  const each = Math.max(Math.min(MAX_LEARNT_OF_FEED, Math.floor(MAX_LEARNT / primed)), MIN_LEARNT_OF_FEED);
  coder.mode = "learn";
  const states = heads.map((head): FeedState | undefined => {
    if (!head.isPrimed) return undefined;
    const known = context!.before(head, each);
    if (known === undefined) throw new MissingContext("they hang on events that are not here");
    const state = newState(known[0]?.wallMs);
    for (const event of known) model.event(state, event);
    return state;
  });
  coder.mode = mode;
  return states;
}

function newState(wallMs = 0): FeedState {
  return { wallMs, counter: 0, deed: undefined, record: "" };
}

const VERSION = 1;
const HEAD = 0x68656164;
const MAX_LEARNT_OF_FEED = 256;
const MIN_LEARNT_OF_FEED = 16;
const MAX_LEARNT = 4096;

/** Few events do not fill a large table, and clearing it takes time. */
function tableBitsFor(events: number, context: RunContext | undefined): number {
  const bits = 32 - Math.clz32(events * 32 + (context === undefined ? 0 : 32_768));
  return Math.min(Math.max(bits, 12), MAX_TABLE_BITS);
}
