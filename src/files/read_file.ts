import { TinmanError } from "../errors/mod.ts";
import type { Files } from "./files.ts";

/** All bytes of a file, read once, or undefined when no file is there; more than `maxBytes` are `TOO_LARGE`. */
export function readFile(files: Files, path: string, maxBytes: number): Uint8Array | undefined {
  if (files.stat(path)?.kind !== "file") return undefined;
  using file = files.open(path, "read");
  const size = file.size();
  if (size > maxBytes) {
    const message = `Cannot read ${path}: it has ${size} bytes, more than ${maxBytes}`;
    throw new TinmanError("TOO_LARGE", message, { limit: maxBytes, actual: size });
  }
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let more = -1; more !== 0; length += more) more = file.read(bytes.subarray(length), length);
  return bytes.subarray(0, length);
}
