import { TinmanError } from "../errors/mod.ts";
import type { Context } from "./command.ts";

const MAX_LINE = 64 * 1024 * 1024;
const CHUNK = 1 << 16;

/** The lines of a file, or of standard input for `-`, with their numbers from 1. Empty ones are left out. */
export async function* readLines(
  file: string,
  { io, path }: Pick<Context, "io" | "path">,
  signal: AbortSignal,
): AsyncIterable<readonly [line: string, number: number]> {
  const decoder = new TextDecoder();
  let rest = "";
  let number = 0;
  for await (const chunk of file === "-" ? io.input(signal) : readFile(path(file), io)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) {
      const message = `Cannot read ${file}:${number + 1}: the line has more than ${MAX_LINE} characters`;
      throw new TinmanError("TOO_LARGE", message, { limit: MAX_LINE, actual: rest.length });
    }
    for (const line of lines) {
      number++;
      if (line.trim() !== "") yield [line, number];
    }
  }
  if (rest.trim() !== "") yield [rest, number + 1];
}

async function* readFile(path: string, { files }: Context["io"]): AsyncIterable<Uint8Array> {
  using file = files.open(path, "read");
  for (let at = 0;;) {
    const chunk = new Uint8Array(CHUNK);
    const length = file.read(chunk, at);
    if (length === 0) return;
    at += length;
    yield await Promise.resolve(chunk.subarray(0, length));
  }
}
