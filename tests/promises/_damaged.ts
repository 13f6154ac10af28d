import { createMemoryFiles, type Files } from "../../src/files/mod.ts";

/** The files of one recording, by name. */
export type RecordedFiles = ReadonlyMap<string, Uint8Array>;

/** Reads all files in `folder`. */
export function readFolder(files: Files, folder: string): RecordedFiles {
  return new Map(
    files.list(folder).map((name) => {
      using file = files.open(`${folder}/${name}`, "read");
      const bytes = new Uint8Array(file.size());
      file.read(bytes, 0);
      return [name, bytes];
    }),
  );
}

/** Files in memory with these in the folder `damaged`, one of them changed; one that becomes undefined is not there. */
export function withChange(
  recorded: RecordedFiles,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Files {
  const files = createMemoryFiles();
  files.makeFolder("damaged");
  for (const [each, bytes] of recorded) {
    const content = each === name ? change(bytes.slice()) : bytes;
    if (content !== undefined) files.replace(`damaged/${each}`, content);
  }
  return files;
}

/** Flips one bit. */
export function flip(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  bytes[at]! ^= 1 << bit;
  return bytes;
}
