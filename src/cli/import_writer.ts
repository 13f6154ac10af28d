import { VirtualClock } from "../clock/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { type ChannelWriter, createRecording, type RecordingWriter } from "../log/mod.ts";
import type { ImportedFrame, ImportedRow } from "./import_rows.ts";

/** Options of {@linkcode ImportWriter}. */
export interface ImportWriterOptions {
  /** What is read, for errors. */
  readonly file: string;
  /** The recording to make. */
  readonly to: string;
  readonly channel: string;
  readonly codec: Codec<unknown>;
  /** Whether rows that cannot be read are left out. */
  readonly skipBad: boolean;
  /** The program that writes. */
  readonly tool: string;
  /** Whether the recording is compressed. @default {"none"} */
  readonly compress?: "zstd" | "none";
}

// Whoever looks at more of them looks into the file.
const KEPT = 1000;

/** Writes rows as the frames of one channel. The recording begins with the first row, and is removed if it is not closed. */
export class ImportWriter implements Disposable {
  /** Frames that were written. */
  frames = 0;
  /** Rows that were left out. */
  bad = 0;
  /** Frames that have the time of the one before, and are a nanosecond later. */
  moved = 0;
  /** The first rows that were left out. */
  readonly problems: { readonly line: number; readonly problem: string }[] = [];
  readonly #files: Files;
  readonly #options: ImportWriterOptions;
  #recording: RecordingWriter | undefined;
  #channel: ChannelWriter<unknown> | undefined;
  #clock: VirtualClock | undefined;
  #before = { line: 0, fileNs: 0n, timeNs: -1n };
  #begun = false;
  #closed = false;

  /** Makes nothing yet. */
  constructor(files: Files, options: ImportWriterOptions) {
    [this.#files, this.#options] = [files, options];
  }

  /** Writes a row. @throws {TinmanError} `CONFIG` for one that cannot be read, unless those are left out. */
  write(row: ImportedRow): void {
    const problem = "problem" in row ? row.problem : this.#tryWrite(row);
    if (problem === undefined) return;
    const { line } = row;
    if (!this.#options.skipBad) {
      const { file } = this.#options;
      throw new TinmanError("CONFIG", `Cannot import ${file} at line ${line}: ${problem}`, {
        path: file,
        hint: "nothing was written; mend the line, or leave such lines out with --skip-bad",
      });
    }
    this.bad++;
    if (this.problems.length < KEPT) this.problems.push({ line, problem });
  }

  /** Ends the recording. @throws {TinmanError} `CONFIG` when there was no row. */
  close(): void {
    const { file } = this.#options;
    if (this.#recording === undefined) {
      const rows = this.bad === 0 ? "it has no rows" : `none of its ${this.bad} rows can be read`;
      throw new TinmanError("CONFIG", `Cannot import ${file}: ${rows}`, { path: file });
    }
    this.#clock!.advanceTo(this.#before.timeNs);
    this.#recording.close();
    this.#closed = true;
  }

  /** Removes what was not closed. */
  [Symbol.dispose](): void {
    if (this.#closed || !this.#begun) return;
    const { to } = this.#options;
    for (const end of [() => this.#recording?.close(), () => this.#files.remove(to)]) {
      try {
        end();
      } catch {
        // A full disk, or one that is gone, which the caller is being told of.
      }
    }
  }

  /** Why a row cannot be written; undefined when it was. */
  #tryWrite({ line, timeNs: fileNs, value }: ImportedFrame): string | undefined {
    const { codec } = this.#options;
    const before = this.#before;
    if (fileNs < before.fileNs) {
      return `its time is before that of line ${before.line}: rows have to be in order of time`;
    }
    let bytes: Uint8Array;
    try {
      bytes = codec.encode(value);
    } catch (error) {
      if (isTinmanError(error)) return error.message;
      throw error;
    }
    const timeNs = fileNs > before.timeNs ? fileNs : before.timeNs + 1n;
    if (timeNs !== fileNs) this.moved++;
    this.#open(timeNs).writeBytes(bytes, timeNs);
    this.frames++;
    this.#before = { line, fileNs, timeNs };
    return undefined;
  }

  #open(startedNs: bigint): ChannelWriter<unknown> {
    if (this.#channel !== undefined) return this.#channel;
    const { to, codec, channel, tool, compress = "none" } = this.#options;
    this.#clock = new VirtualClock(startedNs);
    // Nothing was there when the command began; a beginning that fails may leave a folder.
    this.#begun = this.#files.stat(to) === undefined;
    this.#recording = createRecording(this.#files, to, {
      clock: this.#clock,
      startedNs,
      tool,
      // Waited for at the end.
      sync: { everyMs: 1000 },
      compress,
    });
    return this.#channel = this.#recording.channel(channel, codec);
  }
}
