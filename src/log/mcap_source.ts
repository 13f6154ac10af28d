import type { Files } from "../files/mod.ts";
import type { FrameCursor, TimeRange } from "./cursor.ts";
import type { Finding } from "./finding.ts";
import { joinTime } from "./frame.ts";
import { HeldCursor } from "./held_cursor.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { Manifest } from "./manifest.ts";
import { compressionOf, type McapTopic, topicsOf } from "./mcap_contents.ts";
import { lanesOf, McapCursor, place, type PlacedChunk } from "./mcap_cursor.ts";
import { McapFile } from "./mcap_file.ts";
import { parseMcapManifest } from "./mcap_manifest.ts";
import type { LogReaderOptions, LogTail } from "./reader.ts";
import { framesOf } from "./frames.ts";
import type { ChannelInfo, CompressionInfo, FrameRun, RecordingSource } from "./recording_source.ts";

const NO_TAIL: LogTail = { frames: 0, cutBytes: 0, problem: undefined, indexProblem: undefined };
const RECOVER = "tinman log recover writes what is whole to a new recording";

/** Reads one MCAP file: a recording of ours, or what another tool wrote. */
export class McapSource implements RecordingSource {
  readonly path: string;
  readonly manifest: Manifest;
  readonly problems: readonly Finding[];
  /** All channels by name. */
  readonly topics: readonly McapTopic[];
  /** The same by their ids, of which one channel may have several. */
  readonly topicsById: ReadonlyMap<number, McapTopic>;
  /** The file itself. */
  readonly file: McapFile;
  readonly #drops: ReadonlyMap<string, number>;
  readonly #lanes: readonly (readonly PlacedChunk[])[];
  readonly #times = new Map<McapTopic, { readonly firstNs?: bigint; readonly lastNs?: bigint }>();
  #bytes: ReadonlyMap<McapTopic, number> | undefined;

  /** Opens exactly this file. */
  constructor(files: Files, path: string, options: LogReaderOptions) {
    this.path = path;
    this.file = new McapFile(files, path, options);
    const { contents } = this.file;
    this.topicsById = topicsOf(contents);
    this.topics = [...new Set(this.topicsById.values())].sort((a, b) => a.order - b.order);
    this.#lanes = lanesOf(place(contents.chunks, this.topicsById));
    const own = contents.metadata && parseMcapManifest(contents.metadata);
    this.#drops = own?.drops ?? new Map();
    this.problems = [...this.file.problems, ...this.#problemsOf(own)];
    this.manifest = this.#manifestOf(own);
  }

  get channels(): readonly ChannelInfo[] {
    return this.topics.map((topic) => this.#describe(topic));
  }

  get compression(): CompressionInfo | undefined {
    return compressionOf(this.file.contents.chunks);
  }

  cursors(channels: ReadonlySet<string>, options: TimeRange & { readonly latched: boolean }): readonly FrameCursor[] {
    const { fromNs, toNs, latched } = options;
    const topics = new Map([...this.topicsById].filter(([, { name }]) => channels.has(name)));
    const cursors = this.#lanes.map((lane) => new McapCursor(this.file.chunks, lane, { topics, fromNs, toNs }));
    if (!latched || fromNs === undefined) return cursors;
    const states = new Map([...topics].filter(([, { header }]) => header?.latched));
    return [new HeldCursor(this.#lastBefore(states, fromNs)), ...cursors];
  }

  runs(channel: string): FrameRun[] {
    const topics = new Map([...this.topicsById].filter(([, { name }]) => name === channel));
    const placed = this.#lanes.flat().sort((a, b) => a.chunk.at - b.chunk.at);
    return placed.flatMap(({ chunk, before }): FrameRun[] => {
      const counts = chunk.counts ?? [];
      let [frames, all] = [0, 0];
      for (let i = 0; i < counts.length; i += 2) {
        all += counts[i + 1]!;
        if (topics.has(counts[i]!)) frames += counts[i + 1]!;
      }
      if (frames === 0) return [];
      const { order } = topics.values().next().value!;
      const firstFrame = before[before.findIndex((each, i) => i % 2 === 0 && each === order) + 1]!;
      const { firstNs, lastNs } = chunk;
      const bytes = Math.round((chunk.packed?.size ?? chunk.length) * frames / all);
      const read = () => framesOf([new McapCursor(this.file.chunks, [{ chunk, before }], { topics })]);
      return [{ firstFrame, frames, firstNs, lastNs, bytes, read }];
    });
  }

  close(): void {
    this.file.close();
  }

  #describe(topic: McapTopic): ChannelInfo {
    const { name, isOurs, header, frames } = topic;
    const times = () => this.#timesOf(topic);
    const bytes = () => (this.#bytes ??= this.#countBytes()).get(topic) ?? 0;
    return {
      name,
      file: this.path.slice(this.path.lastIndexOf("/") + 1),
      format: isOurs ? "tinman" : "mcap",
      codec: header,
      latched: header?.latched ?? false,
      frames,
      // What takes a look into the file is looked up when somebody asks.
      get bytes() {
        return bytes();
      },
      drops: this.#drops.get(name) ?? 0,
      get firstNs() {
        return times().firstNs;
      },
      get lastNs() {
        return times().lastNs;
      },
      tail: NO_TAIL,
    };
  }

  #problemsOf(own: ReturnType<typeof parseMcapManifest>): Finding[] {
    const { cut, contents: { dataEnd } } = this.file;
    const problems: Finding[] = [];
    const add = (message: string, at?: number) =>
      problems.push({ severity: "warning", ...(at !== undefined && { at }), message, fix: RECOVER });
    if (dataEnd === undefined || own?.clean === false) add("the recording was not ended in good order");
    if (cut.bytes > 0) {
      const frames = this.topics.reduce((sum, topic) => sum + topic.frames, 0);
      const message = `the last ${cut.bytes} bytes are left out: behind ${frames} whole frames its file ${cut.problem}`;
      add(message, cut.at);
    }
    return problems;
  }

  #manifestOf(own: ReturnType<typeof parseMcapManifest>): Manifest {
    const { contents: { chunks, dataEnd, library } } = this.file;
    const file = this.path.slice(this.path.lastIndexOf("/") + 1);
    const channels = this.topics.map(({ name, header, frames }) => {
      const drops = this.#drops.get(name) ?? 0;
      return {
        name,
        file,
        ...(header && { codec: header.codec }),
        ...(header?.latched && { latched: true }),
        frames,
        ...(drops > 0 && { drops }),
      };
    });
    if (own !== undefined) {
      const { drops: _, ...rest } = own;
      return { ...rest, clean: rest.clean && dataEnd !== undefined, channels };
    }
    const times = chunks.filter(({ counts }) => counts === undefined || counts.length > 0);
    const startedNs = times.reduce((first, { firstNs }) => firstNs < first ? firstNs : first, times[0]?.firstNs ?? 0n);
    const endedNs = times.reduce((last, { lastNs }) => lastNs > last ? lastNs : last, startedNs);
    return {
      tinman: 1,
      ...(library && { tool: library }),
      id: file.replace(/\.mcap$/i, ""),
      startedNs,
      ...(dataEnd !== undefined && { endedNs }),
      clean: dataEnd !== undefined,
      channels,
    };
  }

  /** The last frame before `fromNs` of each of these channels, in the order of time. */
  #lastBefore(topics: ReadonlyMap<number, McapTopic>, fromNs: bigint): FrameCursor[] {
    const found = new Map<string, { timeNs: bigint; frame: FrameCursor }>();
    const missing = new Map(topics);
    const chunks = this.#lanes.flat().filter(({ chunk }) => chunk.firstNs < fromNs);
    chunks.sort((a, b) => a.chunk.lastNs < b.chunk.lastNs ? 1 : -1);
    for (const placed of chunks) {
      // No chunk from here on can have a later frame of these.
      for (const [id, { name }] of missing) {
        const { timeNs } = found.get(name) ?? {};
        if (timeNs !== undefined && timeNs > placed.chunk.lastNs) missing.delete(id);
      }
      if (missing.size === 0) break;
      const cursor = new McapCursor(this.file.chunks, [placed], { topics: missing, toNs: fromNs });
      while (cursor.next()) {
        const { hi, lo, start, length, index, block } = cursor;
        const timeNs = joinTime(hi, lo);
        const before = found.get(block.channel);
        if (before !== undefined && before.timeNs > timeNs) continue;
        found.set(block.channel, { timeNs, frame: { hi, lo, start, length, index, block, next: () => false } });
      }
    }
    const sorted = [...found].sort(([a, { timeNs: x }], [b, { timeNs: y }]) =>
      x === y ? (a < b ? -1 : 1) : x < y ? -1 : 1
    );
    return sorted.map(([, { frame }]) => frame);
  }

  #timesOf(topic: McapTopic): { readonly firstNs?: bigint; readonly lastNs?: bigint } {
    let times = this.#times.get(topic);
    if (times === undefined) this.#times.set(topic, times = this.#findTimes(topic));
    return times;
  }

  /** From both ends, until no chunk can have an earlier or a later one. */
  #findTimes(topic: McapTopic): { readonly firstNs?: bigint; readonly lastNs?: bigint } {
    const ids = [...this.topicsById].filter(([, each]) => each === topic);
    const topics = new Map(ids);
    const all = this.#lanes.flat().filter(({ chunk: { counts } }) =>
      counts === undefined || counts.some((id, i) => i % 2 === 0 && topics.has(id))
    );
    let [firstNs, lastNs]: (bigint | undefined)[] = [undefined, undefined];
    for (const placed of all.toSorted((a, b) => a.chunk.firstNs < b.chunk.firstNs ? -1 : 1)) {
      if (firstNs !== undefined && placed.chunk.firstNs > firstNs) break;
      const [first] = this.#edges(placed, topics);
      if (first !== undefined && (firstNs === undefined || first < firstNs)) firstNs = first;
    }
    for (const placed of all.toSorted((a, b) => a.chunk.lastNs < b.chunk.lastNs ? 1 : -1)) {
      if (lastNs !== undefined && placed.chunk.lastNs < lastNs) break;
      const [, last] = this.#edges(placed, topics);
      if (last !== undefined && (lastNs === undefined || last > lastNs)) lastNs = last;
    }
    return { ...(firstNs !== undefined && { firstNs }), ...(lastNs !== undefined && { lastNs }) };
  }

  #edges(placed: PlacedChunk, topics: ReadonlyMap<number, McapTopic>): [bigint, bigint] | [] {
    try {
      const cursor = new McapCursor(this.file.chunks, [placed], { topics });
      if (!cursor.next()) return [];
      const first = joinTime(cursor.hi, cursor.lo);
      while (cursor.next());
      return [first, joinTime(cursor.hi, cursor.lo)];
    } catch (error) {
      // Whoever reads the frames is told; here the chunk's own word has to do.
      if (!isTinmanError(error)) throw error;
      return [placed.chunk.firstNs, placed.chunk.lastNs];
    }
  }

  #countBytes(): ReadonlyMap<McapTopic, number> {
    const bytes = new Map<string, number>();
    for (const placed of this.#lanes.flat()) {
      try {
        for (const cursor = new McapCursor(this.file.chunks, [placed], { topics: this.topicsById }); cursor.next();) {
          const { block: { channel }, length } = cursor;
          bytes.set(channel, (bytes.get(channel) ?? 0) + length);
        }
      } catch (error) {
        if (!isTinmanError(error)) throw error;
      }
    }
    return new Map(this.topics.map((topic) => [topic, bytes.get(topic.name) ?? 0]));
  }
}
