import type { Files } from "../files/mod.ts";
import { recordingAt } from "./folders.ts";
import { type Manifest, MANIFEST_NAME } from "./manifest.ts";
import { indexPathOf } from "./names.ts";
import type { PartLimit, SplitOptions } from "./parts.ts";

interface ClosedPart {
  readonly path: string;
  readonly id: string;
  readonly names: readonly string[];
  readonly bytes: number;
  readonly endedNs: bigint;
}

/** Deletes the oldest parts that one recording has closed, when they are beyond what is kept. It knows of no others. */
export class PartKeeper {
  /** How many parts were deleted. */
  deleted = 0;
  readonly #files: Files;
  readonly #keep: PartLimit | undefined;
  readonly #onUndeleted: SplitOptions["onUndeleted"];
  readonly #closed: ClosedPart[] = [];
  /** Parts that could not be deleted: they are left alone, because their names may be somebody else's by the next time. */
  readonly #left: string[] = [];

  constructor(files: Files, { keep, onUndeleted }: Omit<SplitOptions, "split">) {
    [this.#files, this.#keep, this.#onUndeleted] = [files, keep, onUndeleted];
  }

  /** Where the closed parts are, the oldest first. */
  get folders(): readonly string[] {
    return [...this.#left, ...this.#closed.map(({ path }) => path)];
  }

  /** Takes a part that was closed at `nowNs`, and deletes what is beyond the limit. Never throws. */
  add(path: string, manifest: Manifest, nowNs: bigint): void {
    const { id } = manifest;
    if (this.#keep === undefined) return void this.#closed.push({ path, id, names: [], bytes: 0, endedNs: nowNs });
    const names = namesOf(this.#files, path, manifest);
    const all = names.length === 0 ? [path] : names;
    const bytes = all.reduce((sum, name) => sum + (this.#files.stat(name)?.size ?? 0), 0);
    this.#closed.push({ path, id, names, bytes, endedNs: nowNs });
    const { bytes: most = Infinity, timeNs } = this.#keep;
    let sum = this.#closed.reduce((total, each) => total + each.bytes, 0);
    for (let [oldest] = this.#closed; oldest !== undefined; [oldest] = this.#closed) {
      if (sum <= most && (timeNs === undefined || oldest.endedNs > nowNs - timeNs)) return;
      this.#closed.shift();
      sum -= oldest.bytes;
      this.#delete(oldest);
    }
  }

  #delete({ path, id, names }: ClosedPart): void {
    try {
      // Somebody took it away, and what is there now is another one.
      if (recordingAt(this.#files, path)?.id !== id) return;
      for (const name of names) this.#files.remove(name);
      // What somebody else put into the folder stays, and the folder with it.
      if (this.#files.list(path).length === 0) this.#files.remove(path);
      this.deleted++;
    } catch (error) {
      this.#left.push(path);
      if (this.#left.length === 1) this.#onUndeleted?.(path, error);
    }
  }
}

/** The files of a folder that the recording made; none for a part that is one file. */
function namesOf(files: Files, path: string, { channels }: Manifest): string[] {
  if (files.stat(path)?.kind !== "folder") return [];
  return [...channels.flatMap(({ file }) => [file, indexPathOf(file)]), MANIFEST_NAME].map((name) => `${path}/${name}`);
}
