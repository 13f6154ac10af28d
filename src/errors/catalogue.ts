import type { ErrorDetails } from "./error.ts";

/** Everything `tinman explain` and the exit code need to know about one kind of failure. */
export interface ErrorEntry {
  /** The number shown in `error[E2104]`. */
  readonly number: string;
  /** What the command line exits with. */
  readonly exit: number;
  /** Whether the same call can work later without a change. */
  readonly retriable: boolean;
  /** One line. */
  readonly title: string;
  /** What happened and what to do, for `tinman explain`. */
  readonly explanation: string;
}

const entry = (number: string, exit: number, retriable: boolean, title: string, explanation: string): ErrorEntry => ({
  number,
  exit,
  retriable,
  title,
  explanation,
});

/** Every kind of failure, by its stable code. Numbers are never used twice, also not after one is retired. */
export const catalogue: Readonly<Record<ErrorCode, ErrorEntry>> = {
  USAGE: entry(
    "E1001",
    2,
    false,
    "The command was called in a way it does not understand",
    "A flag or argument is unknown, missing or out of range. Run the command with --help to see what it takes.",
  ),
  CONFIG: entry(
    "E1002",
    2,
    false,
    "A configuration value cannot be used",
    "The message names the value and what would be right. Nothing was started.",
  ),
  MODULE: entry(
    "E1003",
    2,
    false,
    "A module with nodes cannot be loaded",
    "A graph file exports nodes, a list of nodes, a Graph, or a function without parameters that returns one of them. " +
      "`file.ts:a,b` picks exports by name. `tinman check FILE` says what it found.",
  ),
  GRAPH: entry(
    "E2104",
    2,
    false,
    "The graph cannot start",
    "Each channel has exactly one producer, each input has a producer (a node or a recording), a cycle is declared with " +
      "`.with({ feedback: true })`, and a producer and its consumers agree on the codec. Nothing was started.",
  ),
  NODE: entry(
    "E2201",
    1,
    false,
    "A node failed",
    "A node threw. The other nodes were stopped and the recording was closed whole; the cause is the node's own error.",
  ),
  PLUGIN: entry(
    "E2203",
    1,
    false,
    "A plugin failed",
    "A plugin threw, crashed, hung or took more than its limits. It was ended alone: what runs beside it, the recording " +
      "first of all, goes on. The message names the plugin; the cause is its own error.",
  ),
  PROCESSOR: entry(
    "E2204",
    1,
    false,
    "A processor failed",
    "A processor of an event pipeline threw, and was not told to skip the event or to try again (`onError`). What it had " +
      "emitted for this event is not on its way; the run ended there. The cause is the processor's own error.",
  ),
  DEADLOCK: entry(
    "E2202",
    1,
    false,
    "Nothing can go on",
    "Every node waits for another one. Usually a node declares an input that it never reads, so its producer waits for " +
      "room: read the input, leave the loop, or remove it from `in`.",
  ),
  CODEC: entry(
    "E3101",
    5,
    false,
    "A value or a frame does not fit its codec",
    "The message names the codec, the channel and the frame. The bytes can still be read: `tinman log cat --raw`.",
  ),
  CODEC_UNKNOWN: entry(
    "E3102",
    3,
    false,
    "A recording names a codec that is not here",
    "Codecs are looked up by name and never taken from a recording. Add the plugin that provides the codec; until then " +
      "the frames can be read as bytes with `tinman log cat --raw`.",
  ),
  CORRUPT_LOG: entry(
    "E3201",
    5,
    false,
    "Bytes on disk are not what was written",
    "A block does not have the checksum in its index, or a frame ends early. `tinman log verify` lists what is damaged, " +
      "`tinman log recover` writes what is whole to a new recording. The damaged one is left as it is.",
  ),
  FOREIGN_LOG: entry(
    "E3202",
    5,
    false,
    "This is not a recording that tinman can read",
    "A recording is a folder with recording.json and .blog files, or a folder of .blog files of the Python original.",
  ),
  INTEGRITY: entry(
    "E3204",
    5,
    false,
    "Bytes are not those that were allowed",
    "A plugin runs only from the very bytes that were added: tinman.lock holds their hashes. Look at what changed; if the " +
      "change is wanted, add the plugin again with `tinman plugin add`, and its grants are asked for again where they differ.",
  ),
  CORRUPT_STORE: entry(
    "E3205",
    5,
    false,
    "A store on disk cannot be read",
    "The file is no store of tinman, or its bytes are not what was written. A cache may be deleted: what was in it is built " +
      "again. Nothing was changed in the file.",
  ),
  WRITE_FAILED: entry(
    "E3203",
    1,
    true,
    "Writing failed",
    "The disk is full or was removed. What was flushed before is whole; free some space and record again.",
  ),
  TOO_LARGE: entry(
    "E3301",
    1,
    false,
    "Something is larger than its limit",
    "Every queue, frame and message has a limit, so that a flipped bit or a hostile peer cannot take all memory. " +
      "The message names the option that raises the limit.",
  ),
  CLOSED: entry("E3401", 1, false, "Used after it was closed", "A channel, a log or a run was used after its end."),
  STOPPED: entry("E3402", 0, false, "Stopped on request", "The run was asked to stop; sources end, the rest drains."),
  NOT_FOUND: entry("E4001", 3, false, "Not there", "The file, channel, recording or node that was named is not there."),
  OUT_OF_RANGE: entry(
    "E4003",
    3,
    false,
    "An offset is not kept",
    "It was deleted, or nothing was written there yet. The message says what is kept: go on at the earliest or latest " +
      "offset.",
  ),
  EXISTS: entry("E4002", 2, false, "Already there", "Nothing is overwritten. Name another place or remove it first."),
  DENIED: entry(
    "E4101",
    4,
    false,
    "Not allowed",
    "A permission or grant is missing; the message says which and how to give it.",
  ),
  UNAVAILABLE: entry(
    "E5001",
    7,
    true,
    "Not to be had now",
    "A port, a lock or a peer is busy or away. Try again later.",
  ),
  PROTOCOL: entry(
    "E5003",
    1,
    false,
    "The other end does not speak the protocol",
    "What came over a connection is not what its protocol says: cut off, too long, or something else altogether. The " +
      "connection was closed; nothing of the message was used.",
  ),
  BROKER: entry(
    "E5004",
    1,
    false,
    "A broker refused a request",
    "The message has Kafka's own name of the error, and what the broker said of it.",
  ),
  TIMEOUT: entry("E5002", 124, true, "It took too long", "A limit on time was reached; the message names it."),
  DIVERGED: entry(
    "E6001",
    6,
    false,
    "A replay gave something else than the recording",
    "`replay --verify` runs today's nodes on yesterday's inputs. The first frame that differs is shown with both values. " +
      "If the change is wanted, record again.",
  ),
};

/** The stable name of a kind of failure. */
export type ErrorCode = keyof ErrorDetails;

/** The entry with this code or number, in any case: `CORRUPT_LOG`, `E3201`, `e3201`. */
export function findEntry(codeOrNumber: string): (ErrorEntry & { readonly code: ErrorCode }) | undefined {
  const wanted = codeOrNumber.trim().toUpperCase();
  for (const [code, found] of Object.entries(catalogue) as [ErrorCode, ErrorEntry][]) {
    if (code === wanted || found.number === wanted) return { code, ...found };
  }
  return undefined;
}
