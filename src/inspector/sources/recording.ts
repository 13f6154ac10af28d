import { basename } from "node:path";
import type { Clock } from "../../clock/mod.ts";
import type { Files } from "../../files/mod.ts";
import { followRecording, type Recording } from "../../log/mod.ts";
import {
  type FrameHistory,
  type Observed,
  type ObservedEdge,
  type ObservedNode,
  type ObservedState,
  type ObservedWarning,
  type Tail,
  TailBuffer,
  type TailOptions,
} from "../../telemetry/mod.ts";
import { Growth } from "./growth.ts";
import { RecordedFrames } from "./recorded_frames.ts";
import { RecordedTimeline } from "./recorded_timeline.ts";

/** Options of {@linkcode createRecordingSource}. */
export interface RecordingSourceOptions {
  /** Where the recording lies. */
  readonly files: Files;
  /** Paces the looks at one that grows. */
  readonly clock: Clock;
  /** Opens it again, without codecs, to see how much there is by now. @default {it does not grow} */
  readonly reopen?: () => Recording;
}

const LOOK_NS = 2e9;
// What `problems` of any recording without an end begin with.
const UNENDED = "the recording was not ended in good order";

/**
 * A recording, done or growing, as the inspector sees it. The recording stays the caller's, and has to stay open; what was
 * opened again is closed with the source.
 */
export function createRecordingSource(recording: Recording, options: RecordingSourceOptions): Observed & Disposable {
  const { files, clock, reopen } = options;
  const { folder, manifest, problems } = recording;
  const mayGrow = manifest.endedNs === undefined && reopen !== undefined;
  const growth = new Growth(clock);
  const history = new RecordedFrames(recording);
  const timeline = new RecordedTimeline(recording, history);
  let [again, lookedNs]: [Recording | undefined, number] = [undefined, clock.elapsedNs()];
  const newest = () => {
    if (mayGrow && again?.manifest.endedNs === undefined && clock.elapsedNs() - lookedNs >= LOOK_NS) {
      lookedNs = clock.elapsedNs();
      const before = again;
      again = reopen();
      timeline.use(again);
      before?.close();
    }
    return again ?? recording;
  };
  return {
    name: basename(folder),
    kind: "recording",
    startedNs: manifest.startedNs,
    history: history satisfies FrameHistory,
    timeline,
    [Symbol.dispose]: () => again?.close(),
    decode: (channel, data) => recording.codec(channel).decode(data),
    tail: (channel, tailOptions) =>
      mayGrow ? follow(recording, channel, { ...options, tailOptions: tailOptions ?? {} }) : undefined,
    look(): ObservedState {
      const { channels, reservedChannels, manifest: { endedNs } } = newest();
      const lasts = channels.flatMap(({ lastNs }) => lastNs ?? []);
      const timeNs = lasts.reduce((a, b) => a > b ? a : b, manifest.startedNs);
      const all = [...channels, ...reservedChannels].reduce((sum, { bytes }) => sum + bytes, 0);
      const isOpen = mayGrow && endedNs === undefined;
      const isGrowing = isOpen && growth.isWritten({ bytes: all, lastNs: timeNs });
      const isUnended = isOpen && !isGrowing;
      const drops = channels.reduce((sum, each) => sum + each.drops, 0);
      return {
        phase: isGrowing ? "running" : "ended",
        timeNs,
        ...graphOf(manifest.graph, channels.map(({ name }) => name)),
        channels: channels.map(({ name, codec, frames, bytes, drops, firstNs, lastNs }) => ({
          ...{ name, count: frames, bytes, drops, isRecorded: true },
          ...(codec !== undefined && { codec: codec.codec }),
          ...(firstNs !== undefined && { firstNs }),
          ...(lastNs !== undefined && { lastNs }),
        })),
        recording: {
          ...{ path: folder, drops, isGrowing },
          bytes: channels.reduce((sum, { bytes }) => sum + bytes, 0),
          ...(isUnended && { isUnended }),
          ...(isGrowing && { freeBytes: files.freeBytes(folder) }),
        } as NonNullable<ObservedState["recording"]>,
        warnings: [
          // While it grows it has no end yet, as it should be; later it is said since when.
          ...problems.filter((message) => !mayGrow || message !== UNENDED).map((message): ObservedWarning => ({
            ...{ timeNs: manifest.startedNs, level: "warn", node: "", message },
            fix: "tinman log doctor says what to do; tinman log recover saves what is whole",
          })),
          ...isUnended ? [unended(folder, timeNs)] : [],
        ],
      };
    },
  };
}

/** What is said of a recording that nobody ended. */
function unended(folder: string, lastNs: bigint): ObservedWarning {
  const path = (text: string) => /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const name = basename(folder);
  const saved = name.endsWith(".mcap") ? name.replace(/\.mcap$/, "-whole.mcap") : `${name}-whole`;
  const since = new Date(Number(lastNs / 1_000_000n)).toISOString();
  return {
    ...{ timeNs: lastNs, level: "warn", node: "" },
    message: `it was not ended in good order: its last frame is of ${since}, and nothing has come since`,
    fix: `tinman log recover ${path(folder)} ${
      path(saved)
    } saves all that is whole, once no program writes it any more`,
  };
}

/** The new frames of one channel, until whoever listens has enough. */
function follow(
  recording: Recording,
  channel: string,
  { files, clock, tailOptions }: RecordingSourceOptions & { readonly tailOptions: TailOptions },
): Tail {
  const ended = new AbortController();
  let timeNs = 0n;
  const { match } = tailOptions;
  const tail = new TailBuffer<Uint8Array>({
    ...tailOptions,
    ...(match !== undefined && { match: (data) => match(recording.codec(channel).decode(data as Uint8Array)) }),
    encode: (data) => data,
    now: () => timeNs,
    onClose: () => ended.abort(),
  });
  void (async () => {
    const frames = followRecording(files, recording.folder, {
      clock,
      signal: ended.signal,
      channels: [channel],
      onlyNew: true,
    });
    for await (const frame of frames) {
      timeNs = frame.timeNs;
      tail.offer(frame.data, frame.index);
    }
  })().catch(() => {});
  return tail;
}

/** Nodes and edges as they were recorded; what stands there may have been written by anybody. */
function graphOf(graph: unknown, channels: readonly string[]): { nodes: ObservedNode[]; edges: ObservedEdge[] } {
  const { nodes: found } = (graph ?? {}) as { readonly nodes?: unknown };
  const names = (value: unknown) => Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  const nodes = (Array.isArray(found) ? found : []).slice(0, 5000).flatMap((each) => {
    const { name, inputs, outputs } = (each ?? {}) as Readonly<Record<string, unknown>>;
    return typeof name === "string" ? [{ name, inputs: names(inputs), outputs: names(outputs) }] : [];
  });
  const producers = new Map(nodes.flatMap(({ name, outputs }) => outputs.map((output) => [output, name] as const)));
  const edges = nodes.flatMap(({ name: to, inputs }) =>
    inputs.flatMap((channel) => channel === "*" ? channels.filter((each) => producers.get(each) !== to) : [channel])
      .filter((channel) => channel !== "logs" || channels.includes("logs"))
      .map((channel): ObservedEdge => {
        const from = producers.get(channel);
        return { ...(from !== undefined && { from }), to, channel, drops: 0 };
      })
  );
  const read = new Set(edges.map(({ channel }) => channel));
  return {
    nodes: nodes.map(({ name, inputs }) => ({
      ...{ id: name, type: inputs.length === 0 ? "source" : "node", state: "idle", errors: 0, restarts: 0, drops: 0 },
    })),
    edges: [
      ...edges,
      ...[...producers].filter(([name]) => !read.has(name)).map(([channel, from]) => ({ from, channel, drops: 0 })),
    ],
  };
}
