import type { Files, OpenFile } from "../../files/mod.ts";

/** Files that are open, never more than `maxOpen`: the one that was used least recently is closed for the next. */
export class FilePool {
  readonly files: Files;
  readonly #maxOpen: number;
  readonly #open = new Map<string, OpenFile>();
  readonly #onFailure: (error: unknown) => void;
  #isFailing = false;

  /** None yet. `onFailure` hears of the first write that fails, and of the next only behind {@linkcode tellAgain}. */
  constructor(files: Files, { maxOpen, onFailure = () => {} }: {
    readonly maxOpen: number;
    readonly onFailure?: ((error: unknown) => void) | undefined;
  }) {
    [this.files, this.#maxOpen, this.#onFailure] = [files, maxOpen, onFailure];
  }

  /** A write did not work. */
  failed(error: unknown): void {
    if (!this.#isFailing) this.#onFailure(error);
    this.#isFailing = true;
  }

  /** The next write that does not work is to be told again. */
  tellAgain(): void {
    this.#isFailing = false;
  }

  /** The file, to be read and appended to until the next one is asked for; made if it is missing. */
  use(path: string): OpenFile {
    const found = this.#open.get(path);
    if (found !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, found);
      return found;
    }
    while (this.#open.size >= this.#maxOpen) this.release(this.#open.keys().next().value!);
    const opened = this.files.open(path, "append");
    this.#open.set(path, opened);
    return opened;
  }

  /** Closes a file, if it is open. */
  release(path: string): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  /** Closes all whose path begins so. */
  releaseBelow(start: string): void {
    for (const path of [...this.#open.keys()]) if (path.startsWith(start)) this.release(path);
  }

  /** Closes all. */
  close(): void {
    this.releaseBelow("");
  }
}
