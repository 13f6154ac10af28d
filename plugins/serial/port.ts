import type { Link, LinkOptions } from "tinman/plugin";
import { failure, formatSettings, isFailure, type Settings, sttyArguments } from "./settings.ts";

const MAX_BYTES = 65_536;

/** Opens a port, sets it up, and gives the link to it. Throws with code `UNAVAILABLE`, `DENIED` or `CONFIG`. */
export async function openPort(settings: Settings, { signal }: LinkOptions = {}): Promise<Link> {
  signal?.throwIfAborted();
  const { port } = settings;
  // Before, so that opening does not wait for a carrier; after, as some drivers forget when the last one closes.
  await setUp(settings);
  const reader = await open(port, { read: true });
  try {
    // A read holds up the writes of the same file in Deno, so each direction has its own.
    const writer = await open(port, { write: true });
    try {
      await setUp(settings);
      signal?.throwIfAborted();
      return new SerialLink(formatSettings(settings), { reader, writer });
    } catch (error) {
      writer.close();
      throw error;
    }
  } catch (error) {
    reader.close();
    throw error;
  }
}

class SerialLink implements Link {
  readonly kind = "stream";
  readonly maxBytes = MAX_BYTES;
  readonly name: string;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #reader: Deno.FsFile;
  readonly #writer: Deno.FsFile;
  readonly #buffer = new Uint8Array(MAX_BYTES);
  #sent: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(name: string, { reader, writer }: { readonly reader: Deno.FsFile; readonly writer: Deno.FsFile }) {
    [this.name, this.#reader, this.#writer] = [name, reader, writer];
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  send(bytes: Uint8Array): Promise<void> {
    // One after the other: two that write at once would mix their bytes.
    const sent = this.#sent.then(() => this.#write(bytes));
    this.#sent = sent.catch(() => {});
    return sent;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#reader.close();
      this.#writer.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw closed(this.name);
    if (bytes.length > MAX_BYTES) {
      throw failure("TOO_LARGE", `Cannot send on ${this.name}: ${bytes.length} bytes, at most ${MAX_BYTES}`);
    }
    try {
      for (let at = 0; at < bytes.length;) at += await this.#writer.write(bytes.subarray(at));
    } catch (error) {
      throw this.#closed ? closed(this.name) : unplugged(this.name, error);
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (!this.#closed) {
      try {
        const count = await this.#reader.read(this.#buffer);
        if (count !== null && count > 0) return { value: this.#buffer.slice(0, count), done: false };
        // Nothing came for a while, or the device is gone: only writing tells, even if it is nothing that is written.
        if (!this.#closed) this.#writer.writeSync(new Uint8Array(0));
      } catch (error) {
        if (!this.#closed) throw unplugged(this.name, error);
      }
    }
    return { value: undefined, done: true };
  }
}

async function open(port: string, options: Deno.OpenOptions): Promise<Deno.FsFile> {
  try {
    return await Deno.open(port, options);
  } catch (error) {
    throw explain(port, error);
  }
}

async function setUp(settings: Settings): Promise<void> {
  const { port } = settings;
  try {
    // stty would set up whatever is there, and Deno.open() would make a file where nothing is.
    const { isCharDevice } = await Deno.stat(port);
    if (isCharDevice !== true) throw failure("CONFIG", `Cannot open ${port}: it is not a device`);
    const { success, stderr } = await new Deno.Command("stty", {
      args: sttyArguments(settings),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      env: { LC_ALL: "C" },
    }).output();
    if (!success) throw refused(port, new TextDecoder().decode(stderr).trim().split("\n")[0]!);
  } catch (error) {
    throw explain(port, error);
  }
}

// stty: /dev/ttyUSB0: Permission denied
function refused(port: string, said: string): Error {
  const code = /Permission denied/.test(said)
    ? "DENIED"
    : /No such|busy|Input\/output error/.test(said)
    ? "UNAVAILABLE"
    : "CONFIG";
  const help = code === "DENIED" ? "; the user may have to be in the group of the device, often dialout" : "";
  return failure(code, `Cannot set up ${port}: ${said.replace(/^stty: /, "")}${help}`);
}

function explain(port: string, error: unknown): Error {
  const { message } = error as Error;
  if (isFailure(error)) return error;
  if (error instanceof Deno.errors.NotCapable) return failure("DENIED", `Cannot open ${port}: ${message}`, error);
  if (error instanceof Deno.errors.PermissionDenied) {
    const help = "the user may have to be in the group of the device, often dialout";
    return failure("DENIED", `Cannot open ${port}: the system does not allow it; ${help}`, error);
  }
  const isStty = /stty/.test(message);
  if (isStty) return failure("UNAVAILABLE", `Cannot set up ${port}: the program stty is not there`, error);
  if (error instanceof Deno.errors.NotFound) {
    return failure("UNAVAILABLE", `Cannot open ${port}: it is not there`, error);
  }
  return failure("UNAVAILABLE", `Cannot open ${port}: ${message}`, error);
}

function unplugged(name: string, cause: unknown): Error {
  return failure("UNAVAILABLE", `Cannot go on with ${name}: the device is gone`, cause);
}

function closed(name: string): Error {
  return failure("CLOSED", `Cannot send on ${name}: it was closed`);
}
