import { TinmanError } from "../errors/mod.ts";
import type { Recording } from "../log/mod.ts";
import type { ReplayOptions } from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { graceFlag, recordFlag } from "./commands/run.ts";
import { compressFlag, readCompress } from "./compress_flag.ts";
import type { Flags, FlagValues } from "./flags.ts";
import { inspectFlags } from "./inspect_flags.ts";
import { isKafkaUrl } from "./kafka_url.ts";
import { channelsFlag, rangeFlags, rangeOf, RECORDINGS } from "./recordings.ts";
import { parseTime, type TimeSpec } from "./time.ts";

/** The flags of `tinman replay`. */
export const replayFlags = {
  speed: {
    type: "string",
    short: "s",
    value: "X",
    summary: "A multiple of the recorded pace, or max (default max; 1 without FILE)",
  },
  ...rangeFlags,
  to: {
    type: "each",
    value: "TIME|URL",
    summary: "End before this time; or kafka://HOST:PORT[/PREFIX]: send the channels to topics (give both for both)",
  },
  loop: { type: "optional", value: "N", summary: "Play it N times, or for ever" },
  channels: channelsFlag,
  remap: { type: "list", value: "A=B", summary: "Feed recorded channel A into channel B of the graph" },
  verify: { type: "boolean", summary: "Compare all with what was recorded; exit 6 at the first difference" },
  record: recordFlag,
  compress: compressFlag,
  grace: graceFlag,
  only: { type: "list", value: "NODE", summary: "Run only these nodes" },
  sources: { type: "boolean", summary: "Run nodes without inputs too" },
  stats: { type: "boolean", summary: "Print a table of what went through each channel" },
  ...inspectFlags,
} as const satisfies Flags;

/** What they have become. */
export type ReplayFlags = FlagValues<typeof replayFlags>;

/** How a recording is replayed that these flags ask for. @throws {TinmanError} `USAGE` */
export function readReplayOptions(recording: Recording, { flags, path }: Context<ReplayFlags>): ReplayOptions {
  const { from, loop, channels, remap, verify, record, stats } = flags;
  if (verify) checkWhole(flags);
  const compress = readCompress(flags.compress, { place: record, fix: "--record=again.mcap --compress" });
  return {
    verify,
    stats,
    ...rangeOf(recording, { from, to: endOf(flags) }),
    ...(flags.speed !== undefined && { speed: readSpeed(flags.speed) }),
    ...(flags.grace !== undefined && { graceMs: flags.grace }),
    ...(loop !== undefined && { loop: loop === true ? true : readLoop(loop) }),
    ...(channels.length > 0 && { channels }),
    ...(remap.length > 0 && { remap: readRemap(remap) }),
    ...(record !== undefined && {
      record: { folder: path(record === true ? RECORDINGS : record), ...compress },
    }),
  };
}

/** The time that `--to` names, if it names one. */
export function endOf({ to }: ReplayFlags): TimeSpec | undefined {
  const times = to.filter((text) => !isKafkaUrl(text));
  if (times.length > 1) throw new TinmanError("USAGE", "Cannot replay to two times: --to is given twice", {});
  return times.length === 0 ? undefined : parseTime(times[0]!);
}

/** The speed that `--speed` names. @throws {TinmanError} `USAGE` */
export function readSpeed(text: string): number | "max" {
  if (text === "max") return text;
  const speed = Number(text.replace(/x$/, ""));
  if (text.trim() !== "" && speed > 0 && Number.isFinite(speed)) return speed;
  throw new TinmanError("USAGE", `Cannot replay at speed "${text}": it is a number above 0, or max`, {
    hint: "--speed 1 is the pace of life, --speed 0.5 half of it",
  });
}

/** Nodes keep state from the beginning of a run: without it, every comparison would differ. */
function checkWhole(flags: ReplayFlags): void {
  const partial = {
    "--from": flags.from !== undefined,
    "--to": endOf(flags) !== undefined,
    "--loop": flags.loop !== undefined && flags.loop !== "1",
    "--channels": flags.channels.length > 0,
  };
  const given = Object.entries(partial).flatMap(([name, isGiven]) => isGiven ? [name] : []);
  if (given.length === 0) return;
  const list = given.join(", ").replace(/, (?=[^,]*$)/, " and ");
  throw new TinmanError("USAGE", "Cannot verify a part of a recording: nodes keep state from its beginning", {
    argument: given[0]!,
    hint: `leave out ${list}; q or Ctrl-C ends it early, and says how it was so far`,
  });
}

function readLoop(text: string): number {
  const times = Number(text);
  if (Number.isSafeInteger(times) && times > 0) return times;
  throw new TinmanError("USAGE", `Cannot loop "${text}" times: it is a whole number from 1 up`, {
    hint: "--loop alone plays for ever",
  });
}

function readRemap(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [recorded, channel, ...rest] = pair.split("=");
    if (recorded && channel && rest.length === 0) return [channel, recorded];
    throw new TinmanError("USAGE", `Cannot read --remap "${pair}": it is RECORDED=CHANNEL`, {
      hint: "--remap camera_left=camera feeds the recorded camera_left into the channel camera",
    });
  }));
}
