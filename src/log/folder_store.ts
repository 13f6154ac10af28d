import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { holdsRecording } from "./folders.ts";
import { createManifest, type Manifest, writeManifest } from "./manifest.ts";
import { indexPathOf, logFileName } from "./names.ts";
import { Failures, type NewChannel, type OpenedChannel, type RecordingStore } from "./recording_store.ts";
import { LogWriter, type LogWriterOptions } from "./writer.ts";

/** A recording as a folder: a log and an index for each channel, and `recording.json`. */
export class FolderStore implements RecordingStore {
  readonly #files: Files;
  readonly #folder: string;
  readonly #options: LogWriterOptions;

  /** For the folder at this path. */
  constructor(files: Files, folder: string, options: LogWriterOptions) {
    [this.#files, this.#folder, this.#options] = [files, folder, options];
  }

  begin(manifest: Manifest): void {
    const path = this.#folder;
    if (holdsRecording(this.#files, path)) {
      throw new TinmanError("EXISTS", `Cannot record into ${path}: there is a recording in it`, {
        path,
        hint: "record into another folder, or remove this one first; nothing is ever added to a recording",
      });
    }
    this.#files.makeFolder(path);
    createManifest(this.#files, path, manifest);
  }

  open({ name, header, startedNs }: NewChannel): OpenedChannel {
    const file = logFileName(name, this.#files.list(this.#folder));
    const path = `${this.#folder}/${file}`;
    const log = new LogWriter(this.#files, path, this.#options);
    try {
      if (header !== undefined) log.writeBytes(header, startedNs);
      return { log, entry: { name, file } };
    } catch (error) {
      const failures = new Failures();
      failures.attempt(() => log.close());
      for (const each of [path, indexPathOf(path)]) failures.attempt(() => this.#files.remove(each));
      throw error;
    }
  }

  update(manifest: Manifest): void {
    writeManifest(this.#files, this.#folder, manifest);
  }

  end(manifest: Manifest): void {
    writeManifest(this.#files, this.#folder, manifest);
  }
}
