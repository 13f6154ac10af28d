import type { Files } from "../files/mod.ts";
import { Cursor, timeBefore, type TimeRange } from "./cursor.ts";
import type { Finding } from "./finding.ts";
import type { Manifest } from "./manifest.ts";
import { type OpenLog, openLogs } from "./open_logs.ts";
import type { Block } from "./index.ts";
import type { LogReader, LogReaderOptions } from "./reader.ts";
import type { ChannelInfo, FrameRun, RecordingSource } from "./recording_source.ts";
import { framesOf } from "./frames.ts";

/** Reads a folder of logs. */
export class FolderSource implements RecordingSource {
  readonly path: string;
  readonly manifest: Manifest;
  readonly problems: readonly Finding[];
  readonly #logs: readonly OpenLog[];

  /** Opens all logs in exactly this folder. */
  constructor(files: Files, path: string, options: LogReaderOptions) {
    this.path = path;
    ({ manifest: this.manifest, problems: this.problems, logs: this.#logs } = openLogs(files, path, options));
  }

  get channels(): readonly ChannelInfo[] {
    return this.#logs.map(describe);
  }

  cursors(channels: ReadonlySet<string>, options: TimeRange & { readonly latched: boolean }): readonly Cursor[] {
    const { fromNs, toNs, latched } = options;
    return this.#logs.filter(({ entry }) => channels.has(entry.name)).map(({ entry, log }) => {
      const state = latched && entry.latched && fromNs !== undefined ? timeBefore(log, fromNs) : undefined;
      return new Cursor(log, { fromNs: state ?? fromNs, toNs });
    });
  }

  runs(channel: string): FrameRun[] {
    const log = this.#logs.find(({ entry }) => entry.name === channel)?.log;
    return log?.blocks.map((block) => runOf(log, channel, block)).filter(({ frames }) => frames > 0) ?? [];
  }

  close(): void {
    for (const { log } of this.#logs) log.close();
  }
}

function runOf(log: LogReader, channel: string, block: Block): FrameRun {
  const { headerFrames, sorted } = log;
  const { firstNs, lastNs, length: bytes } = block;
  const headers = Math.max(0, headerFrames - block.firstFrame);
  return {
    firstFrame: block.firstFrame + headers - headerFrames,
    frames: block.frames - headers,
    firstNs,
    lastNs,
    bytes,
    read: () =>
      framesOf([
        new Cursor({
          channel,
          blocks: [block],
          headerFrames,
          sorted,
          readBlock: (each) => log.readBlock(each),
          corrupt: (at, problem) => log.corrupt(at, problem),
        }),
      ]),
  };
}

function describe({ entry, log }: OpenLog): ChannelInfo {
  const { format, header, frames, bytes, firstNs, lastNs, tail } = log;
  const { name, file, latched = false, drops = 0 } = entry;
  return { name, file, format, codec: header, latched, frames, bytes, drops, firstNs, lastNs, tail };
}
