import { constants } from "node:fs";
import { type FileHandle, open as openFile } from "node:fs/promises";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link, LinkOptions, Transport } from "../link/mod.ts";
import { listPorts } from "./serial_ports.ts";
import { formatSettings, readAddress, type Settings, sttyArguments } from "./serial_settings.ts";

const MAX_BYTES = 65_536;

/**
 * Serial ports of this machine: `serial:/dev/ttyUSB0?baud=4800`. Set up by `stty`. It is here and not
 * in a plugin, because Deno gives what is in /dev to nobody who may not do everything.
 */
export const serialTransport: Transport = {
  scheme: "serial",
  open: async (address, options) => await openPort(readAddress(address), options),
  list: () => listPorts(readFolder, (path) => Deno.realPath(path)),
};

async function openPort(settings: Settings, { signal }: LinkOptions = {}): Promise<Link> {
  signal?.throwIfAborted();
  const { port } = settings;
  // Before, so that opening does not wait for a carrier; after, as some drivers forget when the last one closes.
  await setUp(settings);
  await using stack = new AsyncDisposableStack();
  // A read holds up the writes of the same file in Deno, so each direction has its own; and writing by node:fs would hold
  // up everything.
  const reader = stack.adopt(await open(port), (file) => file.close());
  const writer = stack.adopt(await openToWrite(port), (file) => file.close());
  await setUp(settings);
  signal?.throwIfAborted();
  stack.move();
  return new SerialLink(formatSettings(settings), { reader, writer });
}

class SerialLink implements Link {
  readonly kind = "stream";
  readonly maxBytes = MAX_BYTES;
  readonly name: string;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #reader: FileHandle;
  readonly #writer: Deno.FsFile;
  readonly #buffer = new Uint8Array(MAX_BYTES);
  #sent: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(name: string, { reader, writer }: { readonly reader: FileHandle; readonly writer: Deno.FsFile }) {
    [this.name, this.#reader, this.#writer] = [name, reader, writer];
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  send(bytes: Uint8Array): Promise<void> {
    // One after the other: two that write at once would mix their bytes.
    const sent = this.#sent.then(() => this.#write(bytes));
    this.#sent = sent.catch(() => {});
    return sent;
  }

  /** Resolves when a read that is under way has come back, so that it takes nothing from who opens the port next. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#writer.close();
    await this.#reader.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#closing !== undefined) throw closed(this.name);
    if (bytes.length > MAX_BYTES) {
      throw new TinmanError("TOO_LARGE", `Cannot send on ${this.name}: ${bytes.length} bytes, at most ${MAX_BYTES}`, {
        limit: MAX_BYTES,
        actual: bytes.length,
      });
    }
    try {
      for (let at = 0; at < bytes.length;) at += await this.#writer.write(bytes.subarray(at));
    } catch (error) {
      throw this.#closing === undefined ? unplugged(this.name, error) : closed(this.name);
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#closing === undefined) {
      try {
        const { bytesRead } = await this.#reader.read(this.#buffer, 0, MAX_BYTES, null);
        if (bytesRead > 0) return { value: this.#buffer.slice(0, bytesRead), done: false };
        // Nothing came for a while, or the device is gone: only writing tells, even if it is nothing that is written.
        if (this.#closing === undefined) this.#writer.writeSync(new Uint8Array(0));
      } catch (error) {
        if (this.#closing === undefined) throw unplugged(this.name, error);
      }
    }
    return { value: undefined, done: true };
  }
}

async function open(port: string): Promise<FileHandle> {
  try {
    // Else a port that a service reads becomes its terminal, and pulling the plug ends it with SIGHUP.
    return await openFile(port, constants.O_RDONLY | constants.O_NOCTTY);
  } catch (error) {
    throw explain(port, error);
  }
}

async function openToWrite(port: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(port, { write: true });
  } catch (error) {
    throw explain(port, error);
  }
}

async function setUp(settings: Settings): Promise<void> {
  const { port } = settings;
  try {
    // stty would set up whatever is there.
    const { isCharDevice } = await Deno.stat(port);
    if (isCharDevice !== true) throw new TinmanError("CONFIG", `Cannot open ${port}: it is not a device`, {});
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

async function readFolder(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const GROUP_HINT = "the user may have to be in the group of the device, often dialout";

// stty: /dev/ttyUSB0: Permission denied
function refused(port: string, said: string): TinmanError {
  const message = `Cannot set up ${port}: ${said.replace(/^stty: /, "")}`;
  if (/Permission denied/.test(said)) return new TinmanError("DENIED", message, { what: port, hint: GROUP_HINT });
  if (/No such|busy|Input\/output error/.test(said)) return new TinmanError("UNAVAILABLE", message, { what: port });
  return new TinmanError("CONFIG", message, {});
}

function explain(port: string, cause: unknown): TinmanError {
  if (isTinmanError(cause)) return cause;
  const { message } = cause as Error;
  if (cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable) {
    return new TinmanError("DENIED", `Cannot open ${port}: ${message}`, { what: port, hint: GROUP_HINT, cause });
  }
  if (message.includes("stty")) {
    return new TinmanError("UNAVAILABLE", `Cannot set up ${port}: the program stty is not there`, {
      what: "stty",
      cause,
    });
  }
  const why = cause instanceof Deno.errors.NotFound ? "it is not there" : message;
  return new TinmanError("UNAVAILABLE", `Cannot open ${port}: ${why}`, { what: port, cause });
}

function unplugged(name: string, cause: unknown): TinmanError {
  return new TinmanError("UNAVAILABLE", `Cannot go on with ${name}: the device is gone`, { what: name, cause });
}

function closed(name: string): TinmanError {
  return new TinmanError("CLOSED", `Cannot send on ${name}: it was closed`, {});
}
