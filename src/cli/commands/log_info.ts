import { type ChannelInfo, type CompressionInfo, EVENTS_CHANNEL, type Recording } from "../../log/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { count, formatBytes, formatHz } from "../output.ts";
import { boundsOf, openRecordingArgument, recordingArgument } from "../recordings.ts";
import { clean } from "../style.ts";
import { formatDuration, formatTime } from "../time.ts";
import { formatValue } from "../value.ts";

/** `tinman log info` */
export const logInfo = defineCommand({
  name: "log info",
  summary: "Show channels, rates and gaps, and whether all is whole",
  args: [recordingArgument],
  flags: { all: { type: "boolean", short: "a", summary: "Show tinman's own channels too (their names begin with ~)" } },
  examples: [["tinman log info latest", "the newest recording"], [
    "tinman log info runs --json",
    "all facts, for a program",
  ]],
  exits: { 3: "the recording is not there", 5: "it is not a recording" },
  json: "object",
  run(context) {
    using recording = openRecordingArgument(context.args[0]!, context);
    const channels = [...recording.channels, ...context.flags.all ? recording.reservedChannels : []];
    const events = readEvents(recording);
    if (context.settings.json) context.out.json(toObject(recording, channels, events));
    else print(recording, channels, events, context as Context);
    return 0;
  },
});

/** What happened to the recording itself: gaps, steps of the clock. */
interface RecordedEvent {
  readonly timeNs: bigint;
  readonly value: unknown;
}

// That a channel ended is no news. A recording in trouble may note thousands of gaps.
const MAX_EVENTS = 1000;
const SHOWN_EVENTS = 10;

function print(
  recording: Recording,
  channels: readonly ChannelInfo[],
  events: readonly RecordedEvent[],
  { out }: Context,
): void {
  const { manifest, problems, folder } = recording;
  const { firstNs, lastNs } = boundsOf(recording, channels);
  const fact = (name: string, text: string | undefined) => {
    if (text !== undefined) out.line(`${out.paint("dim", name.padEnd(9))} ${clean(text)}`);
  };
  const frames = channels.reduce((sum, each) => sum + each.frames, 0);
  const bytes = channels.reduce((sum, each) => sum + each.bytes, 0);
  const drops = channels.reduce((sum, each) => sum + each.drops, 0);
  fact("folder", folder);
  fact("id", manifest.id);
  const { part } = manifest;
  fact("part", part && `${part.number} of the run ${part.of}`);
  fact("tool", manifest.tool);
  fact("started", formatTime(manifest.startedNs));
  fact("ended", manifest.endedNs === undefined ? "not in good order" : formatTime(manifest.endedNs));
  fact("length", formatDuration(Number(lastNs - firstNs) / 1e6));
  fact("content", `${count(channels.length, "channel")}, ${count(frames, "frame")}, ${formatBytes(bytes)}`);
  const { compression } = recording;
  if (compression !== undefined) fact("packed", readCompression(compression));
  fact("lost", drops === 0 ? "nothing" : count(drops, "frame"));
  fact("whole", problems.length === 0 ? "yes" : `no, ${count(problems.length, "finding")}`);
  for (const problem of problems) out.line(`  ${out.paint("yellow", "warn")} ${clean(problem)}`);
  const telling = events.filter(({ value }) => (value as { kind?: unknown } | null)?.kind !== "channel-end");
  if (telling.length > 0) out.line(`${out.paint("dim", "events")}`);
  for (const { timeNs, value } of telling.slice(0, SHOWN_EVENTS)) {
    out.line(`  ${formatTime(timeNs)}  ${formatValue(value)}`);
  }
  if (telling.length > SHOWN_EVENTS) {
    out.line(`  … ${count(telling.length - SHOWN_EVENTS, "more event")}: tinman log cat RECORDING -c '~events'`);
  }
  if (channels.length === 0) return;
  out.line();
  const from = (ns: bigint | undefined) => ns === undefined ? "–" : `${(Number(ns - firstNs) / 1e9).toFixed(3)}s`;
  const rows = channels.map((each) => [
    each.name,
    each.codec?.codec ?? (each.format === "python" ? "pickle" : "–"),
    each.frames.toLocaleString("en-US"),
    formatHz(hzOf(each)),
    formatBytes(each.bytes),
    each.drops.toLocaleString("en-US"),
    from(each.firstNs),
    from(each.lastNs),
  ]);
  const head = ["channel", "codec", "frames", "Hz", "bytes", "lost", "first", "last"];
  out.table(head, rows, { right: head.slice(2) });
}

function toObject(recording: Recording, channels: readonly ChannelInfo[], events: readonly RecordedEvent[]): unknown {
  const { manifest, problems, folder } = recording;
  const { firstNs, lastNs } = boundsOf(recording, channels);
  const { id, part, tool, startedNs, endedNs, seed, graph } = manifest;
  return {
    v: 1,
    folder,
    id,
    part,
    tool,
    startedNs,
    started: formatTime(startedNs),
    endedNs,
    ended: endedNs === undefined ? undefined : formatTime(endedNs),
    clean: manifest.clean,
    problems,
    firstNs,
    lastNs,
    lengthMs: Number(lastNs - firstNs) / 1e6,
    frames: channels.reduce((sum, each) => sum + each.frames, 0),
    bytes: channels.reduce((sum, each) => sum + each.bytes, 0),
    compression: recording.compression,
    drops: channels.reduce((sum, each) => sum + each.drops, 0),
    seed,
    graph,
    events: events.map(({ timeNs, value }) => ({ timeNs, time: formatTime(timeNs), value })),
    channels: channels.map((each) => ({
      ...each,
      hz: hzOf(each),
      first: each.firstNs === undefined ? undefined : formatTime(each.firstNs),
      last: each.lastNs === undefined ? undefined : formatTime(each.lastNs),
    })),
  };
}

/** All chunks together: what stands around them is the same with compression and without. */
function readCompression({ names, storedBytes, bytes }: CompressionInfo): string {
  const share = Math.round(storedBytes / Math.max(1, bytes) * 100);
  return `with ${names.join(" and ")} to ${share} %, ${formatBytes(storedBytes)} of ${formatBytes(bytes)}`;
}

/** Frames a second: `n` frames have `n - 1` intervals between them. */
function hzOf({ frames, firstNs, lastNs }: ChannelInfo): number {
  if (frames < 2 || firstNs === undefined || lastNs === undefined || lastNs <= firstNs) return 0;
  return (frames - 1) / (Number(lastNs - firstNs) / 1e9);
}

function readEvents(recording: Recording): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  if (!recording.reservedChannels.some(({ name }) => name === EVENTS_CHANNEL)) return events;
  try {
    for (const { timeNs, value } of recording.values(EVENTS_CHANNEL)) {
      if (events.push({ timeNs, value }) >= MAX_EVENTS) break;
    }
  } catch {
    // Damaged events must not hide the rest; log verify names the damage.
  }
  return events;
}
