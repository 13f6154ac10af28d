import { decodeUtf8 } from "../../bytes/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import type { Files, OpenFile } from "../../files/mod.ts";
import type { Parameter } from "../stage.ts";

/** `path` of stages that read or write a file. */
export const pathParameter: Parameter = { type: "text", title: "The file" };

/** `replace` of stages that write a file. */
export const replaceParameter: Parameter = {
  type: "boolean",
  title: "Whether a file that is there goes away; else nothing is written",
  default: false,
};

/** Longest line of a text file, in bytes. */
const MAX_LINE_BYTES = 256 * 2 ** 20;
const CHUNK_BYTES = 65_536;

/** A file that is made when the first bytes come, and never grows by half a piece. */
export class FileWriter {
  readonly path: string;
  readonly #files: Files;
  readonly #replace: boolean;
  #file: OpenFile | undefined;

  constructor(files: Files, { path, replace }: { readonly path: string; readonly replace: boolean }) {
    [this.#files, this.path, this.#replace] = [files, path, replace];
  }

  /** Whether anything was written. */
  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Appends all bytes. */
  write(bytes: Uint8Array): void {
    if (this.#file === undefined && this.#replace) this.#files.remove(this.path);
    const file = this.#file ??= this.#files.open(this.path, "create");
    const at = file.size();
    for (let done = 0; done < bytes.length;) {
      const taken = file.write(bytes.subarray(done));
      done += taken;
      if (taken > 0) continue;
      file.truncate(at);
      throw new TinmanError("WRITE_FAILED", `Cannot write ${bytes.length} bytes to ${this.path}: the disk is full`, {
        path: this.path,
        at,
      });
    }
  }

  /** Releases the file; twice is fine. */
  close(): void {
    this.#file?.close();
  }
}

/** Bytes of a file from `at` on, fewer at its end. */
export function readAt(file: OpenFile, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, file.size() - at)));
  let done = 0;
  for (let more = -1; more !== 0 && done < bytes.length; done += more) {
    more = file.read(bytes.subarray(done), at + done);
  }
  return bytes.subarray(0, done);
}

/** The lines of a file, without their ends and without empty ones; each with its number from 1. */
export function* linesOf(file: OpenFile): Generator<{ readonly line: number; readonly text: string }> {
  let [pending, line] = [new Uint8Array(0), 0];
  for (let at = 0;;) {
    const chunk = readAt(file, at, Math.max(CHUNK_BYTES, pending.length));
    at += chunk.length;
    const bytes = new Uint8Array(pending.length + chunk.length);
    bytes.set(pending);
    bytes.set(chunk, pending.length);
    let start = 0;
    for (let end = bytes.indexOf(10, pending.length); end >= 0; end = bytes.indexOf(10, start)) {
      const text = textOf(bytes.subarray(start, end));
      start = end + 1;
      line++;
      if (text !== "") yield { line, text };
    }
    pending = bytes.slice(start);
    if (pending.length > MAX_LINE_BYTES) {
      throw new RangeError(`Cannot read ${file.path}: line ${line + 1} is longer than ${MAX_LINE_BYTES} bytes`);
    }
    if (chunk.length > 0) continue;
    const text = textOf(pending);
    if (text !== "") yield { line: line + 1, text };
    return;
  }
}

function textOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
