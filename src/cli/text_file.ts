import { AppendedFile, type Files } from "../files/mod.ts";

const CHUNK_CHARS = 1 << 16;
const utf8 = new TextEncoder();

/** A new file of text that is written bit by bit. Close it, or remove it when it is not to be. */
export class TextFile {
  /** Where it is. */
  readonly path: string;
  readonly #files: Files;
  readonly #file: AppendedFile;
  #waiting = "";

  /** Makes the file. @throws {TinmanError} `EXISTS` when something is there. */
  constructor(files: Files, path: string) {
    [this.path, this.#files, this.#file] = [path, files, new AppendedFile(files, path)];
  }

  /** Appends. @throws {TinmanError} `WRITE_FAILED` when the disk is full. */
  write(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length > CHUNK_CHARS) this.#flush();
  }

  /** Writes out what is gathered and releases the file. */
  close(): void {
    try {
      this.#flush();
    } finally {
      this.#file.close();
    }
  }

  /** Leaves nothing of it. */
  remove(): void {
    this.#file.close();
    this.#files.remove(this.path);
  }

  #flush(): void {
    const bytes = utf8.encode(this.#waiting);
    this.#waiting = "";
    if (bytes.length === 0) return;
    const taken = this.#file.put(bytes);
    this.#file.keep(taken);
    if (taken < bytes.length) throw this.#file.failure();
  }
}
