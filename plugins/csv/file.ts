/** Bytes that may wait to be written before whoever writes has to wait. */
const MAX_WAITING = 1 << 20;

/**
 * A file that is written at its end. What comes while one write is under way goes out with the next, so that one message
 * is on disk soon and a thousand do not take a thousand writes.
 */
export class Appender implements AsyncDisposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(path: string, file: Deno.FsFile) {
    [this.#path, this.#file] = [path, file];
  }

  /**
   * Makes the file; with `append` one that is there is continued, on a new line if its last has no end. Throws with code
   * `EXISTS`, `NOT_FOUND`, `DENIED`.
   */
  static async open(path: string, { append }: { readonly append: boolean }): Promise<Appender> {
    try {
      const how = append ? { append: true, create: true, read: true } : { createNew: true, write: true };
      const appender = new Appender(path, await Deno.open(path, how));
      if (append && !await endsWithLine(appender.#file)) await appender.push("\n");
      return appender;
    } catch (error) {
      throw explain(`Cannot write ${path}`, error);
    }
  }

  /** Resolves when there is room for more; rejects when an earlier write failed. */
  async push(text: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = new TextEncoder().encode(text);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#write();
    if (this.#waitingBytes > MAX_WAITING) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when all is written and synced to the disk. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    try {
      if ((await this.#file.stat()).isFile) await this.#file.syncData();
    } catch (error) {
      throw explain(`Cannot write ${this.#path}`, error);
    }
  }

  /** Lets go of the file; {@linkcode Appender.close} first, to know that all is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const parts = this.#waiting;
        [this.#waiting, this.#waitingBytes] = [[], 0];
        const bytes = parts.length === 1
          ? parts[0]!
          : new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
        for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
      }
    } catch (error) {
      this.#failure = explain(`Cannot write ${this.#path}`, error);
    } finally {
      this.#writing = undefined;
    }
  }
}

/** The pieces of a file, until `signal` aborts. Throws with code `NOT_FOUND` or `DENIED`. */
export async function* readPieces(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw explain(`Cannot read ${path}`, error);
  }
  try {
    const buffer = new Uint8Array(65_536);
    for (let count; !signal.aborted && (count = await file.read(buffer)) !== null;) yield buffer.subarray(0, count);
  } finally {
    file.close();
  }
}

const ours = new WeakSet<Error>();

/** An error with one of tinman's codes. */
export function failure(code: string, message: string, cause?: unknown): Error {
  const error = Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
  ours.add(error);
  return error;
}

/** Whether an error is one of {@linkcode failure}. */
export function isFailure(error: unknown): error is Error {
  return error instanceof Error && ours.has(error);
}

async function endsWithLine(file: Deno.FsFile): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  await file.seek(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === /* LF */ 10;
}

function explain(what: string, error: unknown): Error {
  const { message } = error as Error;
  if (isFailure(error)) return error;
  if (error instanceof Deno.errors.AlreadyExists) {
    return failure("EXISTS", `${what}: it is there already; append: true goes on at its end`, error);
  }
  if (error instanceof Deno.errors.NotFound) {
    return failure("NOT_FOUND", `${what}: there is no such file or folder`, error);
  }
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return failure("DENIED", `${what}: ${message}`, error);
  }
  return failure("WRITE_FAILED", `${what}: ${message}`, error);
}
