import { EVENTS_CHANNEL, type Recording } from "../../log/mod.ts";
import { type LogEntry, logs } from "../../runtime/mod.ts";
import type { ObservedChannel, ObservedFrame, ObservedTimeline, TimelineMark } from "../../telemetry/mod.ts";
import { RecordedFrames } from "./recorded_frames.ts";

/** Marks that are told, and bytes that are read to find them. */
const MAX_MARKS = 2000;
const MAX_READ = 32 * 2 ** 20;

/** A recording in time. What it needs of the index is kept, and so are the marks until it has grown. */
export class RecordedTimeline implements ObservedTimeline {
  #recording: Recording;
  readonly #codecs: Recording;
  readonly #frames: RecordedFrames;
  #marks: readonly TimelineMark[] | undefined;

  /** The recording stays the caller's. */
  constructor(recording: Recording, frames: RecordedFrames = new RecordedFrames(recording)) {
    [this.#recording, this.#codecs, this.#frames] = [recording, recording, frames];
  }

  /** Goes on with the same recording that was opened again, without codecs, and has grown. */
  use(recording: Recording): void {
    this.#recording = recording;
    this.#frames.use(recording);
    this.#marks = undefined;
  }

  channels(): readonly ObservedChannel[] {
    return this.#recording.channels.map(({ name, codec, frames, bytes, drops, firstNs, lastNs }) => ({
      ...{ name, count: frames, bytes, drops, isRecorded: true },
      ...(codec !== undefined && { codec: codec.codec }),
      ...(firstNs !== undefined && { firstNs }),
      ...(lastNs !== undefined && { lastNs }),
    }));
  }

  runs(channel: string): ReturnType<RecordedFrames["runs"]> {
    return this.#frames.runs(channel);
  }

  frames(channel: string, range: { readonly from: number; readonly limit: number }): ObservedFrame[] {
    return this.#frames.frames(channel, range);
  }

  seek(channel: string, timeNs: bigint): number {
    return this.#frames.seek(channel, timeNs);
  }

  decode(channel: string, data: Uint8Array): unknown {
    return this.#codecs.codec(channel).decode(data);
  }

  marks(): readonly TimelineMark[] {
    return this.#marks ??= [...this.#events(), ...this.#said()].sort((a, b) =>
      a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0
    );
  }

  #events(): TimelineMark[] {
    const has = this.#recording.reservedChannels.some(({ name }) => name === EVENTS_CHANNEL);
    return has ? this.#read(EVENTS_CHANNEL, (data, timeNs) => markOf(parse(data), timeNs)) : [];
  }

  #said(): TimelineMark[] {
    if (!this.#recording.channels.some(({ name }) => name === logs.name)) return [];
    return this.#read(logs.name, (data, timeNs) => {
      const { level, node, message } = this.decode(logs.name, data) as Partial<LogEntry>;
      if (level !== "warn" && level !== "error") return undefined;
      return { timeNs, level, about: String(node ?? ""), message: String(message).slice(0, 500) };
    });
  }

  /** What is damaged is left out here: reading its frames says so. */
  #read(channel: string, take: (data: Uint8Array, timeNs: bigint) => TimelineMark | undefined): TimelineMark[] {
    const found: TimelineMark[] = [];
    let bytes = 0;
    for (const run of this.#recording.runs(channel)) {
      if (found.length >= MAX_MARKS || bytes > MAX_READ) break;
      bytes += run.bytes;
      try {
        for (const { data, timeNs } of run.read()) {
          const mark = take(data, timeNs);
          if (mark !== undefined) found.push(mark);
        }
      } catch { /* The next run may do. */ }
    }
    return found.slice(0, MAX_MARKS);
  }
}

/** What a recording says of itself; it may have been written by anybody. */
function markOf(event: Readonly<Record<string, unknown>>, timeNs: bigint): TimelineMark | undefined {
  const { kind, channel, frames, why, deltaMs } = event;
  const about = typeof channel === "string" ? channel : "";
  if (kind === "gap") {
    const reason = typeof why === "string" ? `: ${why.slice(0, 200)}` : "";
    return { timeNs, level: "error", about, message: `${Number(frames)} frames were lost${reason}` };
  }
  if (kind === "clock-step") {
    return { timeNs, level: "warn", about, message: `the clock stepped by ${Number(deltaMs).toFixed(0)} ms` };
  }
  return undefined;
}

function parse(data: Uint8Array): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(new TextDecoder().decode(data));
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}
