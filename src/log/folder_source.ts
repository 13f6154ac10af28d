import type { Files } from "../files/mod.ts";
import { Cursor, timeBefore, type TimeRange } from "./cursor.ts";
import type { Finding } from "./finding.ts";
import type { Manifest } from "./manifest.ts";
import { type OpenLog, openLogs } from "./open_logs.ts";
import type { LogReaderOptions } from "./reader.ts";
import type { ChannelInfo, RecordingSource } from "./recording_source.ts";

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

  close(): void {
    for (const { log } of this.#logs) log.close();
  }
}

function describe({ entry, log }: OpenLog): ChannelInfo {
  const { format, header, frames, bytes, firstNs, lastNs, tail } = log;
  const { name, file, latched = false, drops = 0 } = entry;
  return { name, file, format, codec: header, latched, frames, bytes, drops, firstNs, lastNs, tail };
}
