import type { Clock } from "../clock/mod.ts";
import type { Codec } from "../codec/mod.ts";
import {
  type ChannelWriter,
  createRecording,
  newRecordingFolder,
  type RecordedParts,
  type RecordingWriter,
} from "../log/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import { encodeMark } from "./extent.ts";
import { matchesAny } from "./glob.ts";
import { type Journal, JOURNAL_CHANNEL, JOURNAL_CODEC, JournalWriter, noJournal } from "./journal.ts";
import { createDiagnostics, type Diagnostics } from "./logs.ts";
import type { AnyChannel, Node } from "./node.ts";
import type { RecordOptions } from "./options.ts";
import { recordedGraph } from "./recorded_graph.ts";
import type { RecordedCounts } from "./stats.ts";
import type { ChannelTap } from "./wiring.ts";

/** The kind of event that notes the end of a channel: `{ kind, channel }`. */
export const CHANNEL_END = "channel-end";
/** The kind of event that notes that the run was asked to end. */
export const STOP = "stop";

/** Frames of journals; they are read by `journal.ts` alone. */
const journalBytes: Codec<Uint8Array> = {
  id: JOURNAL_CODEC,
  version: 1,
  encode: (frame) => frame,
  decode: (bytes) => bytes,
};

/** What makes a recorder. */
export interface RecorderOptions {
  readonly nodes: readonly Node[];
  readonly record: string | RecordOptions;
  readonly seed: string;
  /** The run's time. */
  readonly clock: Clock;
  /** Whether to write what flushes by itself while the run goes on, and what nodes observe. A replay needs neither. */
  readonly live: boolean;
  /** The id of the recording. @default {one made from the seed} */
  readonly id?: string;
}

/** The number in the journal of the node that joined a graph as the n-th, from 0: behind the number that makes a mark. */
export function joinedNumber(nodes: readonly unknown[], n: number): number {
  return nodes.length + 1 + n;
}

/** Writes a run down: what its channels carry, and what its nodes observe. */
export class Recorder implements Disposable {
  readonly #options: RecorderOptions;
  readonly #record: RecordOptions;
  readonly #defaultCodec: Codec<unknown>;
  readonly #recording: RecordingWriter;
  readonly #channels = new Map<string, ChannelWriter<unknown>>();
  readonly #journals = new Set<JournalWriter>();
  readonly #log: Diagnostics;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  /** How many frames there were after the last mark. */
  #markedFrames = 0;

  /** Makes the recording's place. */
  constructor(env: RunEnvironment, options: RecorderOptions) {
    const { nodes, record, seed, clock, live } = options;
    this.#options = options;
    this.#log = createDiagnostics("", clock, (entry) => env.say(entry));
    this.#record = typeof record === "string" ? { folder: record } : record;
    this.#defaultCodec = env.defaultCodec;
    const { folder, name, sync = "never", compress = "none", split, keep } = this.#record;
    const naming = { nowNs: clock.now(), ...(name !== undefined && { name }) };
    this.#recording = createRecording(env.files, newRecordingFolder(env.files, folder, naming), {
      clock,
      seed,
      graph: recordedGraph(nodes, clock.originNs),
      sync,
      compress,
      tool: env.tool,
      ...(split && { split }),
      ...(keep && { keep }),
      onUndeleted: (path, error) => this.#log.warn(`an old part could not be deleted and stays: ${path}`, error),
      ...(options.id !== undefined && { id: options.id }),
      ...(live && { timer: env.clock, beforeFlush: () => this.#beforeFlush() }),
    });
  }

  /** Where what is written now goes. */
  get folder(): string {
    return this.#recording.parts?.folders.at(-1) ?? this.#recording.folder;
  }

  /** Whether old parts are deleted while it goes on. */
  get forgets(): boolean {
    return this.#record.keep !== undefined;
  }

  /** What the report says of where it is. */
  get place(): { readonly recording: string; readonly parts?: RecordedParts } {
    const { folder, parts } = this.#recording;
    return parts === undefined ? { recording: folder } : { recording: parts.folders[0]!, parts };
  }

  /** Whether a channel goes into the recording. */
  records(channel: string): boolean {
    const { channels = ["*"], exclude = [] } = this.#record;
    return matchesAny(channel, channels) && !matchesAny(channel, exclude);
  }

  /** What writes down the values of a channel, if it is recorded. */
  tap(channel: AnyChannel): ChannelTap | undefined {
    if (!this.records(channel.name)) return undefined;
    const codec: Codec<unknown> = channel.codec ?? this.#defaultCodec;
    const writer = this.#recording.channel(channel.name, codec, { latched: channel.latched });
    this.#channels.set(channel.name, writer);
    const { name } = channel;
    return { tap: (value) => writer.write(value), onClose: () => this.#noteEnd(name) };
  }

  /** Where a node writes what it observes. */
  journal(node: string): Journal {
    const number = this.#options.nodes.findIndex(({ name }) => name === node);
    if (!this.#options.live || number < 0) return noJournal;
    const journal = new JournalWriter(number, (frame) => this.#writeJournal(frame));
    this.#journals.add(journal);
    return journal;
  }

  /** Where a node that joins writes what it observes; `number` counts them from 0. */
  joinedJournal(number: number): Journal {
    if (!this.#options.live) return noJournal;
    const journal = new JournalWriter(joinedNumber(this.#options.nodes, number), (frame) => this.#writeJournal(frame));
    this.#journals.add(journal);
    return journal;
  }

  /** A node has ended: nothing more is written to its journal. */
  retireJournal(journal: Journal): void {
    if (!(journal instanceof JournalWriter) || !this.#journals.delete(journal)) return;
    if (!this.#closed) journal.flush();
  }

  /** Counts of a channel, if it is recorded. */
  counts(channel: string): RecordedCounts | undefined {
    return this.#channels.get(channel);
  }

  /** Writes down something that happened to the run. It never throws: {@linkcode Recorder.close} tells what failed. */
  note(kind: string, fields: Readonly<Record<string, unknown>>): void {
    try {
      this.#recording.note(kind, fields);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Writes everything out and marks the recording as whole. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#recording.close();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** The same when something has failed already, which is the error to throw: another one is only said. */
  [Symbol.dispose](): void {
    try {
      this.close();
    } catch (error) {
      this.#log.warn("the recording could not be ended in good order", error);
    }
  }

  // So that a replay ends the channel when it ended, and not when the recording does.
  #noteEnd(channel: string): void {
    if (!this.#closed) this.note(CHANNEL_END, { channel });
  }

  #beforeFlush(): void {
    for (const journal of this.#journals) journal.flush();
    const frames = this.#recording.stats().reduce((sum, each) => sum + each.frames, 0);
    if (frames === this.#markedFrames && !this.#closed || frames === 0) return;
    this.#writeJournal(encodeMark(this.#options.nodes.length, this.#closed));
    this.#markedFrames = frames + 1;
  }

  #writeJournal(frame: Uint8Array): void {
    this.#recording.channel(JOURNAL_CHANNEL, journalBytes).write(frame);
  }
}
